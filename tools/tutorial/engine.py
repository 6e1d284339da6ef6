# SPDX-License-Identifier: BSD-2-Clause
"""Renders literate tutorials: one document is the text to read, and the files of each task's start and solution.

The document is a Jinja template with the delimiters /*- -*/, /*? ?*/ and /*# #*/. Its directives (docs/tutorials.md)
build up state from top to bottom: contents are stored by TaskContent, files are put together from them by File.
"""
import enum
import os
import stat
import sys

try:
    import jinja2
except ImportError:                             # another Python than Debian's, whose package we ask for
    if os.path.exists('/usr/bin/python3') and not os.environ.get('TUTORIAL_PYTHON'):
        os.environ['TUTORIAL_PYTHON'] = 'tried'
        os.execv('/usr/bin/python3', ['/usr/bin/python3'] + sys.argv)
    sys.exit('tutorial: this needs the Python library Jinja (Debian package python3-jinja2)')


class TutorialError(Exception):
    """Something wrong with the document; the message is complete."""


class TaskContentType(enum.Enum):
    BEFORE = 1                                  # until the task is done
    COMPLETED = 2                               # when it is done
    ALL = 3                                     # both, where nothing better is given


class Macros:
    """`macros.…`: blocks that only the reader sees, and the check script."""

    def __init__(self, tutorial):
        self.tutorial = tutorial

    @staticmethod
    def block(*commands):
        return '```sh\n# In the build directory\n' + '\n'.join(commands) + '\n```\n'

    def ninja_block(self):
        return self.block('ninja')

    def simulate_block(self):
        return self.block('./simulate')

    def ninja_simulate_block(self):
        return self.block('ninja', './simulate')

    def tutorial_init(self, name):
        return '```sh\n# In the root of the checkout\n./init --tut %s\n```\n' % name

    def cmake_check_script(self, state=None):
        """CMake that makes `check` in the build directory: does the console show what the current task says?"""
        texts = (self.tutorial.completion(TaskContentType.BEFORE), self.tutorial.completion(TaskContentType.COMPLETED))
        return 'TutorialCheck([==[%s]==] [==[%s]==])' % texts


