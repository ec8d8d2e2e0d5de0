# SPDX-License-Identifier: GPL-2.0-or-later
# Builds, tests and installs boundby. Reads the tree and installed packages; writes only under
# build/ (O= changes that). `make help` lists the targets.

VERSION := 0.1.0

O ?= build
PREFIX ?= /usr/local
V ?=
DEBUG ?=
SAN ?=
STATIC ?=
WERROR ?= $(if $(CI),1)

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
BPFTOOL ?= bpftool
PROTOC_C ?= protoc-c
# Debian keeps bpftool and capsh where a user's PATH may not look.
export PATH := $(PATH):/usr/sbin:/sbin
export PYTHONDONTWRITEBYTECODE := 1

MACHINE := $(shell uname -m)
BPF_ARCH := $(if $(filter x86_64,$(MACHINE)),x86,$(if $(filter aarch64 arm64,$(MACHINE)),arm64))
ifeq ($(BPF_ARCH),)
$(error boundby is built for x86_64 and aarch64, this machine is '$(MACHINE)'; build it on one of those)
endif
ARCHES := x86 arm64

comma := ,
# Each kind of build has a separate folder: objects of two kinds are never linked together.
B := $(O)$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))$(if $(DEBUG),/debug)$(if $(STATIC),/static)

# 0.1.0 in a tarball or at its tag, else with the commit. No lock: others may be committing.
COMMIT := $(shell GIT_OPTIONAL_LOCKS=0 git describe --tags --always --match 'v[0-9]*' 2>/dev/null)
ifneq ($(filter v%,$(COMMIT)),)
FULL_VERSION := $(patsubst v%,%,$(COMMIT))
else
FULL_VERSION := $(VERSION)$(if $(COMMIT),+g$(COMMIT))
endif

ifeq ($(V),1)
Q :=
msg = @:
else
Q := @
msg = @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-8s %s\n' '$(1)' '$(2)')
MAKEFLAGS += --no-print-directory
endif

# ---- flags: CFLAGS, CPPFLAGS, LDFLAGS and BPF_CFLAGS from outside are added to these ----------
WARN := -Wall -Wextra -Wno-unused-parameter $(if $(filter 1 y yes true,$(WERROR)),-Werror)
WARN_C := $(WARN) -Wmissing-field-initializers -Wstrict-prototypes -Wvla
# Of the program itself; its headers that are generated are system headers, of which gcc is silent.
WARN_USER := -Wshadow -Wconversion -Wsign-conversion
OPT := $(if $(DEBUG),-Og -g3,-O2 -g)
SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)

user_cflags = -std=gnu11 $(OPT) $(WARN_C) -Iinclude -Iuser -isystem $(B) -D_GNU_SOURCE= $(SAN_FLAGS) \
	$(CPPFLAGS) $(CFLAGS)
pure_libs = -ljson-c -lprotobuf-c -lseccomp -lmicrohttpd -lncursesw -ltinfo -lz -lm -lpthread
user_libs = -lbpf -ldw -lelf -liberty $(pure_libs)
# STATIC=1: one file without libraries, for hosts without these or of another release.
ifdef STATIC
static_flags := -static
static_libs := -llzma -lbz2
endif
# The generated header is a system header (no warnings for it), yet -MD makes it a dependency.
bpf_cflags = -g -O2 -target bpf -mcpu=v3 -std=gnu11 -D__TARGET_ARCH_$(1) -isystem vmlinux/$(1) \
	-Iinclude -Ibpf $(WARN) $(BPF_CFLAGS)
work_cflags = -std=gnu11 -O2 -g $(WARN) -D_GNU_SOURCE= -pthread $(CPPFLAGS) $(CFLAGS)
# libFuzzer is clang's and brings its sanitizers; what SAN= asks for has no say here.
fuzz_cflags = -std=gnu11 -O1 -g $(WARN_C) -Iinclude -Iuser -I$(B) -D_GNU_SOURCE= \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer $(CPPFLAGS)
version_define = -DBOUNDBY_VERSION='"$(FULL_VERSION)"'

