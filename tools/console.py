#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives the console of a machine: starts a command (QEMU), follows a script of steps, keeps the log.

A script has one step a line (docs/testing.md); `{name}` is replaced by -D name=value:

    timeout SECONDS        limit of each step from here on (60)
    never REGEX            from here on, a console line that matches fails the run
    expect REGEX           wait for it; the next step looks behind it
    seen REGEX             wait until it stands anywhere on the console, also before; moves nothing
    send TEXT              type TEXT and Enter
    type TEXT              type TEXT as it is; \\xNN and the like are understood
    login                  wait for the prompt, log in as root/root, wait for the shell; `login again` when the
                           prompt came before: presses Enter to get another
    run COMMAND            run it in the guest's shell, keep its output; its status must be 0
    try COMMAND            the same, any status
    match REGEX            a line of the kept output matches
    reject REGEX           no line of the kept output matches
    only FILES             every line of the kept output matches a regex in one of the files
    measure NAME           stop the machine, print `BENCH NAME <instructions so far>`, let it go on
    end [STATUS]           wait until the command ends by itself, with STATUS if one is given

Status: 0 all steps done, 1 a step failed (says which, what was expected, what came), 2 bad call.
"""
import argparse
import codecs
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time

ESCAPES = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\r\0]')
PARTIAL = re.compile(r'\x1b(\[[0-9;?]*|[()])?$')


class Failure(Exception):
    pass


class Console:
    """The running command: its output as clean text, its input, its log."""

    def __init__(self, command, log, echo, deadline):
        self.log, self.echo, self.deadline = log, echo, deadline
        self.decode = codecs.getincrementaldecoder('utf-8')('replace').decode
        self.partial, self.text, self.at, self.line_start = '', '', 0, 0
        self.never = []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)

    def pump(self, wait):
        """Takes what output there is, waiting at most `wait` seconds. False at the end of the output."""
        ready, _, _ = select.select([self.process.stdout], [], [], max(wait, 0))
        if not ready:
            return True
        chunk = os.read(self.process.stdout.fileno(), 65536)
        if not chunk:
            return False
        self.log.write(chunk)
        self.log.flush()
        if self.echo:
            sys.stdout.buffer.write(chunk)
            sys.stdout.flush()
        raw = self.partial + self.decode(chunk)
        tail = PARTIAL.search(raw)
        self.partial = tail.group(0) if tail else ''
        self.text += ESCAPES.sub('', raw[:len(raw) - len(self.partial)])
        self.check_never()
        return True

    def check_never(self):
        end = self.text.rfind('\n') + 1
        lines, self.line_start = self.text[self.line_start:end], max(end, self.line_start)
        for line in lines.splitlines():
            for pattern in self.never:
                if pattern.search(line):
                    raise Failure(f'a line that must never come (/{pattern.pattern}/): {line}')

    def expect(self, pattern, seconds, anywhere=False):
        """Waits for the pattern in what came since the last match, or anywhere; returns the match."""
        regex = re.compile(pattern, re.M)
        limit = min(time.monotonic() + seconds, self.deadline)
        alive = True
        while True:
            match = regex.search(self.text, 0 if anywhere else self.at)
            if match:
                self.at = self.at if anywhere else match.end()
                return match
            if not alive:
                raise Failure(f'expected /{pattern}/, but the machine ended (status {self.process.wait()})')
            left = limit - time.monotonic()
            if left <= 0:
                raise Failure(f'expected /{pattern}/, not seen {self.why_late(seconds)}')
            alive = self.pump(min(left, 1.0))

    def why_late(self, seconds):
        late = time.monotonic() >= self.deadline
        return 'before the time for the whole run was over' if late else f'within {seconds:g} s'

    def end(self, status, seconds):
        limit = min(time.monotonic() + seconds, self.deadline)
        while self.pump(min(limit - time.monotonic(), 1.0)):
            if time.monotonic() >= limit:
                raise Failure(f'expected the machine to end, still running {self.why_late(seconds)}')
        got = self.process.wait()
        if status is not None and got != status:
            raise Failure(f'expected the machine to end with status {status}, got {got}')

    def type(self, text):
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass                                   # the next step tells that the machine ended

    def close(self):
        """Ends the command and whatever it started."""
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(5)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Qmp:
    """QEMU's machine protocol on a UNIX socket: just enough to stop, count and go on."""

    def __init__(self, path, seconds=10):
        limit = time.monotonic() + seconds
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError as error:
                if time.monotonic() > limit:
                    raise Failure(f'no QMP socket at {path}: {error}')
                time.sleep(0.1)
        self.file = self.socket.makefile('rw')
        self.file.readline()                       # greeting
        self.do('qmp_capabilities')

    def do(self, command):
        self.file.write(json.dumps({'execute': command}) + '\n')
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if 'error' in answer:
                raise Failure(f'QMP {command}: {answer["error"]["desc"]}')
            if 'return' in answer:
                return answer['return']


