#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# console.py: steps, failures and what it says about them, with shell scripts as machines. Argument: the program.
set -u
. "$(dirname "$0")/lib.sh"
console="python3 $1"
script() { printf '%s\n' "$@" >"$scratch/script"; }
drive() { run $console --log "$scratch/log" --timeout 20 --script "$scratch/script" -- bash -c "$machine"; }

machine='printf "one\r\n\033[32mtwo\033[0m words\n"; read -r -d $'\''\r'\'' x; echo "got $x"; exit 3'
script 'expect ^one$' 'expect ^two words$' 'send hello' 'seen ^one' 'expect got hello' 'end 3'
drive
want_status 0 "a whole script, colours and carriage returns taken out"

script 'timeout 1' 'expect ^three'
drive
want_status 1 "a line that does not come"
want 'script:2: expect ^three' "the step is named"
want 'not seen within 1 s' "the reason is told"
want '| two words' "the console is shown"

script 'never two' 'expect nothing'
drive
want_status 1 "a line that must not come"
want 'must never come' "a line that must not come"

script 'send x' 'end 4'
drive
want_status 1 "another status"
want 'expected the machine to end with status 4, got 3' "another status"

script 'send x' 'expect forever'
drive
want_status 1 "an early end"
want 'the machine ended (status 3)' "an early end"

machine='exec sleep 600'
script 'expect x'
run $console --timeout 1 --script "$scratch/script" -- bash -c "$machine"
want_status 1 "the time of the whole run"
want 'before the time for the whole run was over' "the time of the whole run"

# A shell that echoes what is typed, as a guest's does.
machine='get() { read -r -d $'\''\r'\'' "$1"; }
    printf "login: "; get u; printf "Password: "; get p; printf "welcome $u$p\n# "
    while get l; do printf "%s\r\n" "$l"; eval "$l"; printf "# "; done'
script 'login' 'run echo {word}; echo other' 'match ^other$' 'match ^{word}$' 'reject nothing' 'try false'
run $console --timeout 20 -D word=abc --script "$scratch/script" -- bash -c "$machine"
want_status 0 "a shell session"
script 'login' 'run false'
drive
want 'expected status 0 from `false`, got 1' "a command that fails"
script 'login' 'run echo abc' 'match ^b'
drive
want 'expected a line /^b/ in the output, got:' "an output that does not match"
echo '^ab' >"$scratch/allowed"
script 'login' 'run echo abc; echo bad' "only $scratch/allowed"
drive
want 'does not allow' "a line that is not allowed"
want '^  bad' "a line that is not allowed"

script 'login' 'run echo {word}'
drive
want_status 1 "a value that is missing"
want 'no value for {word}' "a value that is missing"
script 'jump'
drive
want 'unknown step `jump`' "an unknown step"
done_testing