class Tutorial:
    """One rendering: `task` as asked for (or None), written below out_dir unless that is None (`docsite`)."""

    def __init__(self, task=None, solution=False, out_dir=None, arch='x86_64'):
        self.asked, self.solution, self.out_dir, self.arch = task, solution, out_dir, arch
        self.tasks, self.current = [], None
        self.content, self.completions = {}, {}
        self.queue, self.inputs, self.outputs = [], [], []

    # ---- tasks ----

    def declare_task_ordering(self, names):
        if len(set(names)) != len(names):
            raise TutorialError('declare_task_ordering: a task is named twice')
        self.tasks = list(names)
        if self.asked in self.tasks:
            self.current = self.tasks.index(self.asked)
        else:
            self.current = len(self.tasks) - 1 if self.solution else 0
        self.write('.tasks', ''.join(name + '\n' for name in self.tasks))
        return ''

    def index(self, task):
        if task not in self.tasks:
            raise TutorialError("there is no task '%s'; declare_task_ordering names: %s"
                                % (task, ', '.join(self.tasks) or 'none'))
        return self.tasks.index(task)

    @staticmethod
    def kind(value):
        if not isinstance(value, TaskContentType):
            raise TutorialError('the type of a task content is TaskContentType.BEFORE, COMPLETED or ALL')
        return value

    def task_content(self, text, task, type=TaskContentType.COMPLETED, subtask=None, completion=None):
        self.index(task)
        self.content[task, subtask, self.kind(type)] = text
        if completion is not None:
            self.completions[task, type] = completion
        return text

    def task_completion(self, text, task, type):
        self.index(task)
        self.completions[task, self.kind(type)] = text
        return text

    def completion(self, kind):
        """What the console shows when the current task begins or is done."""
        task = self.tasks[self.current]
        choices = [(task, kind), (task, TaskContentType.ALL)]
        if kind is TaskContentType.BEFORE and self.current > 0:
            choices += [(self.tasks[self.current - 1], t) for t in (TaskContentType.COMPLETED, TaskContentType.ALL)]
        for choice in choices:
            if choice in self.completions:
                return self.completions[choice]
        raise TutorialError("task '%s' has no completion text" % task)

    # ---- contents ----

    @staticmethod
    def item(item):
        return (item, None) if isinstance(item, str) else tuple(item)

    def select(self, task, subtask):
        """The text of a task's content at this point of the tutorial, or None."""
        done = self.index(task) < self.current + (1 if self.solution else 0)
        kind = TaskContentType.COMPLETED if done else TaskContentType.BEFORE
        return self.content.get((task, subtask, kind), self.content.get((task, subtask, TaskContentType.ALL)))

    def missing(self, task, subtask):
        return TutorialError("task '%s'%s has no content for its solution"
                             % (task, " (subtask '%s')" % subtask if subtask else ''))

    def include_task(self, task, subtask=None):
        return self.include_task_type_append([(task, subtask)])

    def include_task_type_append(self, items):
        texts = []
        for task, subtask in map(self.item, items):
            if self.index(task) > self.current:
                continue
            text = self.select(task, subtask)
            if text is not None:
                texts.append(text)
            elif self.solution:
                raise self.missing(task, subtask)
        return '\n'.join(texts)

    def include_task_type_replace(self, items):
        reached = []
        for item in map(self.item, items):
            if self.index(item[0]) > self.current:
                break
            reached.append(item)
        for task, subtask in reversed(reached):
            text = self.select(task, subtask)
            if text is not None:
                return text
        if reached and self.solution:
            raise self.missing(*reached[-1])
        return ''

    # ---- files ----

    def write(self, name, text, executable=False):
        if self.out_dir is None:
            return
        path = os.path.normpath(os.path.join(self.out_dir, name))
        if os.path.isabs(name) or not path.startswith(os.path.normpath(self.out_dir) + os.sep):
            raise TutorialError("the file name '%s' leads out of the tutorial's directory" % name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8', newline='\n') as f:
            f.write(text)
        mode = stat.S_IMODE(os.stat(path).st_mode) & ~0o111
        os.chmod(path, mode | stat.S_IXUSR if executable else mode)
        if name not in self.outputs:
            self.outputs.append(name)

    def file(self, text, name, mode=None):
        if mode not in (None, 'executable'):
            raise TutorialError("File('%s'): the only mode is \"executable\", not '%s'" % (name, mode))
        self.write(name, text, mode == 'executable')
        return text

    def external_file(self, name):
        self.queue.append(name)
        return ''

    # ---- the document ----

    def environment(self, folder):
        env = jinja2.Environment(
            block_start_string='/*-', block_end_string='-*/', variable_start_string='/*?', variable_end_string='?*/',
            comment_start_string='/*#', comment_end_string='#*/', keep_trailing_newline=True,
            undefined=jinja2.StrictUndefined, loader=jinja2.FileSystemLoader(folder, encoding='utf-8'))
        env.filters.update(
            File=self.file, TaskContent=self.task_content, TaskCompletion=self.task_completion,
            ExcludeDocs=lambda text: '', ELF=self.elf)
        env.globals.update(
            declare_task_ordering=self.declare_task_ordering, include_task=self.include_task,
            include_task_type_append=self.include_task_type_append,
            include_task_type_replace=self.include_task_type_replace, ExternalFile=self.external_file,
            TaskContentType=TaskContentType, macros=Macros(self), tab='\t', state=self, solution=self.solution,
            arch=self.arch)
        return env

    @staticmethod
    def elf(text, name, passive=False):
        raise TutorialError("ELF('%s'): tutorials that describe capabilities by hand are not supported" % name)

    def render_file(self, env, folder, name):
        path = os.path.join(folder, name)
        self.inputs.append(os.path.abspath(path))
        try:
            return env.get_template(name).render()
        except jinja2.TemplateSyntaxError as e:
            raise TutorialError('%s:%d: %s' % (path, e.lineno, e.message))
        except jinja2.TemplateNotFound:
            raise TutorialError('%s: cannot read it' % path)
        except (TutorialError, jinja2.TemplateError, TypeError, ValueError) as e:
            raise TutorialError('%s:%d: %s' % (path, template_line(e, path), e))

    def render(self, document):
        """Renders the document and what it queues; the text for the reader is written, and returned."""
        folder, name = os.path.split(os.path.abspath(document))
        env = self.environment(folder)
        text = self.render_file(env, folder, name)
        self.write(name, text)
        while self.queue:
            queued = self.queue.pop(0)
            self.write(queued, self.render_file(env, folder, queued))
        return text


def template_line(error, path):
    """The line of the document an error came from: Jinja gives its frames the template's file name."""
    line, trace = 0, error.__traceback__
    while trace:
        if os.path.abspath(trace.tb_frame.f_code.co_filename) == os.path.abspath(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def task_names(document):
    """The tasks a document declares."""
    tutorial = Tutorial()
    tutorial.render(document)
    return tutorial.tasks
