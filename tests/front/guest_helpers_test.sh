#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The CMake helpers of guests: overlays, toolchains, kernel modules. Wrong calls, then small images that are built
# from a root file system of three files; nothing boots. Argument: the root of the checkout.
set -u
. "$(dirname "$0")/lib.sh"
root=$1
. "$(dirname "$0")/application.sh"
vm_linux=$root/projects/camkes/vm-linux
source="include($vm_linux/linux-source-helpers.cmake)"
(mkdir -p "$scratch/root/etc" && cd "$scratch/root" && echo old >etc/issue && printf '#!/bin/sh\n' >init &&
    chmod 755 init && find . | cpio -o -H newc --quiet >"$app/root.cpio")
printf '#!/bin/sh\necho hello\n' >"$app/hello.sh"
chmod 755 "$app/hello.sh"

# --- wrong calls --------------------------------------------------------------------------------------------
file='AddFileToOverlayDir(hello hello.sh usr/sbin ov)'
bad 'AddFileToOverlayDir(x): no such file: .*/x.*DEPENDS' 'AddFileToOverlayDir(x x usr ov)'
bad 'AddFileToOverlayDir(x): .* is a directory' "AddFileToOverlayDir(x $app usr ov)"
bad 'AddFileToOverlayDir(x): unknown argument: more' 'AddFileToOverlayDir(x a.c usr ov more)'
bad "AddFileToOverlayDir(x): 'usr/../..' leads out" 'AddFileToOverlayDir(x a.c usr/../.. ov)'
bad "AddFileToOverlayDir(../x): '../x' is no file name" 'AddFileToOverlayDir(../x a.c usr ov)'
bad 'AddFileToOverlayDir(x): .*has a file /usr/x already' 'AddFileToOverlayDir(x a.c usr ov)' \
    'AddFileToOverlayDir(x a.c ./usr/ ov)'
bad "'t' is a target already, and no overlay" 'add_custom_target(t)' 'AddFileToOverlayDir(x a.c usr t)'
bad "'a b' cannot be the name" 'AddFileToOverlayDir(x a.c usr "a b")'
bad 'AddLinkToOverlayDir(x): a link to nothing' 'AddLinkToOverlayDir(x "" usr ov)'
bad 'AddLinkToOverlayDir(x): unknown argument: y' 'AddLinkToOverlayDir(x to usr ov y)'
bad "AddOverlayDirToRootfs(t): no overlay 'none'" \
    'AddOverlayDirToRootfs(none root.cpio buildroot rootfs_install f t)'
bad "AddOverlayDirToRootfs(t): unknown distribution 'suse'; known: buildroot, debian" "$file" \
    'AddOverlayDirToRootfs(ov root.cpio suse rootfs_install f t)'
bad "AddOverlayDirToRootfs(t): unknown mode 'install'; known: rootfs_install, overlay, fs_install" "$file" \
    'AddOverlayDirToRootfs(ov root.cpio debian install f t)'
bad 'AddOverlayDirToRootfs(t): no such file: .*none.cpio' "$file" \
    'AddOverlayDirToRootfs(ov none.cpio debian overlay f t)'
bad "AddOverlayDirToRootfs(t): there is a target 't' already" "$file" 'add_custom_target(t)' \
    'AddOverlayDirToRootfs(ov root.cpio debian overlay f t)'
bad 'AddOverlayDirToRootfs(t): unknown argument: BZIP' "$file" \
    'AddOverlayDirToRootfs(ov root.cpio debian overlay f t BZIP)'
bad 'AddOverlayToRootfs(t): no such directory' 'AddOverlayToRootfs(none root.cpio debian overlay f t)'
bad 'AddOverlayToRootfs(t): CUSTOM_INIT: no such file' \
    "AddOverlayToRootfs($app root.cpio debian overlay f t CUSTOM_INIT none)"