# ---- what there is to build -------------------------------------------------------------------
# lifecycle first: libbpf 1.1 loses the place of a map that is declared before it is defined.
bpf_sources := $(sort $(wildcard bpf/*.bpf.c bpf/*/*.bpf.c))
BPF_SRC := bpf/threads/lifecycle.bpf.c $(filter-out bpf/threads/lifecycle.bpf.c,$(bpf_sources))
USER_SRC := $(sort $(wildcard user/*.c user/*/*.c user/*/*/*.c))
pure_folders := lib trace session model analysis verdict render
PURE_SRC := user/pipeline.c user/exit_codes.c user/collect/procfs/cgroup_identity.c \
	user/collect/runtimes/script.c \
	$(wildcard $(foreach folder,$(pure_folders),user/$(folder)/*.c user/$(folder)/*/*.c)) \
	$(filter-out user/watch/watch_window.c,$(wildcard user/watch/*.c)) \
	$(filter-out user/cli/cmd_% user/cli/live_run.c user/cli/output.c user/cli/page_output.c user/cli/screen/%,$(wildcard user/cli/*.c user/cli/*/*.c))
WORKLOADS := $(patsubst tests/workloads/%.c,$(B)/workloads/%,$(wildcard tests/workloads/*.c))
ATTACKS := $(patsubst tests/attacks/%.c,$(B)/attacks/%,$(wildcard tests/attacks/*.c))
CORPUS_C := $(wildcard tests/corpus/*.c tests/corpus/lib/*.c)
CORPUS_GO := $(wildcard tests/corpus/*.go)
CORPUS_JAVA := $(wildcard tests/corpus/*.java)
CORPUS := $(patsubst tests/corpus/%.c,$(B)/corpus/%,$(CORPUS_C)) \
	$(patsubst tests/corpus/%.go,$(B)/corpus/%.go.bin,$(CORPUS_GO)) \
	$(if $(CORPUS_JAVA),$(B)/corpus/java/built)
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*/test_*.c))
UNIT_HELPERS := $(wildcard tests/unit/fixtures/*.c)
SYNTH := $(B)/synth/player
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
LIVE_TOOLS := $(patsubst tests/live/%.c,$(B)/live/%,$(wildcard tests/live/*.c))
LIVE_TOOLS += $(patsubst tests/live/preload/%.c,$(B)/live/%.so,$(wildcard tests/live/preload/*.c))
BENCH_BPF := $(wildcard tests/bench/*.bpf.c)
BENCHES := $(patsubst tests/bench/%.c,$(B)/bench/%,$(filter-out $(BENCH_BPF),$(wildcard tests/bench/*.c)))

# bpf/sched.c and bpf/sched.bpf.c both become sched.bpf.o
bpf_objects = $(addprefix $(B)/bpf/$(1)/,$(addsuffix .part.o,$(basename $(BPF_SRC:.bpf.c=.c))))
objects = $(patsubst %.c,$(B)/%.o,$(1))

PROTO := $(B)/render/export/profile.pb-c
PAGE := $(B)/render/html/page_assets
USER_OBJ := $(call objects,$(USER_SRC)) $(PROTO).o $(PAGE).o
PURE_OBJ := $(call objects,$(PURE_SRC)) $(PROTO).o $(PAGE).o
SKEL := $(B)/boundby.skel.h
PURE_LIB := $(B)/libboundby_pure.a
# What reads targets, with the kernel replaced by tests/fuzz/reader_world.c.
READER_SRC := $(filter-out user/collect/runtimes/interpreters.c, \
	$(wildcard $(foreach folder,reader symbols runtimes procfs,user/collect/$(folder)/*.c)))
READER_FUZZ_OBJ := $(patsubst %.c,$(B)/fuzz/obj/%.o,$(READER_SRC))
FUZZ_OBJ := $(patsubst %.c,$(B)/fuzz/obj/%.o,$(PURE_SRC)) $(B)/fuzz/obj/profile.pb-c.o $(PAGE).o

.PHONY: all demo test test-all page-test test-build bench bench-build soak corpus corpus-build corpus-advice \
	synth synth-build fuzz fuzz-build vmtest verifier-cost arm64 check bpf-all workloads units \
	live-tools install install-data deb clean help tools test-tools FORCE
.PHONY: compile-commands tidy
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

all: $(B)/boundby ##            build the program (default)

# ---- what the README names: set up, build, run ------------------------------------------------
# A job count of the caller wins; otherwise all CPUs.
build_now = $(MAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
run_env = BOUNDBY='$(abspath $(B))/boundby' BOUNDBY_BUILD='$(abspath $(B))'

demo: ##           install what is missing, build, show it on small bundled programs
	$(Q)scripts/setup
	$(Q)+$(build_now) all workloads
	$(Q)$(run_env) scripts/demo

test: ##           install what is missing, build, run every test
	$(Q)scripts/setup test
	$(Q)+$(build_now) test-build
	$(Q)$(run_env) tests/run

test-all: ##       the same with the live tests that are left out because they take long
	$(Q)BOUNDBY_TEST_ALL=1 BOUNDBY_SUITE_LIMIT_S=3600 $(MAKE) test
	$(Q)$(MAKE) page-test

page-test: ##      install what is missing, use the page of --html in headless Chromium, as root
	$(Q)scripts/setup page
	$(Q)+$(build_now) all workloads bench-build
	$(Q)$(run_env) tests/page/check.py

corpus: ##         judge every program of the corpus, print the confusion matrix and each miss
	$(Q)scripts/setup test
	$(Q)+$(build_now) corpus-build
	$(Q)$(run_env) tests/corpus/run.py --all

corpus-advice: ##  do what the advice says to each program of the corpus, before and after
	$(Q)scripts/setup test
	$(Q)+$(build_now) corpus-build
	$(Q)$(run_env) tests/corpus/run.py --advice

synth: ##          judge programs made from seeds, 200 from the day's on (SEED=, SEEDS=, FIRST=)
	$(Q)scripts/setup test
	$(Q)+$(build_now) synth-build
	$(Q)$(run_env) tests/synth/run.py $(or $(SEED),--seeds $(or $(SEEDS),200)) \
		$(if $(FIRST),--first $(FIRST))

fuzz: ##           install what is missing, build, fuzz each target for an hour (FUZZ_SECONDS=)
	$(Q)scripts/setup test
	$(Q)+$(build_now) fuzz-build
	$(Q)$(run_env) FUZZ_SECONDS='$(or $(FUZZ_SECONDS),3600)' tests/fuzz/run.py

bench: ##          install what is missing, build, measure what boundby costs
	$(Q)scripts/setup test
	$(Q)+$(build_now) bench-build
	$(Q)$(run_env) scripts/bench

soak: ##           watch a host that never rests for half an hour: nothing grows (SOAK_SECONDS=)
	$(Q)scripts/setup test
	$(Q)+$(build_now) all workloads
	$(Q)$(run_env) scripts/soak

vmtest: ##         boot other kernels under qemu, run live tests there, print a table (KERNEL=6.1, ARCH=arm64)
	$(Q)scripts/setup test
	$(Q)+$(build_now) all workloads live-tools $(if $(filter arm64,$(ARCH)),arm64)
	$(Q)$(run_env) tests/vm/run.py --all --arch $(or $(ARCH),amd64) $(if $(KERNEL),--kernel '$(KERNEL)')

verifier-cost: ##  measure what the verifier follows, here and in guests, into tests/verifier_cost.txt
	$(Q)scripts/setup test
	$(Q)+$(build_now) all
	$(Q)$(run_env) tests/verifier_cost.py --write
	$(Q)for kernel in $(or $(KERNEL),6.1 6.12 7.2 newest); do \
		$(run_env) scripts/vmtest $$kernel 'BOUNDBY=$(B)/boundby /usr/bin/python3 \
			tests/verifier_cost.py --rows' | tests/verifier_cost.py --merge || exit 1; \
	done

# With Debian's arm64 libraries, which apt puts into a folder of their own; by clang, since Debian's
# gcc for arm64 conflicts with gcc-multilib.
arm64: ##          cross-build program and workloads for arm64, in build/arm64
	$(Q)scripts/setup test
	$(Q)+root=$$($(run_env) tests/vm/packages.py arm64) && $(build_now) MACHINE=aarch64 \
		O='$(O)/arm64' CC="$(CLANG) --target=aarch64-linux-gnu --sysroot=$$root" \
		CPPFLAGS="-I$$root/usr/include/libiberty $(CPPFLAGS)" all workloads live-tools

tidy: $(PROTO).h $(SKEL) ##           clang-tidy on the program, by .clang-tidy: some ten minutes
	$(Q)scripts/setup tidy
	$(Q)+$(MAKE) compile-commands
	$(Q)printf '%s\n' $(USER_SRC) | xargs -P$(shell nproc) -n1 clang-tidy --quiet -p '$(B)'

check: $(B)/boundby ##          style and layout rules, without running anything
	$(Q)status=0; scripts/check-style || status=1; $(run_env) scripts/check-abi || status=1; exit $$status

test-build: all workloads units live-tools bench-build corpus-build synth-build fuzz-build bpf-all
corpus-build: all $(CORPUS)
synth-build: all $(SYNTH)
bench-build: all workloads $(BENCHES)
fuzz-build: $(FUZZERS)
bpf-all: $(patsubst %,$(B)/bpf/%/boundby.bpf.o,$(ARCHES)) ##        BPF objects for x86 and arm64
compile-commands: ## build/compile_commands.json, for clangd and clang-tidy
	$(Q)mkdir -p '$(B)' && BOUNDBY_BUILD='$(B)' scripts/compile-commands >'$(B)/compile_commands.json'
workloads: $(WORKLOADS) $(ATTACKS) ##      the small programs that tests and demo watch
units: $(UNITS)
live-tools: $(LIVE_TOOLS)

# ---- tools: one sentence instead of a compiler's confusion --------------------------------------
tools:
	@missing=; \
	for tool in $(firstword $(CC)) $(CLANG) $(BPFTOOL) $(PROTOC_C) pkg-config python3; do \
		command -v $$tool >/dev/null || missing="$$missing $$tool"; \
	done; \
	case "$$missing" in *pkg-config*) ;; *) \
		for lib in libbpf libelf zlib json-c libprotobuf-c libseccomp libmicrohttpd ncursesw; do \
			pkg-config --exists $$lib || missing="$$missing $$lib"; \
		done ;; \
	esac; \
	[ -z "$$missing" ] || { \
		echo "boundby cannot be built, missing:$$missing; run scripts/setup (or: make demo)" >&2; \
		exit 1; }

test-tools:
	@pkg-config --exists cmocka || { \
		echo "the tests cannot be built, missing: cmocka; run scripts/setup test" >&2; exit 1; }

# A change of flags, of the list of files or of the version rebuilds what it touches, and only that.
all_flags = $(CC) $(user_cflags) $(WARN_USER) $(LDFLAGS) | $(CLANG) $(call bpf_cflags,) | $(fuzz_cflags)
all_files = $(BPF_SRC) $(USER_SRC) $(UNIT_HELPERS)
keep = printf '%s\n' '$(subst ','\'',$(1))' >$@.new; \
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(B)/flags: FORCE | tools
	@mkdir -p $(@D) && touch $(O)/.boundby-build
	@$(call keep,$(all_flags))
$(B)/files: FORCE | tools $(B)/flags
	@$(call keep,$(all_files))
$(B)/version: FORCE | $(B)/flags
	@$(call keep,$(FULL_VERSION))
$(call objects,$(shell grep -l BOUNDBY_VERSION $(USER_SRC) /dev/null)): $(B)/version

# ---- BPF: compile each file, link, make the skeleton ------------------------------------------
define bpf_rules
$(B)/bpf/$(1)/%.part.o: %.bpf.c $(B)/flags
	$$(call msg,BPF,$(1) $$<)
	$(Q)mkdir -p $$(@D)
	$(Q)$(CLANG) $$(call bpf_cflags,$(1)) -MD -MP -c $$< -o $$@

$(B)/bpf/$(1)/%.part.o: %.c $(B)/flags
	$$(call msg,BPF,$(1) $$<)
	$(Q)mkdir -p $$(@D)
	$(Q)$(CLANG) $$(call bpf_cflags,$(1)) -MD -MP -c $$< -o $$@

$(B)/bpf/$(1)/boundby.bpf.o: $(call bpf_objects,$(1)) $(B)/files
	$$(call msg,BPFLINK,$$@)
	$(Q)$(BPFTOOL) gen object $$@ $$(filter %.o,$$^)
endef
$(foreach arch,$(ARCHES),$(eval $(call bpf_rules,$(arch))))

$(SKEL): $(B)/bpf/$(BPF_ARCH)/boundby.bpf.o
	$(call msg,SKEL,$@)
	$(Q){ echo "#pragma GCC system_header"; $(BPFTOOL) gen skeleton $< name boundby_bpf; } >$@

# ---- user space -------------------------------------------------------------------------------
$(B)/user/%.o: user/%.c $(B)/flags
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_cflags) $(WARN_USER) $(version_define) -MMD -MP -c $< -o $@

# Only collect/ knows the skeleton.
$(filter $(B)/user/collect/%,$(USER_OBJ)): $(SKEL)

# pprof's format: C from the field numbers. Only the export and its test know it.
$(PROTO).h: user/render/export/profile.proto $(B)/flags
	$(call msg,PROTO,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(PROTOC_C) --proto_path=$(<D) --c_out=$(@D) $<

$(PROTO).c: $(PROTO).h ;

$(PROTO).o: $(PROTO).c $(PROTO).h $(B)/flags
	$(call msg,CC,$<)
	$(Q)$(CC) $(user_cflags) -c $< -o $@

$(B)/user/render/export/pprof.o $(B)/fuzz/obj/user/render/export/pprof.o $(B)/tests/unit/render/test_export.o $(B)/tests/unit/render/test_pprof.o: $(PROTO).h

# The page of `report --html`, with its style and script in it.
page_files := $(addprefix user/render/html/page/,page.html page.css \
	$(addsuffix .js,base timeline flames tables graph diff main))
$(PAGE).c: scripts/page-assets $(page_files) $(B)/flags
	$(call msg,PAGE,$@)
	$(Q)mkdir -p $(@D)
	$(Q)scripts/page-assets $(page_files) >$@

$(PAGE).o: $(PAGE).c $(B)/flags
	$(call msg,CC,$<)
	$(Q)$(CC) $(user_cflags) -c $< -o $@

# What libraries would call and the file without libraries has not: TLS for libmicrohttpd, since
# metrics are served without it, and for libdw the server of debug files. All calls fail.
$(B)/left_out.c: $(B)/flags
	$(Q){ nm -u "$$($(CC) -print-file-name=libmicrohttpd.a)" 2>/dev/null | \
		sed -n 's/^ *U \(gnutls_[a-z0-9_]*\)$$/\1/p' | sort -u; \
		printf '__libdwfl_debuginfod_%s\n' find_executable find_debuginfo end; } | \
		sed 's/.*/long &(void); long &(void) { return -1; }/' >$@

$(B)/left_out.o: $(B)/left_out.c
	$(call msg,CC,$<)
	$(Q)$(CC) $(user_cflags) -c $< -o $@

$(B)/boundby: $(USER_OBJ) $(if $(STATIC),$(B)/left_out.o) $(B)/files
	$(call msg,LINK,$@)
	$(Q)$(CC) $(user_cflags) $(LDFLAGS) $(static_flags) $(filter %.o,$^) $(user_libs) \
		$(static_libs) -o $@

# The part that needs neither BPF nor /proc; unit tests link it.
$(PURE_LIB): $(PURE_OBJ) $(B)/files
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# ---- tests ------------------------------------------------------------------------------------
$(B)/tests/%.o: tests/%.c $(B)/flags | test-tools
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_cflags) -Itests/unit -MMD -MP -c $< -o $@

