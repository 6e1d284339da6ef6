# SPDX-License-Identifier: BSD-2-Clause
# The front door. Everything is built by CMake and Ninja in $(BUILD); this file only knows the few things people say.

GUEST  ?= 686-pae
MEM    ?= 1G
CPUS   ?= 1
BUILD  ?= build
JOBS   ?= 2
SYSTEM := linux-$(GUEST)

console := python3 tools/console.py --echo --timeout 300 --log $(BUILD)/logs/run.log
simulate := $(BUILD)/simulate --mem-size $(MEM) --cpus $(CPUS) --initrd $(BUILD)/images/$(SYSTEM)
ctest := ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j $(JOBS)
chosen := $(if $(TESTS),-R '$(TESTS)') $(if $(LABEL),-L '$(LABEL)')

.PHONY: help run test test-vtx host-test bench iso all refresh-guests clean distclean packages configure guest-known
.DEFAULT_GOAL := help

help:
	@echo 'make run         build the system and boot Linux in it; log in as root, password root'
	@echo '                   GUEST=686-pae (default), 686, cloud-amd64 or amd64: the Linux in the virtual machine'
	@echo '                   MEM=1G, CPUS=1: of the emulated computer'
	@echo '                   with no terminal on its input: ends with status 0 at the login prompt'
	@echo 'make test        every test; TESTS=regex or LABEL=host|kernel|micro|apps|linux|tutorial|bare for some of them,'
	@echo '                   also of the next two; JOBS=2 at a time'
	@echo 'make test-vtx    the tests of Intel VT-x, in Bochs (minutes)'
	@echo 'make host-test   only the tests that need no emulator (seconds)'
	@echo 'make bench       instruction counts, compared with bench/baseline.json; writes $(BUILD)/bench.json'
	@echo 'make iso         a bootable CD image, $(BUILD)/images/bulkhead-$(GUEST).iso'
	@echo 'make all         build everything, run nothing'
	@echo 'make refresh-guests  take the newest guest kernels at the next build (else those in the cache are used)'
	@echo 'make clean       remove $(BUILD); make distclean removes the downloads in .cache too'

packages:
	@tools/install-packages packages.txt

configure: packages
	@mkdir -p $(BUILD) 2>/dev/null && test -w $(BUILD) || { echo 'cannot write to the build directory, BUILD=$(BUILD)'; exit 2; }
	@test -f $(BUILD)/build.ninja || { echo 'configuring (once)'; \
		cmake -G Ninja -S . -B $(BUILD) >$(BUILD)/configure.log 2>&1 || { cat $(BUILD)/configure.log; exit 1; }; }

guest-known:
	@awk '!/^#/ && $$1 == "$(GUEST)" { found = 1 } END { exit !found }' projects/camkes/vm-linux/guests.list || \
		{ echo "unknown GUEST=$(GUEST); known: $$(awk '!/^#/ && NF { printf "%s ", $$1 }' projects/camkes/vm-linux/guests.list)"; exit 2; }

all: configure
	@ninja -C $(BUILD)

run: guest-known configure
	@$(simulate) --dry-run --accel tcg >/dev/null
	@ninja -C $(BUILD) system-$(SYSTEM)
	@if [ -t 0 ] && [ -t 1 ]; then \
		echo 'Starting $(SYSTEM). Ctrl-a x leaves, Ctrl-c goes to the guest, @? asks the serial server for help.'; \
		exec $(simulate) --reset-terminal; \
	else \
		$(console) --until 'login: ' -- $(simulate) --serial stdio && echo && echo 'login prompt reached'; \
	fi

test: configure
	@ninja -C $(BUILD) all host-tests
	@$(ctest) $(chosen)

test-vtx: configure
	@ninja -C $(BUILD)
	@$(ctest) -L vtx $(chosen)

host-test: configure
	@ninja -C $(BUILD) host-tests
	@$(ctest) -L host $(chosen)

bench: configure
	@ninja -C $(BUILD)
	@bench/run $(BUILD)

iso: guest-known configure
	@ninja -C $(BUILD) system-$(SYSTEM)
	@tools/make-iso $(BUILD)/images/kernel-x86_64-pc99 $(BUILD)/images/$(SYSTEM) $(BUILD)/images/bulkhead-$(GUEST).iso

refresh-guests:
	@projects/camkes/vm-linux/tools/fetch-guest refresh .cache/guests
	@rm -rf $(BUILD)/guests

clean:
	rm -rf $(BUILD)

distclean: clean
	rm -rf .cache