bad 'AddOverlayToRootfs(t): which directory' 'AddOverlayToRootfs("" root.cpio debian overlay f t)'
bad "'a b' cannot be the name" "AddOverlayToRootfs($app root.cpio debian overlay f \"a b\")"
bad 'AddExternalProjFilesToOverlay(p): which files' 'AddExternalProjFilesToOverlay(p dir ov usr)'
bad 'AddExternalProjFilesToOverlay(p): no project of that name' \
    'AddExternalProjFilesToOverlay(p dir ov usr FILES x)'
bad "no toolchain 'clang'; known: linux-gcc-32bit-pic, linux-gcc-64bit-pic" \
    'FindCustomPollyToolchain(t clang)'
bad "no toolchain 'linux-gcc'; known" 'FindCustomPollyToolchain(t linux-gcc)'
bad 'FindCustomPollyToolchain: unknown argument: x' 'FindCustomPollyToolchain(t linux-gcc-32bit-pic x)'
bad "GetArchDefaultLinuxRootfsFile: the word size is '48'" 'GetArchDefaultLinuxRootfsFile(48 f)'
bad 'GetDefaultLinuxKernelFile: unknown argument: x' 'GetDefaultLinuxKernelFile(f x)'
good 'set(KernelX86_64VTX64BitGuests ON)' 'GetDefaultLinuxKernelFile(f)' 'GetDefaultLinuxRootfsFile(g)' \
    'message("files ${f} ${g}")'
want 'files .*/cloud-amd64/bzImage .*/amd64/rootfs.cpio' 'the default of 64 bits'
bad 'DownloadLinux(t): the sources of Linux 4.8.16 are not here.*TARBALL' "$source" \
    'DownloadLinux(4 8.16 5230b0185b5f4916feab86c450207606 d t)'
bad "DownloadLinux(t): 'soft' is no checksum" "$source" 'DownloadLinux(4 8.16 soft d t)'
bad "unknown guest 'arm'" "$source" 'DownloadLinux(6 1 debian-headers d t FLAVOUR arm)'
bad 'DownloadLinux(t): there is a target' "$source" 'add_custom_target(t)' \
    'DownloadLinux(6 1 debian-headers d t)'
bad 'DownloadLinux(t): this checksum stands for Linux 6.1, .*not for 4.8.16' "$source" 'GetDefaultLinuxMd5(sum)' \
    'DownloadLinux(4 8.16 ${sum} d t)'
bad 'DownloadLinux(t): a TARBALL needs its own checksum' "$source" \
    'DownloadLinux(6 1 debian-headers d t TARBALL a.c)'
good "$source" 'GetDefaultLinuxVersion(v)' 'GetDefaultLinuxMajor(a)' 'GetDefaultLinuxMinor(b)' 'message("is ${v} ${a}.${b}")'
want 'is 6.1 6.1' 'the version of the default'
bad 'ConfigureLinux(t): no such file' "$source" 'ConfigureLinux(d none none t)'
bad 'ConfigureLinux(t): .*/d. is no tree of Linux sources' "$source" 'ConfigureLinux(d a.c a.c t)'

# --- overlays -----------------------------------------------------------------------------------------------
image=$build/out_t/output_overlay_rootfs.cpio
ninja_t() { run ninja -C "$build" t; output=$(echo "$output" | tr -s ' \n' '  '); }
contents() { run "$build/bulkhead/tools/overlay/rootfs-overlay" list "$image"; }

good "$file" 'AddLinkToOverlayDir(h hello usr/sbin ov)' \
    'AddOverlayDirToRootfs(ov root.cpio buildroot rootfs_install f t)' \
    'AddFileToOverlayDir(issue a.c etc ov)'
ninja_t
want_status 0 'an image'
contents
want '^-0755 0:0 [0-9]* 0 usr/sbin/hello$' 'an image'
want '^l.* usr/sbin/h -> hello$' 'an image'
want '^-0644 0:0 28 0 etc/issue$' 'an image: the overlay comes over it'
ninja_t
want 'no work to do' 'nothing changed'
echo 'echo more' >>"$app/hello.sh"
cp "$image" "$scratch/before"
ninja_t
run cmp -s "$image" "$scratch/before"
want_status 1 'a file changed'
good "$file" 'AddOverlayDirToRootfs(ov root.cpio buildroot rootfs_install f t)'
ninja_t
contents
want_not 'usr/sbin/h ->' 'a line less, a link less'

