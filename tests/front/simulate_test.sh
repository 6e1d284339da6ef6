#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# simulate: its options, its messages, and that acceleration is probed, not believed. Argument: the script.
set -u
. "$(dirname "$0")/lib.sh"
simulate=$1

run "$simulate" --help
want_status 0 help
for word in --binary --cpu --cpu-opt --extra-cpu-opts --machine --mem-size --extra-qemu-args --kernel --initrd --args \
        --gdbserver --dry-run --reset-terminal --graphic --serial; do
    want "$word" "help names $word"
done

for flag in -b:/bin/true -c:EPYC -o:+svm -M:pc -m:1G -g:-nographic -s:stdio -k:K -i:I -a:words; do
    run "$simulate" -n "${flag%%:*}" "${flag#*:}"
    want_status 0 "short flag ${flag%%:*}"
    want "${flag#*:}" "short flag ${flag%%:*}"
done
run "$simulate" -n -d -r
want_status 0 "flags without a value"
want '-s -S' gdbserver

run "$simulate" --dry-run --accel tcg --mem-size=2G --cpus 2 --extra-cpu-opts=-avx --extra-qemu-args '-d int' --args 'a b'
want '-accel tcg -cpu max,+svm,+npt,-avx -m 2G -smp 2' "long options"
want "-append 'a b'" "a value with a blank stays one word"
want '-d int$' "extra arguments come last"

run "$simulate" -n --machine-emulator bochs --cpu ryzen --mem-size 1G --args=debug
want_status 0 "Bochs"
want 'run-bochs .*--args debug --mem-size 1G --cpus 1 --cpu ryzen$' "Bochs"

for bad in --bogus -x --machine-emulator=mame --mem-size=12Q --mem-size= --mem-size=M \
        --mem-size=1 --mem-size=63M --mem-size=0G \
        --cpus=0 --cpus=two --accel=maybe --help=yes stray; do
    run "$simulate" -n "$bad"
    want_status 2 "bad option $bad"
    want '^simulate: ' "bad option $bad"
done
run "$simulate" -n --cpu
want_status 2 "missing value"
want '--cpu needs a value' "missing value"
run "$simulate" --kernel "$scratch/none"
want_status 2 "missing image"
want "$scratch/none" "missing image is named"
run "$simulate" -n --binary no-such-qemu
want_status 2 "missing QEMU"
want no-such-qemu "missing QEMU is named"

# The tutorial's own command line must work on a machine without nested virtualisation: emulated, and saying so.
if ! grep -qwE 'svm|vmx' /proc/cpuinfo; then
    run "$simulate" -n --cpu Haswell --machine q35,accel=kvm,kernel-irqchip=split --mem-size 2G --extra-cpu-opts +vmx \
        --extra-qemu-args="-enable-kvm -device intel-iommu,intremap=off"
    want_status 0 "the tutorial's line"
    want '^simulate: .*emulating' "the tutorial's line says what it does"
    want '-machine q35 -accel tcg -cpu max,+svm,+npt -m 2G' "the tutorial's line"
    want '-device intel-iommu,intremap=off' "the tutorial's line"
    want_not 'enable-kvm\|accel=kvm\|vmx' "the tutorial's line"
    run "$simulate" -n --accel kvm
    want_status 2 "acceleration that is not there"
fi

# Machines that this one is not: what KVM can do is looked at under SIMULATE_HOST, and by a QEMU that only ends.
machine() {             # CPU flag, module, nested
    rm -rf "$scratch/host"
    mkdir -p "$scratch/host/proc" "$scratch/host/dev" "$scratch/host/sys/module/$2/parameters"
    echo "flags : fpu $1 nx" >"$scratch/host/proc/cpuinfo"
    echo "$3" >"$scratch/host/sys/module/$2/parameters/nested"
    : >"$scratch/host/dev/kvm"
}
on_machine() { run env SIMULATE_HOST="$scratch/host" "$simulate" -n --binary /bin/true "$@"; want_status 0 "on a machine"; }
machine svm kvm_amd 1
on_machine
want '-accel kvm -cpu host,+svm,+npt' "AMD with nested KVM"
on_machine --accel tcg
want '-accel tcg -cpu max,+svm,+npt' "emulation asked for"
machine vmx kvm_intel Y
on_machine
want '-accel kvm -cpu host,+vmx' "Intel with nested KVM"
on_machine --cpu Haswell --machine q35,accel=kvm,kernel-irqchip=split --extra-cpu-opts +vmx --extra-qemu-args=-enable-kvm
want '-machine q35,accel=kvm,kernel-irqchip=split -cpu Haswell,+vmx,+vmx .*-enable-kvm' "the tutorial's line, as it is"
machine vmx kvm_intel N
on_machine
want 'kvm_intel does not offer nested' "not nested: says so"
want '-accel tcg -cpu max,+svm,+npt' "not nested: emulated"
machine svm kvm_amd 1
rm "$scratch/host/dev/kvm"
on_machine
want '/dev/kvm cannot be opened' "no /dev/kvm"

launch_gdb=$(dirname "$simulate")/launch_gdb
printf '#!/bin/sh\necho "gdb:" "$@"\n' >"$scratch/gdb" && chmod +x "$scratch/gdb" && : >"$scratch/kernel.elf"
run "$launch_gdb" --help; want_status 0 "launch_gdb"; want '--extra-gdb-args' "launch_gdb"
run "$launch_gdb" -b "$scratch/gdb" -f "$scratch/kernel.elf" --extra-gdb-args='-ex bt'
want_status 0 "launch_gdb"
want 'gdb: -q .*kernel.elf -ex target remote :1234 -ex bt' "launch_gdb"
run "$launch_gdb" --bogus; want_status 2 "launch_gdb, unknown option"; want 'bogus' "launch_gdb, unknown option"
run "$launch_gdb" -f "$scratch/none"; want_status 2 "launch_gdb, no kernel"; want 'cannot read' "launch_gdb, no kernel"
done_testing