# It reads the example in the comment of that header.
$(B)/tests/unit/trace/test_example.o: CPPFLAGS += -DTRACE_FORMAT_H='"$(abspath include/trace_format.h)"'

$(B)/unit/%: $(B)/tests/unit/%.o $(call objects,$(UNIT_HELPERS)) $(PURE_LIB)
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_cflags) $(LDFLAGS) $^ -lcmocka $(pure_libs) -o $@

# BPF logic on recorded memory: files of bpf/ compiled for the host, helpers by tests/unit/bpf/shim.
# Fields of NULL are read there as anywhere: the helper that gets the address fails.
host_bpf_cflags = -std=gnu11 $(OPT) $(WARN) -Wno-sign-compare -DBPF_NO_PRESERVE_ACCESS_INDEX \
	-D__TARGET_ARCH_$(BPF_ARCH) -Itests/unit/bpf/shim -Itests/unit/bpf -isystem vmlinux/$(BPF_ARCH) \
	-Iinclude -Ibpf $(SAN_FLAGS) $(if $(SAN),-fno-sanitize=null) $(CPPFLAGS) $(CFLAGS)
$(B)/tests/unit/bpf/kernel_%.o: tests/unit/bpf/kernel_%.c $(B)/flags
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(host_bpf_cflags) -MMD -MP -c $< -o $@