good 'AddFileToOverlayDir(init a.c "." ov)' 'AddOverlayDirToRootfs(ov root.cpio buildroot rootfs_install f t)'
ninja_t
want 'warning: .*/a.c is not executable' 'an /init that cannot start'
chmod +x "$app/a.c" && touch "$app/a.c"
ninja_t
want_not 'warning: .*/a.c is not executable' 'an /init that can'
contents
want '^-0755 0:0 28 0 init$' 'an /init that can'
chmod -x "$app/a.c"

mkdir -p "$app/tree/etc"
echo new >"$app/tree/etc/motd"
good "AddOverlayToRootfs(tree root.cpio buildroot rootfs_install f t GZIP CUSTOM_INIT hello.sh)" \
    'message("file ${f}")'
want 'file .*/out_t/output_overlay_rootfs.cpio.gz' 'the path of an image'
image=$image.gz
ninja_t
echo newer >"$app/tree/etc/issue"
ninja_t
contents
want ' etc/issue$' 'a file more in the directory'
want '^-0755 0:0 31 0 init$' 'CUSTOM_INIT'
(cat "$app/root.cpio" && gzip -c "$app/root.cpio") >"$app/parts.cpio"
good 'AddOverlayToRootfs(tree parts.cpio buildroot rootfs_install f s SPLITGZ)'
run ninja -C "$build" s
parts=$build/out_s/output_overlay_rootfs.cpio
run cmp -n "$(wc -c <"$app/root.cpio")" "$parts" "$app/root.cpio"
want_status 0 'SPLITGZ: the plain archive in front stays as it is'
run "$build/bulkhead/tools/overlay/rootfs-overlay" list "$parts"
want ' etc/motd$' 'SPLITGZ: the files are behind it'
ln -s ../../../outside "$app/tree/out"
mkdir -p "$app/tree2/out" && echo x >"$app/tree2/out/x"
good 'AddOverlayToRootfs(tree root.cpio buildroot rootfs_install f s)' \
    'AddOverlayToRootfs(tree2 ${f} buildroot rootfs_install g t)'
image=$build/out_t/output_overlay_rootfs.cpio
ninja_t
contents
want '^d.* out$' 'a directory takes the place of a link that leads out'
rm -r "$app/tree/out"

echo nonsense >"$app/bad.cpio"
good 'AddOverlayToRootfs(tree bad.cpio buildroot rootfs_install f t)'
ninja_t
want_status 1 'no archive'
want 'rootfs-overlay: .*bad.cpio: is neither a newc' 'no archive'
[ ! -e "$image" ] && [ ! -e "$image.partial" ] || fail 'no archive: nothing is left of it'
good 'AddOverlayToRootfs(tree root.cpio debian overlay f t)'
ninja_t
want 'rootfs-overlay: mode overlay for debian: the image has no scripts/local' 'no initramfs-tools'

# The tool by itself: an output that is no result of its own is left alone.
overlay() { run "$build/bulkhead/tools/overlay/rootfs-overlay" build --dir "$app/tree" "$@"; }
cp "$app/root.cpio" "$scratch/same.cpio"
ln "$scratch/same.cpio" "$scratch/link.cpio"
for name in same.cpio link.cpio; do
    overlay --image "$scratch/same.cpio" --output "$scratch/$name"
    want_status 1 "$name is the image"
    want 'read and written at once' "$name is the image"
    cmp -s "$scratch/same.cpio" "$app/root.cpio" || fail "$name is the image: it is kept"
done
mkdir "$scratch/dir" && mkfifo "$scratch/pipe"
for name in dir pipe; do
    overlay --image "$app/root.cpio" --output "$scratch/$name"
    want "$name: is there already, and is no file" "a $name as output"
    [ -e "$scratch/$name" ] && [ ! -f "$scratch/$name" ] || fail "a $name as output: it is kept"
