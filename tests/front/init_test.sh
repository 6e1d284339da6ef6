#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ./init: directories, tasks in place, the user's changes, mistakes. Nothing is built. Argument: the root of the checkout.
set -u
. "$(dirname "$0")/lib.sh"
root=$1
cd "$scratch" || exit 1
ln -s "$root/init" "$root/projects" .
cat >doc.md <<'END'
/*? declare_task_ordering(['first', 'second']) ?*/
/*- filter TaskContent("second", TaskContentType.COMPLETED, completion="done") -*/
message(STATUS "second is done")
/*- endfilter -*/
/*- filter TaskContent("first", TaskContentType.ALL, completion="begun") -*/
project(tutorial-test NONE)
/*- endfilter -*/
/*- filter File("CMakeLists.txt") -*/
cmake_minimum_required(VERSION 3.8.2)
/*? include_task_type_append(["first", "second"]) ?*/
/*? macros.cmake_check_script(state) if state.current == 1 and solution else "" ?*/
/*- endfilter -*/
/*- filter File("notes.txt") -*/notes/*- endfilter -*/
END

run ./init --tut-file doc.md my
want_status 0 "a new tutorial"
want 'cd my_build && ninja && ./simulate' "says what comes next"
for file in my/CMakeLists.txt my/notes.txt my/doc.md my/.tasks my/.tute_config my_build/build.ninja; do
    [ -e "$file" ] || fail "there should be $file"
done
output=$(cat my/.tasks); want '^second$' "the list of tasks"
output=$(cat my/.tute_config); want '^set(TUTE_COMMAND ".*template.py;--tut-file;.*doc.md;--out-dir;${output_dir}' config

run ./init --tut-file doc.md --task second --solution --quiet my
want_status 0 "another task in place"
[ -z "$output" ] || fail "--quiet says nothing"
output=$(cat my/CMakeLists.txt); want 'second is done' "the files are those of the task"
[ -x my_build/check ] || fail "there should be a check script"
(cd my_build && run ../init --task first && exit "$status") || fail "from the build directory, document known"
output=$(cat my/CMakeLists.txt); want_not 'second is done' "back to the first task"

echo mine >>my/notes.txt
run ./init --task second --solution my
want_status 0 "a file that only the user changed"
output=$(cat my/notes.txt); want '^notesmine$' "is kept"
sed -i 's,/notes/,/new notes/,' doc.md
run ninja -C my_build
want_status 1 "the document changed as well: a conflict at the next ninja"
want 'conflict in .*my/notes.txt' "names the file"
output=$(cat my/notes.txt); want '^notesmine$' "and is kept"
run ./init --task first my
want_status 1 "the same from init"
want '^tutorial: conflict in' "in init's own words"
want '^  then say that it is settled: cp ' "what to do"
want_not 'CMake Error' "without CMake's"
output=$(cat my/CMakeLists.txt); want 'second is done' "nothing at all was written"
rm my/notes.txt
run ./init --task first my
want_status 0 "settled by removing it"

run ./init --tut-file doc.md; want_status 0 "the name of the document"; [ -d doc ] || fail "there should be doc/"
run ./init --tut-file doc.md; want_status 0 "taken: another name"; [ -d doc-2 ] || fail "there should be doc-2/"
run ./init
want_status 0 "no arguments"
want 'tutorial' "lists tutorials"

run ./init --tut none; want_status 1 "unknown tutorial"; want "there is no tutorial 'none'; there are" "unknown tutorial"
run ./init --tut-file none.md; want_status 1 "no document"; want 'none.md' "no document"
run ./init --tut-file doc.md --task third; want_status 1 "unknown task"; want "no task 'third'" "unknown task"
want '^  second$' "the tasks are listed"
run ./init --tut-file doc.md --plat arm; want_status 1 "platform"; want "no platform 'arm'; there is: pc99" "platform"
run ./init --bogus; want_status 2 "unknown option"
run ./init --tut-file doc.md "$scratch/deep/down"; want_status 1 "elsewhere"; want 'stand in the root' "elsewhere"
mkdir full && : >full/file
run ./init --tut-file doc.md full; want_status 1 "a directory in use"; want 'not made by init' "a directory in use"
printf '/*? nothing ?*/' >bad.md
run ./init --tut-file bad.md; want_status 1 "a bad document"; want "bad.md:1: 'nothing' is undefined" "a bad document"
done_testing
