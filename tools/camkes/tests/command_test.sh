#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The command line: exit statuses, help, messages about wrong use. Usage: command_test.sh CAMKES
set -u
camkes=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
failed=0

# expect STATUS TEXT ARGUMENTS...: the exit status, and a text that is printed ("" = nothing at all)
expect()
{
    local want=$1 text=$2 status=0 said
    shift 2
    said=$("$camkes" "$@" 2>&1) || status=$?
    if [ $status != "$want" ] || { [ -n "$text" ] && [[ $said != *"$text"* ]]; } || [ -z "$text" -a -n "$said" ]; then
        printf 'camkes %s\n  wanted status %s and "%s"\n  got status %s:\n%s\n' "$*" "$want" "$text" $status "$said"
        failed=1
    fi
}

cat > pair.camkes <<'END'
component W { control; dataport Buf d; }
assembly {
    composition {
        component W a;
        component W b;
        component W c;
        component W e;
        connection seL4SharedData s(from a.d, to b.d);
        connection seL4SharedData t(from c.d, to e.d);
    }
    configuration { b.d_access = "R"; }
}
END

expect 2 "camkes COMMAND FILE"
expect 0 "Exit status" --help
expect 0 "camkes 1." --version
expect 2 "there is no command 'frobnicate'" frobnicate
for command in build spec check graph cdl isolation; do
    expect 0 "--cpp-flag" $command --help
    expect 2 "no file given" $command
    expect 2 "no option --frob" $command pair.camkes --frob
    expect 1 "nowhere.camkes" $command nowhere.camkes $([ $command = check ] || echo -o x)
done
expect 2 "did you mean --default-priority" check pair.camkes --defualt-priority 3
expect 2 "not a number" check pair.camkes --default-priority high
expect 2 "wants a value" check pair.camkes --default-priority
expect 2 "no such warning" check pair.camkes -Wfrob
expect 2 "no -o" build pair.camkes
expect 2 "no -o" spec pair.camkes
expect 2 "--cores is 0: it must be from 1 to 64" check pair.camkes --cores 0
expect 2 "it must be from 1 to 255" check pair.camkes --default-priority 300
expect 2 "--default-affinity is 1" check pair.camkes --default-affinity 1
expect 2 "--default-budget is 20000" check pair.camkes --default-budget 20000
expect 2 "NAME:SIDE=FILE" check pair.camkes --connector x
expect 2 "cannot be read" check pair.camkes --connector x:from=nowhere.c
expect 2 "instance:name:archivename=path" spec pair.camkes -o s --file a
expect 2 "no instance 'z'" spec pair.camkes -o s --file z:n:f=pair.camkes
expect 2 "cannot be read" spec pair.camkes -o s --file a:n:f=nowhere
expect 2 "/proc/nowhere" build pair.camkes -o /proc/nowhere

expect 0 "" check pair.camkes
expect 0 "digraph" graph pair.camkes
expect 0 "" build pair.camkes -o out
expect 0 "" spec pair.camkes -o out/system.spec --cdl out/system.cdl
for file in out/W/glue.c out/W/include/camkes.h out/build.cmake out/system.spec out/system.cdl; do
    [ -s $file ] || { echo "no $file"; failed=1; }
done

expect 0 "a_cnode = cnode" cdl pair.camkes
expect 0 "" cdl out/system.spec -o out/again.cdl
cmp out/system.cdl out/again.cdl || failed=1

# a picture when there is a program dot, a word when there is none, an error when it fails
mkdir bin
[ "$(command -v dot)" ] || expect 0 "not installed" graph pair.camkes --svg out/none.svg
printf '#!/bin/sh\ncp "$4" "$3"\n' > bin/dot
chmod +x bin/dot
PATH=$dir/bin:$PATH expect 0 "" graph pair.camkes --svg out/pair.svg
grep -q digraph out/pair.svg || failed=1
printf '#!/bin/sh\nexit 3\n' > bin/dot
PATH=$dir/bin:$PATH expect 2 "dot failed" graph pair.camkes --svg out/pair.svg

# isolation: of the assembly and of the finished distribution, status 1 only when asked for
for file in pair.camkes out/system.spec; do
    expect 0 "a > c: isolated" isolation $file a c
    expect 0 "a > b: can reach" isolation $file a b
    expect 0 "b > a: isolated" isolation $file a b
    expect 0 "" isolation $file a c --assert -o out/report
    expect 1 "" isolation $file a b --assert -o out/report
    expect 2 "did you mean 'a'?" isolation $file aa c
    expect 2 "there is no component 'nobody'" isolation $file --trust nobody
done
# a way through a third: told, unless that one is trusted
cat > chain.camkes <<'END'
procedure P { int f(in int x); }
component Client { control; uses P p; dataport Buf d; }
component Server { provides P p; }
component Reader { control; dataport Buf d; }
component Deaf { control; }
assembly {
    composition {
        component Client one;
        component Client two;
        component Server server;
        component Reader reader;
        component Reader second;
        component Deaf alone;
        connection seL4RPCCall calls(from one.p, from two.p, to server.p);
        connection seL4SharedData d(from one.d, to reader.d);
        connection seL4SharedData d2(from two.d, to second.d);
    }
    configuration { reader.d_access = "R"; second.d_access = "R"; }
}
END
expect 0 "one > server > two" isolation chain.camkes one two
expect 0 "one > two: isolated" isolation chain.camkes one two --trust server
expect 0 "" isolation chain.camkes one two --trust server --assert -o out/report
expect 0 "only indirectly, shortest:
        one > server > two > second" isolation chain.camkes one second
expect 0 "second > one: isolated" isolation chain.camkes one second
expect 0 "answers calls at ep server.p" isolation chain.camkes server one
expect 0 "   6     -   -   -   -   -   .  alone" isolation chain.camkes
expect 0 "" isolation chain.camkes alone one --assert -o out/report
expect 0 "indirectly:
        one > server > two > second" isolation chain.camkes one second --all-paths

# members of a group are asked for by their names
sed 's/component Reader second;/group g { component Reader second; component Deaf third; }/' chain.camkes > group.camkes
expect 0 "second and third live in one address space, that of the group g" isolation group.camkes second third
expect 1 "" isolation group.camkes second third --assert -o out/report
expect 0 "two > g: can reach" isolation group.camkes two third

printf '\377' | dd of=out/system.spec bs=1 seek=200 conv=notrunc status=none
expect 2 "checksum" isolation out/system.spec

# nothing is written again that has not changed, so nothing is compiled again
touch -d '1 hour ago' out/W/glue.c out/W/include/camkes.h out/build.cmake
before=$(stat -c %Y out/W/glue.c out/W/include/camkes.h out/build.cmake)
sed -i 's/configuration {/configuration { a.priority = 17;/' pair.camkes
expect 0 "" build pair.camkes -o out
[ "$before" = "$(stat -c %Y out/W/glue.c out/W/include/camkes.h out/build.cmake)" ] ||
    { echo "a changed setting changed files that are compiled"; failed=1; }
exit $failed