done
SOURCE_DATE_EPOCH=soon overlay --image "$app/root.cpio" --output "$scratch/new"
want "SOURCE_DATE_EPOCH is 'soon'" 'a date that is none'
overlay --image "$app/none.cpio" --output "$scratch/same.cpio"
want 'none.cpio: No such file' 'no image'
[ ! -e "$scratch/same.cpio" ] || fail 'no image: an old result is removed'

# --- external projects --------------------------------------------------------------------------------------
mkdir -p "$app/pkg"
printf '%s\n' 'cmake_minimum_required(VERSION 3.16)' 'project(tool C)' 'add_executable(tool tool.c)' \
    'target_link_libraries(tool -static)' >"$app/pkg/CMakeLists.txt"
echo 'int main(void) { return 0; }' >"$app/pkg/tool.c"
project() {             # toolchain, file
    configure "FindCustomPollyToolchain(toolchain $1)" \
        'ExternalProject_Add(p URL file:///${CMAKE_CURRENT_SOURCE_DIR}/pkg BINARY_DIR ${CMAKE_BINARY_DIR}/p
            BUILD_ALWAYS ON
            EXCLUDE_FROM_ALL INSTALL_COMMAND "" CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${toolchain})' \
        "AddExternalProjFilesToOverlay(p \${CMAKE_BINARY_DIR}/p ov usr/bin FILES $2)" \
        'AddOverlayDirToRootfs(ov root.cpio buildroot rootfs_install f t)'
    want_status 0 "project $1 $2"
}
for bits in 32 64; do
    rm -rf "$build/p" "$build/p-prefix"
    project linux-gcc-${bits}bit-pic tool
    ninja_t
    want_status 0 "a program of $bits bits"
    run sh -c "od -An -tx1 -j4 -N1 '$build/p/tool'"
    want "0$((bits / 32))" "a program of $bits bits"
done
echo 'int main(void) { return wrong; }' >"$app/pkg/tool.c"
ninja_t
want_status 1 'a program that does not compile'
want "tool.c.*wrong" 'a program that does not compile'
want "AddExternalProjFilesToOverlay(p): the project does not build.* Set it right in $app/pkg and run ninja again" \
    'a program that does not compile'
echo 'int main(void) { return 7; }' >"$app/pkg/tool.c"
ninja_t
want_status 0 'the same, set right'
run "$build/p/tool"
want_status 7 'the same, set right'
project linux-gcc-64bit-pic other
ninja_t
want_status 1 'a file that is not made'
want 'AddExternalProjFilesToOverlay(p): the project was built, but made no .*/p/other' \
    'a file that is not made'
run cmake -S "$app" -B "$build" -DCAmkESVMDefaultBuildrootOverlay=ON
want_status 0 'CAmkESVMDefaultBuildrootOverlay'
run ninja -C "$build" -t query default_buildroot_overlay
want 'overlays/default_buildroot_overlay.staged' 'CAmkESVMDefaultBuildrootOverlay'

# A compiler without a 32-bit C library.
mkdir "$scratch/bin"
printf '#!/bin/sh\ncase "$*" in *print-file-name*) echo libc.a ;; *) exec %s "$@" ;; esac\n' "$(command -v gcc)" \
    >"$scratch/bin/gcc"
chmod 755 "$scratch/bin/gcc"
run env PATH="$scratch/bin:$PATH" cmake -G Ninja -S "$app/pkg" -B "$scratch/no32" \
    -DCMAKE_TOOLCHAIN_FILE="$vm_linux/toolchains/linux-gcc-32bit-pic.cmake"
output=$(echo "$output" | tr -s ' \n' '  ')
want_status 1 'no 32-bit C library'
want 'has no 32-bit C library: install gcc-multilib' 'no 32-bit C library'

