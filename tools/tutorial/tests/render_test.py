#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The renderer: what each directive puts into files at each task, what it says about mistakes, and the merge.

The table of a document from elsewhere is checked too when that document is there (DOCUMENT as argument).
"""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.dont_write_bytecode = True
import engine                                                           # noqa: E402
import merge                                                            # noqa: E402

SAMPLE = os.path.join(HERE, 'sample.md')
DOCUMENT = sys.argv.pop() if len(sys.argv) > 1 and sys.argv[-1].endswith('.md') else None


def render(document, out, task=None, solution=False):
    tutorial = engine.Tutorial(task, solution, out)
    return tutorial, tutorial.render(document)


def text(out, name):
    with open(os.path.join(out, name), encoding='utf-8') as f:
        return f.read()


class Scratch(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.out = self.temporary.name

    def tearDown(self):
        self.temporary.cleanup()

    def put(self, name, content):
        path = os.path.join(self.out, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(content)
        return path


class Sample(Scratch):
    def lines(self, name, task=None, solution=False):
        render(SAMPLE, self.out, task, solution)
        return [line for line in text(self.out, name).split('\n') if line.strip()]

    def test_append(self):
        expected = {
            ('one', False): ['head', 'one to do'],
            ('one', True): ['head', 'one done'],
            ('two', False): ['head', 'one done'],
            ('two', True): ['head', 'one done', 'two done'],
            ('four', True): ['head', 'one done', 'two done'],
        }
        for (task, solution), lines in expected.items():
            self.assertEqual(self.lines('append.txt', task, solution), lines, (task, solution))

    def test_start_of_the_next_is_the_solution_of_this(self):
        names = ['append.txt', 'dir/replace.txt', 'later.txt', 'script']
        for task, following in zip(['one', 'two', 'three'], ['two', 'three', 'four']):
            render(SAMPLE, self.out, task, True)
            done = [text(self.out, n) for n in names]
            render(SAMPLE, self.out, following, False)
            self.assertEqual(done, [text(self.out, n) for n in names], task)

    def test_replace_takes_the_last_one_with_a_text(self):
        self.assertEqual(self.lines('dir/replace.txt', 'one'), ['one to do'])
        self.assertEqual(self.lines('dir/replace.txt', 'two'), ['one done'])
        self.assertEqual(self.lines('dir/replace.txt', 'two', True), ['two done'])
        self.assertEqual(self.lines('dir/replace.txt', 'three', True), ['three done'])

    def test_replace_is_empty_before_its_first(self):
        self.assertEqual(self.lines('later.txt', 'two', True), [])

    def test_default_task(self):
        self.assertEqual(render(SAMPLE, self.out)[0].current, 0)
        self.assertEqual(render(SAMPLE, self.out, solution=True)[0].current, 3)
        self.assertEqual(render(SAMPLE, self.out, 'unknown', True)[0].current, 3)

    def test_tab_and_trimming(self):
        render(SAMPLE, self.out)
        self.assertEqual(text(self.out, 'single.txt'), '\n\ttab\n\none to do\n\n')

    def test_executable(self):
        render(SAMPLE, self.out, 'four', True)
        self.assertTrue(text(self.out, 'script').startswith('#!/bin/sh\nfour done\n'))
        mode = os.stat(os.path.join(self.out, 'script')).st_mode
        self.assertEqual(mode & 0o111, 0o100)
        self.assertEqual(os.stat(os.path.join(self.out, 'append.txt')).st_mode & 0o111, 0)

    def test_files_at_every_stage(self):
        tutorial, _ = render(SAMPLE, self.out, 'one')
        self.assertEqual(sorted(tutorial.outputs), ['.tasks', 'append.txt', 'dir/replace.txt', 'later.txt',
                                                    'sample-more.txt', 'sample.md', 'script', 'single.txt'])
        self.assertEqual(text(self.out, '.tasks'), 'one\ntwo\nthree\nfour\n')
        self.assertEqual(text(self.out, 'sample-more.txt'), 'in start of task one\n')

    def test_reader(self):
        _, reader = render(SAMPLE, None)
        for word in ('ninja', './init --tut sample', 'one done', 'head'):
            self.assertIn(word, reader)
        for word in ('hidden', 'comment', '/*'):
            self.assertNotIn(word, reader)

    def test_completion(self):
        kinds = engine.TaskContentType
        tutorial, _ = render(SAMPLE, None, 'one')
        self.assertEqual(tutorial.completion(kinds.BEFORE), 'ready')
        self.assertEqual(tutorial.completion(kinds.COMPLETED), 'one is done')
        tutorial, _ = render(SAMPLE, None, 'four')
        self.assertEqual(tutorial.completion(kinds.BEFORE), 'three is done')
        tutorial, _ = render(SAMPLE, None, 'two')
        with self.assertRaises(engine.TutorialError):
            tutorial.completion(kinds.COMPLETED)


class Mistakes(Scratch):
    def error(self, body, solution=False):
        path = self.put('bad.md', "/*? declare_task_ordering(['a', 'b']) ?*/\n" + body + '\n')
        with self.assertRaises(engine.TutorialError) as caught:
            render(path, os.path.join(self.out, 'gen'), None, solution)
        message = str(caught.exception)
        self.assertIn('bad.md:2: ', message)
        return message

    def test_messages(self):
        self.assertIn("no task 'c'", self.error('/*? include_task("c") ?*/'))
        self.assertIn('TaskContentType', self.error('/*- filter TaskContent("a", 3) -*/x/*- endfilter -*/'))
        self.assertIn('leads out', self.error('/*- filter File("../x") -*/x/*- endfilter -*/'))
        self.assertIn('leads out', self.error('/*- filter File("/tmp/x") -*/x/*- endfilter -*/'))
        self.assertIn('executable', self.error('/*- filter File("x", mode="rwx") -*/x/*- endfilter -*/'))
        self.assertIn('by hand', self.error('/*- filter ELF("x") -*/x/*- endfilter -*/'))
        self.assertIn('undefined', self.error('/*? nothing ?*/'))
        self.assertIn('endfilter', self.error('/*- filter File("x") -*/'))
        self.assertIn('no content', self.error('/*? include_task_type_append(["a"]) ?*/', True))

    def test_missing_text_is_no_mistake_at_the_start(self):
        path = self.put('ok.md', "/*? declare_task_ordering(['a']) ?*//*? include_task_type_append(['a']) ?*/")
        self.assertEqual(render(path, None)[1], '')


class Merge(Scratch):
    def merge(self, new, old, user):
        for folder, content in (('new', new), ('old', old), ('user', user)):
            if content is not None:
                self.put(folder + '/f', content)
        self.put('list', 'f\n')
        paths = [os.path.join(self.out, d) for d in ('new', 'old', 'user')]
        command = [sys.executable, merge.__file__, '--list', os.path.join(self.out, 'list')] + paths
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, text(self.out, 'user/f'), done.stdout + done.stderr

    def test_cases(self):
        cases = {                                                       # new, old, user: status, user's file then
            'absent':               (('n', None, None), (0, 'n')),
            'removed by its user':  (('n', 'o', None), (0, 'n')),
            'nobody changed':       (('n', 'n', 'n'), (0, 'n')),
            'template changed':     (('n', 'o', 'o'), (0, 'n')),
            'user changed':         (('n', 'n', 'u'), (0, 'u')),
            'both, alike':          (('n', 'o', 'n'), (0, 'n')),
            'both':                 (('n', 'o', 'u'), (1, 'u')),
            'there before':         (('n', None, 'u'), (1, 'u')),
        }
        for name, (before, after) in cases.items():
            with self.subTest(name):
                self.tearDown()
                self.setUp()
                status, user, words = self.merge(*before)
                self.assertEqual((status, user), after)
                self.assertEqual('user/f' in words, status == 1)

    def test_conflict_writes_nothing(self):
        for folder, content in (('new', 'n'), ('old', 'o')):
            self.put(folder + '/a', content)
            self.put(folder + '/b', content)
        self.put('user/a', 'o')
        self.put('user/b', 'u')
        names = ['a', 'b']
        paths = [os.path.join(self.out, d) for d in ('new', 'old', 'user')]
        self.assertEqual(merge.plan(names, *paths), (['a'], ['b']))
        self.put('list', 'a\nb\n')
        subprocess.run([sys.executable, merge.__file__, '--list', os.path.join(self.out, 'list')] + paths,
                       capture_output=True, check=False)
        self.assertEqual(text(self.out, 'user/a'), 'o')
        self.assertEqual(text(self.out, 'old/a'), 'o')

    def test_mode_is_kept(self):
        os.chmod(self.put('new/f', 'n'), 0o744)
        self.merge('n', None, None)
        self.assertEqual(os.stat(os.path.join(self.out, 'user/f')).st_mode & 0o777, 0o744)


# Lines that are not blank, at each task's solution: of the nine-task tutorial on Linux guests.
FILES = ['CMakeLists.txt', 'pkg/hello/hello.c', 'pkg/hello/CMakeLists.txt', 'modules/poke/poke.c',
         'modules/poke/Makefile', 'modules/CMakeLists.txt', 'init', 'vm_tutorial.camkes']
LINES = {
    'vm-cmake-start':       [22, 0, 0, 0, 0, 0, 0, 25],
    'vm-pkg-hello-c':       [22, 5, 0, 0, 0, 0, 0, 25],
    'vm-pkg-hello-cmake':   [22, 5, 4, 0, 0, 0, 0, 25],
    'vm-cmake-hello':       [41, 5, 4, 0, 0, 0, 0, 25],
    'vm-module-poke-c':     [41, 5, 4, 27, 0, 0, 0, 25],
    'vm-module-poke-make':  [41, 5, 4, 27, 5, 0, 0, 25],
    'vm-module-poke-cmake': [41, 5, 4, 27, 5, 6, 0, 25],
    'vm-cmake-poke':        [72, 5, 4, 27, 5, 6, 0, 25],
    'vm-init-poke':         [72, 5, 4, 27, 5, 6, 8, 25],
}


@unittest.skipUnless(DOCUMENT and os.path.exists(DOCUMENT), 'the document is not here')
class Elsewhere(Scratch):
    def counts(self, task, solution):
        render(DOCUMENT, self.out, task, solution)
        return [len([line for line in text(self.out, f).split('\n') if line.strip()]) for f in FILES]

    def test_line_counts(self):
        before = LINES['vm-cmake-start']
        for task, lines in LINES.items():
            self.assertEqual(self.counts(task, False), before, task)
            self.assertEqual(self.counts(task, True), lines, task)
            before = lines

    def test_beginnings(self):
        render(DOCUMENT, self.out, None, True)
        self.assertTrue(text(self.out, 'init').startswith('#!/bin/sh\n'))
        self.assertEqual(os.stat(os.path.join(self.out, 'init')).st_mode & 0o111, 0o100)
        for name in FILES[1:6]:
            self.assertTrue(text(self.out, name).startswith('\n\n'), name)
        self.assertIn('\n\tmake -C $(KHEAD)', text(self.out, 'modules/poke/Makefile'))


if __name__ == '__main__':
    unittest.main()