class Script:
    """Runs steps on a console. Each method named step_<word> is one kind of step."""

    def __init__(self, console, qmp_path):
        self.console, self.qmp_path, self.qmp = console, qmp_path, None
        self.seconds, self.output = 60.0, []

    def step_timeout(self, arg):
        self.seconds = float(arg)

    def step_never(self, arg):
        self.console.never.append(re.compile(arg))

    def step_expect(self, arg):
        self.console.expect(arg, self.seconds)

    def step_seen(self, arg):
        self.console.expect(arg, self.seconds, anywhere=True)

    def step_send(self, arg):
        self.console.type(arg + '\r')

    def step_type(self, arg):
        self.console.type(codecs.decode(arg, 'unicode_escape'))

    def step_login(self, arg):
        if arg == 'again':
            self.console.type('\r')
        self.console.expect('login: ', self.seconds)
        self.console.type('root\r')
        self.console.expect('Password: ', self.seconds)
        time.sleep(0.3)                            # login throws away what was typed before it asked
        self.console.type('root\r')
        self.console.expect('# $', self.seconds)

    def step_try(self, arg):
        # The quotes keep the markers out of the echo of what was typed.
        self.console.type(f'echo "be"gin; {arg}; echo "rc"=$?\r')
        start = self.console.expect(r'begin\n', self.seconds).end()
        mark = self.console.expect(r'rc=(\d+)', self.seconds)
        self.output = self.console.text[start:mark.start()].splitlines()
        self.console.expect('# ', self.seconds)
        return int(mark.group(1))

    def step_run(self, arg):
        status = self.step_try(arg)
        if status != 0:
            raise Failure(f'expected status 0 from `{arg}`, got {status}:\n  ' + '\n  '.join(self.output[-10:]))

    def step_match(self, arg):
        if not any(re.search(arg, line) for line in self.output):
            raise Failure(f'expected a line /{arg}/ in the output, got:\n  ' + '\n  '.join(self.output[-40:]))

    def step_reject(self, arg):
        bad = [line for line in self.output if re.search(arg, line)]
        if bad:
            raise Failure(f'expected no line /{arg}/ in the output, got:\n  ' + '\n  '.join(bad))

    def step_only(self, arg):
        allowed = []
        for path in arg.split():
            with open(path) as f:
                allowed += [re.compile(l.strip()) for l in f if l.strip() and not l.startswith('#')]
        bad = [l for l in self.output if l.strip() and not any(a.search(l) for a in allowed)]
        if bad:
            raise Failure(f'lines that {arg} does not allow:\n  ' + '\n  '.join(bad))

    def step_measure(self, arg):
        if not self.qmp_path:
            raise Failure('measure needs --qmp')
        self.qmp = self.qmp or Qmp(self.qmp_path)
        self.qmp.do('stop')
        print(f'BENCH {arg} {self.qmp.do("query-replay")["icount"]}', flush=True)
        self.qmp.do('cont')

    def step_end(self, arg):
        self.console.end(int(arg) if arg else None, self.seconds)

    def step(self, line):
        word, _, arg = line.partition(' ')
        action = getattr(self, 'step_' + word, None)
        if not action:
            raise Failure(f'unknown step `{word}`')
        action(arg)


def read_steps(path, values):
    """Steps of a file as (place, text), with {names} filled in."""
    def fill(match):
        if match.group(1) not in values:
            raise Failure(f'{path}: no value for {{{match.group(1)}}}; give -D {match.group(1)}=...')
        return values[match.group(1)]
    with open(path) as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip('\n')
            if line.strip() and not line.startswith('#'):
                yield f'{path}:{number}', re.sub(r'\{([a-z_]+)\}', fill, line.strip())


def parse_arguments():
    p = argparse.ArgumentParser(description='Drive a machine\'s console by a script.')
    p.add_argument('--script', help='file of steps')
    p.add_argument('--until', metavar='REGEX', help='wait for this, after the script')
    p.add_argument('--end', type=int, metavar='STATUS', help='then wait for the end, with this status')
    p.add_argument('--never', action='append', default=[], metavar='REGEX', help='fail when a line matches')
    p.add_argument('-D', action='append', default=[], metavar='NAME=VALUE', help='value for {NAME} in the script')
    p.add_argument('--log', help='file that gets the whole console')
    p.add_argument('--echo', action='store_true', help='print the console as well')
    p.add_argument('--timeout', type=float, default=120, help='seconds for the whole run (120)')
    p.add_argument('--qmp', metavar='SOCKET', help='QMP socket of the machine, for `measure`')
    p.add_argument('command', nargs='+', help='after --: what to start')
    return p.parse_args()


def main():
    args = parse_arguments()
    if args.log:
        os.makedirs(os.path.dirname(args.log) or '.', exist_ok=True)
    place, line, console = '', '', None
    try:
        values = dict(d.split('=', 1) for d in args.D)
        steps = [('--never', 'never ' + n) for n in args.never]
        steps += list(read_steps(args.script, values)) if args.script else []
        steps += [('--until', 'expect ' + args.until)] if args.until else []
        steps += [('--end', f'end {args.end}')] if args.end is not None else []
        log = open(args.log or os.devnull, 'wb')
        console = Console(args.command, log, args.echo, time.monotonic() + args.timeout)
        script = Script(console, args.qmp)
        for place, line in steps:
            script.step(line)
        console.pump(0)
        return 0
    except (Failure, OSError, ValueError) as failure:
        sys.stdout.flush()
        print(f'\nconsole: FAILED at {place or "start"}: {line}\n  {failure}', file=sys.stderr)
        if console and not args.echo:
            print('  last lines of the console:', file=sys.stderr)
            for last in console.text.splitlines()[-25:]:
                print('  | ' + last, file=sys.stderr)
        if args.log:
            print(f'  whole console: {args.log}', file=sys.stderr)
        return 1
    finally:
        if console:
            console.close()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
