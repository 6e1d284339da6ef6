#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A tutorial at some of its tasks: rendered, built, booted, until the console shows the task's completion text.
# Arguments: the root of the checkout, a directory for the consoles, the document, tasks ("name" or "name:solution").
set -u
. "$1/tests/front/lib.sh"
root=$1 logs=$2 document=$3
shift 3
mkdir -p "$logs"
ln -s "$root/init" "$root/projects" "$scratch"
cd "$scratch" || exit 1

# The text that the console shows at the end of a task's work.
completion() {
    python3 - "$root" "$document" "$1" <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1] + '/tools/tutorial')
import engine
tutorial = engine.Tutorial(sys.argv[3], True)
tutorial.render(sys.argv[2])
print(tutorial.completion(engine.TaskContentType.COMPLETED), end='')
END
}

for step in "$@"; do
    task=${step%%:*}
    case $step in *:solution) solution=--solution ;; *) solution= ;; esac
    run ./init --tut-file "$document" --quiet --task "$task" $solution tutorial
    want_status 0 "$step: init"
    run ninja -C tutorial_build
    want_status 0 "$step: ninja"
    [ "$status" = 0 ] || break
    text=$(completion "$task")
    run python3 "$root/tools/console.py" --log "$logs/tutorial-$step.log" --timeout 180 --until "$text" -- \
        tutorial_build/simulate --serial stdio --mem-size 2G
    want_status 0 "$step: the console shows '$text'"
done
done_testing