# --- kernel trees -------------------------------------------------------------------------------------------
mkdir -p "$scratch/linux-1.2/scripts" "$app/mod/poke"
printf '%s\n' 'olddefconfig prepare modules_prepare:' '	@echo configured $(ARCH) $(CROSS_COMPILE) >$@.done' 'modules:' \
    '	@cp $(M)/poke.c $(M)/poke.ko; echo "$(ARCH) $(MODULE_INCLUDES)" >>$(M)/poke.ko' >"$scratch/linux-1.2/Makefile"
tar -C "$scratch" -czf "$app/linux-1.2.tar.gz" linux-1.2
sum=$(md5sum <"$app/linux-1.2.tar.gz")
sum=${sum%% *}
echo 'CONFIG_X86_32=y' >"$app/config"
: >"$app/Module.symvers"
tree() {                # checksum, config
    configure "$source" "DownloadLinux(1 2 $1 dir t TARBALL linux-1.2.tar.gz)" \
        "ConfigureLinux(\${dir} $2 Module.symvers c DEPENDS t)"
    want_status 0 "tree $1"
    run ninja -C "$build" c
    output=$(echo "$output" | tr -s ' \n' '  ')
}
tree 00000000000000000000000000000000 config
want "DownloadLinux(t): .*linux-1.2.tar.gz is damaged or another one: its checksum is $sum" 'another checksum'
tree 123 config
want "'123' is neither an MD5" 'a short checksum'
tree "$sum" "$vm_linux/linux_configs/6.1/config"
want 'ConfigureLinux: .*a source tree needs a real one' 'a packaged configuration for a tree'
tree "$sum" config
want_status 0 'a tree'
run cat "$build/out/linux-1.2/prepare.done" "$build/out/linux-1.2/.config"
want 'configured i386' 'a tree'
tar -C "$app" -xzf "$app/linux-1.2.tar.gz"
configure "$source" 'ConfigureLinux(linux-1.2 config Module.symvers c ARCH x86_64 CROSS_COMPILE x-)'
run ninja -C "$build" c
want_status 0 'a tree of our own'
run cat "$app/linux-1.2/prepare.done"
want 'configured x86_64 x-' 'a tree of our own'

module() {              # arguments of DefineLinuxModule
    printf '%s\n' 'cmake_minimum_required(VERSION 3.16)' 'project(m NONE)' \
        "include($vm_linux/linux-module-helpers.cmake)" \
        "DefineLinuxModule($1)" >"$app/mod/CMakeLists.txt"
    run cmake -G Ninja -S "$app/mod" -B "$build/mod" -DLINUX_KERNEL_DIR="$2"
    output=$(echo "$output" | tr -s ' \n' '  ')
    [ "$status" != 0 ] || { run ninja -C "$build/mod"; output=$(echo "$output" | tr -s ' \n' '  '); }
}
linux=$build/out/linux-1.2
module poke ""
want 'DefineLinuxModule(poke): which kernel' 'no kernel'
module poke "$app"
want 'is no kernel.s build directory' 'another directory'
module poke "$linux"
want 'DefineLinuxModule(poke): there is no Makefile in' 'no Makefile'
printf 'obj-m += poke.o\nall:\n\tmake -C $(KHEAD) M=$(PWD) modules\n' >"$app/mod/poke/Makefile"
echo '/* MODULE_LICENSE */' >"$app/mod/poke/poke.c"
module "poke INCLUDES include" "$linux"
want_status 0 'a module'
run cat "$build/mod/poke.ko"
want "^i386  *-I$app/mod/include" 'a module'
module "poke where what KERNEL_DIR $linux ARCH x86_64" ""
want_status 0 'a module in the other way'
run cat "$build/mod/poke.ko"
want '^x86_64' 'a module in the other way'
module "poke one two three" "$linux"
want 'DefineLinuxModule(poke): unknown argument' 'too many arguments'
printf 'all:\n\tfalse\n' >"$app/mod/poke/Makefile"
module poke "$linux"
want_status 1 'a module that fails'
want 'build-module: poke: building it against .*failed' 'a module that fails'
printf 'all:\n' >"$app/mod/poke/Makefile"
rm -rf "$build/mod"
module poke "$linux"
want 'its Makefile made no poke.ko' 'a module that is not made'
done_testing
