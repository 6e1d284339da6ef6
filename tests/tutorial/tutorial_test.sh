#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A tutorial at its tasks, start and solution: rendered, built, booted, until the console shows the task's completion text
# and what CHECKS/<task>.test asks of a solution. An image that has booted already is not booted again. Last,
# CHECKS/exercise.sh changes sources as the text tells its reader to, and CHECKS/exercise.test looks at the result.
# All in a copy of the checkout, since readers change files there too.
# Arguments: the root of the checkout, the build's cache, a directory for the consoles, the document, CHECKS or "-",
# tasks ("name" or "name:solution"; none = all of them, both ways).
set -u
. "$1/tests/front/lib.sh"
root=$1 BULKHEAD_CACHE=$2 logs=$3 document=$4 extras=$5
shift 5
export BULKHEAD_CACHE
name=$(basename "$document" .md)
mkdir -p "$logs"

(cd "$root" && git ls-files -co --exclude-standard -z | xargs -0 -n 500 cp --parents -P -t "$scratch" 2>/dev/null)
[ -x "$scratch/init" ] || for part in "$root"/*; do
    case ${part##*/} in build*|*_build) ;; *) cp -R -P "$part" "$scratch/" ;; esac
done
cd "$scratch" || exit 1

# What the document itself says: its tasks, or the console's text when a task begins or is done.
ask() {
    python3 - "$scratch/tools/tutorial" "$document" "$@" <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import engine
task, done = (sys.argv[3:] + [None, None])[:2]
tutorial = engine.Tutorial(task, done == 'solution')
tutorial.render(sys.argv[2])
kind = engine.TaskContentType.COMPLETED if done == 'solution' else engine.TaskContentType.BEFORE
print(tutorial.completion(kind) if task else ' '.join(tutorial.tasks), end='')
END
}

# Steps that a directory of checks has for a task; "timeout" does nothing but be a step.
boot() {                # what, text, script
    image=$(sha256sum <tutorial_build/images/capdl-loader-image-x86_64-pc99)
    if [ ! -f "$3" ] && grep -qsF "$image" booted; then
        return
    fi
    echo 'timeout 120' >script
    [ ! -f "$3" ] || cat "$3" >>script
    set -- "$1" "$2" "$(printf '%s' "$2" | sed 's/[][\.*^$+?(){}|]/\\&/g')"
    printf '%s\n' "$3" | sed -e '/^[[:space:]]*$/d' -e 's/^/seen /' >>script
    run python3 tools/console.py --log "$logs/$name-$1.log" --timeout 240 --script script -- \
        tutorial_build/simulate --serial stdio --mem-size 2G
    want_status 0 "$1: the console shows '$2' and what the checks ask for"
    [ "$status" != 0 ] || echo "$image" >>booted
}

build() {
    began=$(date +%s)
    run ninja -C tutorial_build
    want_status 0 "$1: ninja"
    echo "$1: built in $(($(date +%s) - began)) s"
    [ "$status" = 0 ]
}

[ $# != 0 ] || for task in $(ask); do set -- "$@" "$task" "$task:solution"; done
for step; do
    task=${step%%:*}
    case $step in *:solution) solution=--solution ;; *) solution= ;; esac
    run ./init --tut-file "$document" --quiet --task "$task" $solution tutorial
    want_status 0 "$step: init"
    build "$step" || break
    text=$(ask "$task" ${solution:+solution})
    boot "$step" "$text" "$extras/${solution:+$task.test}"
done

if [ -f "$extras/exercise.sh" ] && [ $failures = 0 ]; then
    run sh "$extras/exercise.sh" "$scratch"
    want_status 0 "exercise"
    build exercise && boot exercise "$text" "$extras/exercise.test"
fi
done_testing