$(B)/unit/bpf/test_%: $(addprefix $(B)/tests/unit/bpf/,test_%.o kernel_%.o memory.o)
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_cflags) $(LDFLAGS) $^ -lcmocka -o $@

# Programs of the live tests, linked with all of boundby but its main.
$(B)/live/%: $(B)/tests/live/%.o $(filter-out $(B)/user/main.o,$(USER_OBJ)) $(B)/files
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_cflags) $(LDFLAGS) $(filter %.o,$^) $(user_libs) -o $@

# What live tests put between boundby and the C library.
$(B)/live/%.so: tests/live/preload/%.c $(B)/flags
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(work_cflags) -shared -fPIC $(LDFLAGS) $< -o $@

# A target is tests/fuzz/fuzz_X.c with seeds in tests/fuzz/seeds/X/; nothing else names it.
$(B)/fuzz/obj/%.o: %.c $(B)/flags
	$(call msg,FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(fuzz_cflags) $(version_define) -MMD -MP -c $< -o $@

$(B)/fuzz/obj/profile.pb-c.o: $(PROTO).c $(PROTO).h $(B)/flags
	$(call msg,FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(fuzz_cflags) -c $< -o $@

$(B)/fuzz/fuzz_%: $(B)/fuzz/obj/tests/fuzz/fuzz_%.o $(FUZZ_OBJ) $(B)/files
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(fuzz_cflags) $(filter %.o,$^) $(pure_libs) -o $@

$(B)/fuzz/libreader.a: $(READER_FUZZ_OBJ) $(B)/files
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(B)/fuzz/fuzz_reader_%: $(B)/fuzz/obj/tests/fuzz/fuzz_reader_%.o \
		$(B)/fuzz/obj/tests/fuzz/reader_world.o $(B)/fuzz/libreader.a $(FUZZ_OBJ) $(B)/files
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(fuzz_cflags) -Wl,--wrap=process_vm_readv $(filter %.o,$^) \
		$(B)/fuzz/libreader.a -ldw -lelf -liberty $(pure_libs) -o $@

$(B)/workloads/%: tests/workloads/%.c $(B)/flags
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(work_cflags) -MMD -MP -MF $@.d $< $(LDFLAGS) -lm -o $@

$(B)/attacks/%: tests/attacks/%.c $(B)/flags
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(work_cflags) -MMD -MP -MF $@.d $< $(LDFLAGS) -lm -o $@

# X.so.c is a library that Python programs load.
$(B)/corpus/%.so: tests/corpus/%.so.c $(B)/flags
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(work_cflags) -shared -fPIC -MMD -MP -MF $@.d $< $(LDFLAGS) -o $@

# X.m32.c is a 32-bit program.
$(B)/corpus/%.m32: tests/corpus/%.m32.c $(B)/flags
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m32 $(work_cflags) -MMD -MP -MF $@.d $< $(LDFLAGS) -o $@

$(B)/corpus/%: tests/corpus/%.c $(B)/flags
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(work_cflags) -MMD -MP -MF $@.d $< $(LDFLAGS) -lm -lz -o $@

# Go wants the files of a program in one folder.
$(B)/corpus/%.go.bin: tests/corpus/%.go tests/corpus/lib/corpus.go $(B)/flags
	$(call msg,GO,$<)
	$(Q)rm -rf $@.src && mkdir -p $@.src && cp $(filter %.go,$^) $@.src
	$(Q)cd $@.src && GO111MODULE=off HOME=$${HOME:-/root} go build -o '$(abspath $@)' .

$(B)/corpus/java/built: $(CORPUS_JAVA) $(wildcard tests/corpus/lib/*.java) $(B)/flags
	$(call msg,JAVA,$(@D))
	$(Q)mkdir -p $(@D)
	$(Q)javac -Xlint:all -d $(@D) $(filter %.java,$^) && touch $@

$(B)/synth/player: $(call objects,$(sort $(wildcard tests/synth/*.c)))
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(work_cflags) $(LDFLAGS) $^ -o $@

$(B)/tests/synth/%.o: tests/synth/%.c $(B)/flags
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(work_cflags) -MMD -MP -c $< -o $@

# tests/bench/X.c may include "X.skel.h" (struct X_bpf) when tests/bench/X.bpf.c exists.
$(B)/bench/%.bpf.o: tests/bench/%.bpf.c $(B)/flags
	$(call msg,BPF,$(BPF_ARCH) $<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(call bpf_cflags,$(BPF_ARCH)) -MD -MP -c $< -o $@

$(B)/bench/%.skel.h: $(B)/bench/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf >$@

$(B)/bench/%: tests/bench/%.c $(B)/flags $(patsubst tests/bench/%.bpf.c,$(B)/bench/%.skel.h,$(BENCH_BPF))
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(work_cflags) -Iinclude -I$(B)/bench -MMD -MP -MF $@.d $< $(LDFLAGS) \
		-lbpf -ldw -lelf -lz -lm -o $@

$(B)/bench/long_trace: $(B)/tests/bench/long_trace.o $(PURE_LIB)
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_cflags) $(LDFLAGS) $^ $(pure_libs) -o $@

$(B)/bench/reader: $(B)/tests/bench/reader.o $(filter-out $(B)/user/main.o,$(USER_OBJ)) $(B)/files
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_cflags) $(LDFLAGS) $(filter %.o,$^) $(user_libs) -o $@

# ---- the rest ---------------------------------------------------------------------------------
# From the lists of commands and options that the program holds.
$(B)/boundby.1: $(B)/boundby
	$(call msg,MAN,$@)
	$(Q)$< help --man >$@

shells = bash-completion/completions/boundby:bash zsh/site-functions/_boundby:zsh \
	fish/vendor_completions.d/boundby.fish:fish
install: $(B)/boundby $(B)/boundby.1 install-data ## into PREFIX (/usr/local), below DESTDIR
	$(call msg,INSTALL,$(DESTDIR)$(PREFIX)/bin/boundby)
	$(Q)install -D -m 0755 $(B)/boundby '$(DESTDIR)$(PREFIX)/bin/boundby'
	$(Q)install -D -m 0644 $(B)/boundby.1 '$(DESTDIR)$(PREFIX)/share/man/man1/boundby.1'
	$(Q)set -e; for row in $(shells); do $(B)/boundby completion $${row#*:} | install -D -m 0644 \
		/dev/stdin '$(DESTDIR)$(PREFIX)/share/'$${row%:*}; done

share = $(DESTDIR)$(PREFIX)/share/boundby
# The admin's once it is there.
options = $(DESTDIR)/etc/boundby/watch.conf
install-data: ##   of that only the systemd unit and its options, the alert rules, the dashboard
	$(call msg,INSTALL,$(share))
	$(Q)install -d '$(DESTDIR)$(PREFIX)/lib/systemd/system' '$(share)'
	$(Q)sed 's|/usr/local/|$(PREFIX)/|' scripts/systemd/boundby-watch.service | \
		install -m 0644 /dev/stdin '$(DESTDIR)$(PREFIX)/lib/systemd/system/boundby-watch.service'
	$(Q)[ -e '$(options)' ] || install -D -m 0644 scripts/systemd/watch.conf '$(options)'
	$(Q)install -m 0644 scripts/grafana/boundby.json '$(share)'
	$(Q)awk -v url='$(RUNBOOK_URL)' '{ print } /- alert:/ { name = tolower($$3) } \
		url && sub(/runbook:.*/, "runbook_url: \"" url "#" name "\"")' \
		scripts/prometheus/boundby.rules.yml | install -m 0644 /dev/stdin '$(share)/boundby.rules.yml'

deb: all $(B)/boundby.1 ##          the Debian package of this build, in build/
	$(Q)BOUNDBY_BUILD='$(abspath $(B))' OUTPUT='$(O)' VERSION='$(VERSION)' scripts/deb

# The mark says that the folder is ours: O=~ must not cost a home.
clean: ##          leave the checkout as it was
	$(Q)[ ! -e '$(O)/.boundby-build' ] || rm -rf -- '$(O)'
	$(Q)find tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

help: ##           this list
	@echo 'Targets:'
	@sed -n 's/^\([a-z][a-z-]*\):.*##  *\(.*\)/\1|\2/p' Makefile | \
		while IFS='|' read -r name does; do printf '  %-12s %s\n' "$$name" "$$does"; done
	@echo 'Options:'
	@echo '  V=1                    show commands'
	@echo '  DEBUG=1                unoptimised, in build/debug'
	@echo '  SAN=address,undefined  with sanitizers, in build/san-address-undefined'
	@echo '  STATIC=1               one file that needs no library, in build/static'
	@echo '  WERROR=1               warnings are errors (default when CI is set)'
	@echo '  O=DIR                  build there instead of build/'
	@echo '  KERNEL=, ARCH=         for vmtest: 6.1, 7.2, newest; arm64'
	@echo '  PREFIX=, DESTDIR=      for install'
	@echo '  RUNBOOK_URL=           for install: your page, which each alert then names as runbook_url'
	@echo '  CC=, CLANG=, BPFTOOL=, PROTOC_C=  other tools; CFLAGS=, LDFLAGS=, BPF_CFLAGS= are added'

-include $(shell [ ! -d '$(B)' ] || \
	find '$(B)' \( -path '$(B)/vm' -o -path '$(B)/arm64' \) -prune -o -type f -name '*.d' -print)
