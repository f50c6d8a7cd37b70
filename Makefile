# Hillock. `make` builds build/bin/hillock; `make help` lists the targets. Everything made stands in $(BUILD).
BUILD       ?= build
PREFIX      ?= /usr/local
CC          ?= gcc
CFLAGS      ?= -O2 -g
FLEX        ?= flex
BISON       ?= bison
LLVM_CONFIG ?= llvm-config-19
JOBS        ?= 2
SANITIZE    ?=
OPENMP      ?= -fopenmp
FUZZ_SECONDS ?= 30

VERSION := 0.1.0

# ---- what is needed ----------------------------------------------------------------------------------------------
# Debian packages, each with a file or command that shows that it is there.
NEEDED := flex:flex bison:bison llvm-config-19:llvm-19-dev pkg-config:pkg-config npm:npm \
          /usr/include/check.h:check /usr/include/hdf5/serial/hdf5.h:libhdf5-dev

have = $(or $(wildcard $(1)),$(shell command -v $(1) 2>/dev/null))
MISSING := $(foreach pair,$(NEEDED),$(if $(call have,$(firstword $(subst :, ,$(pair)))),,$(lastword $(subst :, ,$(pair)))))

ifneq ($(filter-out clean help,$(or $(MAKECMDGOALS),all)),)
ifneq ($(strip $(MISSING)),)
ifneq ($(call have,apt-get),)
$(info Hillock needs $(MISSING): installing with apt-get, once.)
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
$(info $(shell $(SUDO) apt-get update -qq 1>&2; DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $(MISSING) 1>&2; echo installed: $(MISSING)))
else
$(error Hillock needs $(MISSING) (names of Debian's packages); please install them and run make again)
endif
endif
endif

# ---- how C is compiled -------------------------------------------------------------------------------------------
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
STANDARD := -std=c17 -D_GNU_SOURCE -fno-math-errno -ffp-contract=off -fPIC -MMD -MP
INCLUDES := -Icompiler -Iruntime/include -Iruntime/src -I$(BUILD)/generated
COMPILE   = $(CC) $(STANDARD) $(WARNINGS) $(INCLUDES) -DHILLOCK_VERSION='"$(VERSION)"' $(CFLAGS) $(SANITIZE)
LINK      = $(CC) $(CFLAGS) $(SANITIZE)

# The compiler's folders from the ground up: each may include those before it, never those behind it.
LAYERS  := base syntax model equations kernel codegen driver
sources  = $(sort $(wildcard compiler/$(1)/*.c))
objects  = $(patsubst %.c,$(BUILD)/obj/%.o,$(call sources,$(1)))
archive  = $(BUILD)/lib/lib$(1).a
GENERATED := $(BUILD)/generated/parser.tab.c $(BUILD)/generated/lexer.c
GENERATED_OBJECTS := $(BUILD)/obj/generated/parser.tab.o $(BUILD)/obj/generated/lexer.o

RUNTIME_SOURCES := $(filter-out runtime/src/%_tool.c,$(sort $(wildcard runtime/src/*.c)))
RUNTIME_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(RUNTIME_SOURCES)) $(BUILD)/obj/generated/report_assets.o
HOME_LIB := $(BUILD)/lib/hillock
RUNTIME  := $(HOME_LIB)/libhillock-runtime.a
CODEGEN  := $(HOME_LIB)/codegen.so
HILLOCK  := $(BUILD)/bin/hillock
SHARE    := $(BUILD)/share/hillock
RUNTIME_LIBS := $(OPENMP) -lm -ldl

.DEFAULT_GOAL := all
.PHONY: all help demo check unit check-peers peers-deps check-neon bench bench-deps sanitize fuzz fuzz-all lint bless format phenomena install clean
.SECONDARY:

help:
	@echo "make            build $(HILLOCK)"
	@echo "make demo       compile and run the Vogels-Abbott network of Hodgkin-Huxley neurons; show its raster"
	@echo "make check      every test; T=name runs those whose name contains it"
	@echo "make check-peers  the same models in Brian2, NEURON and SciPy, where they are installed (make peers-deps)"
	@echo "make check-neon   compiled code, runtime and a model on an emulated AArch64 (needs qemu-user, gcc-aarch64-linux-gnu)"
	@echo "make bench      speed beside hand-written programs and peers (make bench-deps installs the peers)"
	@echo "make sanitize   every test under AddressSanitizer and UBSan"
	@echo "make fuzz       libFuzzer over the parser and the runtime's readers, FUZZ_SECONDS=$(FUZZ_SECONDS) each (needs clang)"
	@echo "make lint       layering, clang-tidy and cppcheck"
	@echo "make bless      take what the stages print now as the tests' goldens"
	@echo "make format     clang-format everything"
	@echo "make phenomena  write docs/phenomena.md, the list of what the examples show"
	@echo "make install    to PREFIX ($(PREFIX)), honouring DESTDIR"
	@echo "make clean      remove $(BUILD)"

all: $(HILLOCK) $(CODEGEN) $(RUNTIME) $(SHARE)/stdlib $(SHARE)/errors

include runtime/report.mk

# ---- grammar -----------------------------------------------------------------------------------------------------
$(BUILD)/generated/parser.tab.c: grammar/parser.y
	@mkdir -p $(@D)
	$(BISON) -d -Wall -Wcounterexamples -Werror -o $@ $<
$(BUILD)/generated/parser.tab.h: $(BUILD)/generated/parser.tab.c
$(BUILD)/generated/lexer.c: grammar/lexer.l $(BUILD)/generated/parser.tab.c
	$(FLEX) -o $@ $<
$(BUILD)/obj/generated/report_assets.o: $(REPORT_ASSETS)
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(COMPILE) -Wno-overlength-strings -c -o $@ $<
$(BUILD)/obj/generated/%.o: $(BUILD)/generated/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(COMPILE) -Wno-unused-function -c -o $@ $<

# ---- objects and archives ----------------------------------------------------------------------------------------
$(BUILD)/obj/compiler/syntax/%.o: compiler/syntax/%.c | $(GENERATED)
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(COMPILE) -c -o $@ $<
$(BUILD)/obj/compiler/codegen/%.o: compiler/codegen/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(COMPILE) $(shell $(LLVM_CONFIG) --cflags | tr ' ' '\n' | grep '^-I' | sed 's/^-I/-isystem /') -c -o $@ $<
$(BUILD)/obj/compiler/%.o: compiler/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(COMPILE) -c -o $@ $<
$(BUILD)/obj/runtime/%.o: runtime/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(COMPILE) -O3 -Wno-maybe-uninitialized -Wno-psabi $(OPENMP) $(HDF5_CFLAGS) -c -o $@ $<

define archive_rule
$(call archive,$(1)): $(call objects,$(1)) $(if $(filter syntax,$(1)),$(GENERATED_OBJECTS))
	@mkdir -p $$(@D)
	@rm -f $$@
	@$(AR) rcs $$@ $$^
endef
$(foreach layer,$(LAYERS),$(eval $(call archive_rule,$(layer))))

$(RUNTIME): $(RUNTIME_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	@$(AR) rcs $@ $^

# Linked with LLVM's archives where they are: without the names of a hundred thousand symbols to look up, the library
# loads in 3 ms and not in 14. LLVM_LINK=shared takes libLLVM.so.
LLVM_PARTS := x86codegen aarch64codegen orcjit orcdebugging passes
LLVM_LINK  ?= $(if $(SANITIZE)$(filter-out Linux,$(shell uname -s)),shared,$(if $(wildcard $(shell $(LLVM_CONFIG) --libdir 2>/dev/null)/libLLVMCore.a),static,shared))
ifeq ($(LLVM_LINK),static)
LLVM_LIBS = -L$(shell $(LLVM_CONFIG) --libdir) -Wl,--start-group $(shell $(LLVM_CONFIG) --link-static --libs $(LLVM_PARTS)) \
    -Wl,--end-group -l:libz.so.1 -l:libzstd.so.1 -l:libstdc++.so.6 -Wl,--gc-sections -Wl,-z,pack-relative-relocs \
    -Wl,--version-script=$(BUILD)/generated/codegen.map
else
LLVM_LIBS = $(shell $(LLVM_CONFIG) --ldflags --libs)
endif

$(CODEGEN): $(call archive,codegen) $(call archive,kernel) $(call archive,base) $(RUNTIME)
	@mkdir -p $(@D)
	@echo '{ global: codegen_interface; local: *; };' >$(BUILD)/generated/codegen.map
	@echo "  LINK  $@"; $(LINK) -shared -Wl,-Bsymbolic -o $@ -Wl,--whole-archive $< -Wl,--no-whole-archive $(wordlist 2,9,$^) \
	    $(LLVM_LIBS) $(RUNTIME_LIBS)

COMPILER_ARCHIVES := $(foreach layer,driver kernel equations model syntax base,$(call archive,$(layer)))
$(HILLOCK): $(COMPILER_ARCHIVES) $(RUNTIME)
	@mkdir -p $(@D)
	@echo "  LINK  $@"; $(LINK) -rdynamic -o $@ -Wl,--start-group $(COMPILER_ARCHIVES) -Wl,--end-group \
	    $(RUNTIME) $(RUNTIME_LIBS)

$(SHARE)/stdlib: $(shell find stdlib -type f)
	@mkdir -p $(SHARE)
	@rm -rf $@
	cp -r stdlib $@

# What `hillock explain CODE` shows: the models that the tests provoke messages with.
$(SHARE)/errors: $(wildcard tests/diagnostics/*)
	@mkdir -p $(SHARE)
	@rm -rf $@
	cp -r tests/diagnostics $@

# ---- tests -------------------------------------------------------------------------------------------------------
below_base      := base
below_syntax    := syntax $(below_base)
below_model     := model $(below_syntax)
below_equations := equations $(below_model)
below_kernel    := kernel $(below_equations)
below_codegen   := codegen $(below_kernel)
below_driver    := driver $(below_kernel)
below_runtime   :=

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*/test_*.c))
helpers     = $(filter-out $(wildcard tests/unit/$(1)/test_*.c),$(wildcard tests/unit/$(1)/*.c))
CHECK_LIBS := -lcheck -lsubunit -lrt -lpthread

define test_rule
$(BUILD)/tests/$(1)/test_%: tests/unit/$(1)/test_%.c $(call helpers,$(1)) \
        $(if $(filter codegen,$(1)),$(call helpers,kernel)) $(wildcard tests/unit/*.h tests/unit/$(1)/*.h) \
        $(foreach l,$(below_$(1)),$(call archive,$(l))) $(RUNTIME)
	@mkdir -p $$(@D)
	@echo "  CC    $$@"; $(COMPILE) -Wno-dangling-pointer -Wno-maybe-uninitialized $(HDF5_CFLAGS) -Itests/unit -Itests/unit/$(1) $(OPENMP) -o $$@ $$(filter %.c,$$^) -Wl,--start-group $$(filter %.a,$$^) \
	    -Wl,--end-group $(CHECK_LIBS) $(RUNTIME_LIBS) $(if $(filter codegen,$(1)),$(shell $(LLVM_CONFIG) --ldflags --libs))
endef
$(foreach module,base syntax model equations kernel codegen driver runtime,$(eval $(call test_rule,$(module))))

check: all $(UNIT_TESTS)
	@tests/run $(BUILD) $(T)

unit: $(UNIT_TESTS)

# The same models in other simulators; those that are not installed are skipped. One target, by two names, installs what
# check-peers and bench compare with.
PEERS := python3-brian python3-brian-lib neuron neuron-dev python3-neuron python3-scipy librandom123-dev
check-peers: all
	@CC="$(CC)" tests/peers/run $(BUILD) $(T)

bench-deps peers-deps:
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get install -y --no-install-recommends $(PEERS)

# Speed: not part of check. ROUNDS=5, T="cobahh threads start compile curve" picks.
bench: all
	@CC="$(CC)" bench/run $(BUILD) $(or $(ROUNDS),5) $(T)

# The same bits on AArch64: its unit tests and models run under qemu; nothing happens where there is none.
check-neon: all
	@MAKE="$(MAKE)" CC="$(CC)" tests/neon/run $(BUILD) $(T)

sanitize:
	@mkdir -p $(BUILD)/sanitize
	@printf '#!/bin/sh\nexec $(CC) -fsanitize=address,undefined "$$@"\n' >$(BUILD)/sanitize/cc; chmod +x $(BUILD)/sanitize/cc
	TEST_TIMEOUT=600 $(MAKE) BUILD=$(BUILD)/sanitize UPLOT=$(UPLOT) CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	    SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all" check

# Fuzzers are built by clang, with everything they link, in a folder of their own; what they find stands in there.
# Old clangs do not know the processor levels' names, and no fuzzer runs kernels: none is said to be there.
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz: $(REPORT_ASSETS)
	@command -v clang >/dev/null || { echo "make fuzz needs clang with libFuzzer; on Debian: apt-get install clang"; exit 1; }
	$(MAKE) BUILD=$(BUILD)/fuzz UPLOT=$(abspath $(UPLOT)) CC=clang CFLAGS="-O1 -g '-D__builtin_cpu_supports(name)=0'" OPENMP= WARNINGS=-w \
	    SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" fuzz-all
fuzz-all: $(FUZZERS)
	@for fuzzer in $(FUZZERS); do \
	    mkdir -p $$fuzzer.corpus; seeds=; \
	    case $$fuzzer in *_syntax) seeds="tests/syntax stdlib/neurons stdlib/channels" ;; esac; \
	    echo "  FUZZ  $$fuzzer"; \
	    $$fuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=4096 -artifact_prefix=$$fuzzer. \
	        $$fuzzer.corpus $$seeds >$$fuzzer.log 2>&1 || { tail -n 60 $$fuzzer.log; exit 1; }; \
	    grep -a '^Done' $$fuzzer.log; \
	done
$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(call archive,syntax) $(call archive,base) $(RUNTIME)
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(COMPILE) -fsanitize=fuzzer -o $@ $< $(filter %.a,$^) $(RUNTIME_LIBS)

bless: all
	@BLESS=1 tests/run $(BUILD) $(T)

lint: all
	@tests/lint $(BUILD)

phenomena:
	@docs/phenomena.sh >docs/phenomena.md

format:
	clang-format -i $$(git ls-files 'compiler/*.[ch]' 'runtime/*.[ch]' 'tests/*.[ch]')

demo: all
	@$(HILLOCK) build examples/vogels_abbott.hil -o $(BUILD)/vogels_abbott
	@cd $(BUILD) && ./vogels_abbott --report vogels_abbott.html
	@echo "The raster: $(BUILD)/vogels_abbott.html"

# ---- installing --------------------------------------------------------------------------------------------------
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/hillock $(DESTDIR)$(PREFIX)/share/hillock \
	    $(DESTDIR)$(PREFIX)/include/hillock $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(HILLOCK) $(DESTDIR)$(PREFIX)/bin/hillock
	install -m 644 $(CODEGEN) $(RUNTIME) $(DESTDIR)$(PREFIX)/lib/hillock
	install -m 644 runtime/include/hillock/*.h runtime/include/hillock/*.def $(DESTDIR)$(PREFIX)/include/hillock
	install -m 644 docs/hillock.1 $(DESTDIR)$(PREFIX)/share/man/man1
	cp -r stdlib $(SHARE)/errors $(DESTDIR)$(PREFIX)/share/hillock

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
