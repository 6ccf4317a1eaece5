# Platen. `make` builds, `make check` tests, `make install` installs.
# SAN=1 builds the same under AddressSanitizer and UBSan; V=1 shows commands;
# T=name narrows e2e to the tests with this in their name.

PREFIX  ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
DESTDIR ?=
CC      ?= cc
PYTHON  ?= /usr/bin/python3

B       := build$(if $(SAN),/san)$(if $(COV),/cov)
Q       := $(if $(V),,@)
say      = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

VERSION := 0.1

WERROR  ?= -Werror
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wformat=2 -Wmissing-prototypes $(WERROR)
HARDEN  := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
ifdef SAN
OPT     ?= -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDHARD  := -pie -fsanitize=address,undefined
else ifdef COV
OPT     ?= -O0 -g --coverage -fprofile-update=atomic
LDHARD  := -pie --coverage
else
OPT     ?= -O2 -g -D_FORTIFY_SOURCE=2
LDHARD  := -pie -Wl,-z,relro,-z,now
endif

PKGS_common    := expat libuv uuid libcrypto libssl inih libstrophe libidn libcares
PKGS_component := libsystemd libmicrohttpd
PKGS_device    := netsnmp libcurl
PKGS_operator  := jansson

pkg_cflags = $(shell pkg-config --cflags $(1))
pkg_libs   = $(shell pkg-config --libs $(1))

CFLAGS  += -std=gnu11 -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) -I. -DPLATEN_VERSION='"$(VERSION)"' \
           -DPLATEN_SHARE='"$(PREFIX)/share/platen"' \
           $(call pkg_cflags,$(PKGS_common) $(PKGS_component) $(PKGS_device) $(PKGS_operator))
LDFLAGS += $(LDHARD) -Wl,--as-needed
LIBS    := $(call pkg_libs,$(PKGS_common)) -lpthread

PROGRAMS := platend platen-device platen
platend_DIR       := component
platen-device_DIR := device
platen_DIR        := operator

objs     = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
COMMON  := $(call objs,common)

.PHONY: all check check-full faults faults-short model model-mutants coverage fuzz fuzz-plateau \
        bench install deb check-deb clean unit e2e man FORCE
.SECONDARY:
all: $(PROGRAMS:%=$(B)/bin/%)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# It is no earlier than this, whatever a clock says.
$(B)/device/known_time.o: CPPFLAGS += -DPLATEN_BUILT=$(or $(SOURCE_DATE_EPOCH),$(shell date +%s))LL

$(B)/libcommon.a: $(COMMON)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

define program
$(B)/bin/$(1): $(call objs,$($(1)_DIR)) $(B)/libcommon.a
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(LDFLAGS) -o $$@ $$^ $(LIBS) $(call pkg_libs,$(PKGS_$($(1)_DIR)))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# Tests are found by glob. What a test needs beside libcommon.a stands in its first
# lines: "// link: device/journal.o device/command.o"; a fixture's needs stand in its own.
UNIT    := $(patsubst test/unit/%.c,%,$(wildcard test/unit/test_*.c))
FUZZ    := $(patsubst test/fuzz/%.c,%,$(wildcard test/fuzz/fuzz_*.c))
MAN     := $(wildcard */*.[158])
ALLLIBS := $(LIBS) $(call pkg_libs,$(PKGS_component) $(PKGS_device) $(PKGS_operator) cmocka)
linkline = $(shell sed -n 's,^// link: *,,p' $(1))
linked   = $(addprefix $(1)/,$(sort $(call linkline,$(2)) \
           $(foreach f,$(filter test/%,$(call linkline,$(2))),$(call linkline,$(f:.o=.c)))))

.SECONDEXPANSION:
$(B)/test/test_%: $(B)/test/unit/test_%.o $$(call linked,$(B),test/unit/test_$$*.c) $(B)/libcommon.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(ALLLIBS)

$(B)/test/fuzz_%: $(B)/test/fuzz/fuzz_%.o $(B)/test/fuzz/replay.o \
                  $$(call linked,$(B),test/fuzz/fuzz_$$*.c) $(B)/libcommon.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(ALLLIBS)

$(B)/test/request_model: $(call objs,test/model) $$(call linked,$(B),test/model/model.c) $(B)/libcommon.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(ALLLIBS)

# What is preloaded is the same for all builds; a sanitizer's own calls come before it.
FAULT   := build/test/fault.so $(patsubst %,$(B)/test/powerloss_%,component device)
build/test/fault.so: test/fault/shim.c test/fault/shim.h
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARN) -I. -fPIC -shared -o $@ $< -ldl -lpthread

$(B)/test/powerloss%: $(B)/test/fault/powerloss%.o \
                      $$(call linked,$(B),test/fault/powerloss$$*.c) $(B)/libcommon.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(ALLLIBS)

# A fuzz target's argument is its corpus; a unit test has none.
$(B)/test/%.run: $(B)/test/% FORCE
	$(call say,TEST,$*)
	$(Q)timeout 300 $< $(if $(filter fuzz_%,$*),test/fuzz/corpus/$(*:fuzz_%=%)) >$<.log 2>&1 || \
	    { rc=$$?; cat $<.log; echo "$*: exit status $$rc" >&2; exit 1; }

# The life of a request under random events; some thousand sequences are of unit.
model: $(B)/test/request_model
	$(Q)$< $(or $(N),100000) $(SEED)

# Each planted fault must be found by as many sequences as unit runs.
model-mutants: $(B)/test/request_model
	$(Q)B=$(B) test/model/mutants

unit: $(UNIT:%=$(B)/test/%.run) $(FUZZ:%=$(B)/test/%.run) $(B)/test/request_model.run

# What these tests do is mostly to wait.
WORKERS = $(or $(J),$(shell expr 2 \* $$(nproc)))

e2e: all
	$(Q)PLATEN_BIN=$(abspath $(B))/bin $(PYTHON) -m pytest -q --dist loadfile -n $(WORKERS) $(if $(T),-k "$(T)") test/e2e

# What must hold through faults and losses of power: all of it, or the short part.
faults: all $(FAULT)
	$(Q)$(fault_tests)

faults-short: all $(FAULT)
	$(Q)$(fault_tests) -m short

fault_tests = PLATEN_BIN=$(abspath $(B))/bin $(PYTHON) -m pytest -q --dist load -n $(WORKERS) \
              $(if $(T),-k "$(T)") test/fault

man:
	$(Q)$(if $(MAN),mandoc -T lint -W warning $(MAN))

check: unit man e2e faults-short

check-full:
	$(MAKE) check
	$(MAKE) check SAN=1
	$(MAKE) faults
	$(MAKE) fuzz TIME=30
	$(MAKE) check-deb

# libFuzzer, TIME seconds a target. What it finds stays in build/fuzz: the tree holds
# only what somebody chose.
TIME    ?= 60
CLANG   ?= clang-14
FSAN    := address,undefined -fno-sanitize-recover=undefined
build/fuzz/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CLANG,$<)
	$(Q)$(CLANG) $(filter-out -Werror $(OPT),$(CFLAGS)) -O1 -g -fsanitize=fuzzer-no-link,$(FSAN) \
	    -MMD -MP -c -o $@ $<

build/fuzz/fuzz_%: build/fuzz/test/fuzz/fuzz_%.o $$(call linked,build/fuzz,test/fuzz/fuzz_$$*.c) \
                   $(patsubst %.c,build/fuzz/%.o,$(wildcard common/*.c))
	$(call say,LINK,$@)
	$(Q)$(CLANG) -fsanitize=fuzzer,$(FSAN) -o $@ $^ $(ALLLIBS)

build/fuzz/%.fuzz: build/fuzz/fuzz_% FORCE
	@mkdir -p build/fuzz/found/$*
	$(call say,FUZZ,$*)
	$(Q)$< -max_total_time=$(TIME) -max_len=65536 -rss_limit_mb=2048 -verbosity=0 \
	    $(addprefix -dict=,$(wildcard test/fuzz/$*.dict)) \
	    -artifact_prefix=build/fuzz/$*- build/fuzz/found/$* test/fuzz/corpus/$* >$<.log 2>&1 || \
	    { cat $<.log; exit 1; }

fuzz: $(FUZZ:fuzz_%=build/fuzz/%.fuzz)

# Each target until QUIET seconds of its own brought no new coverage, MOST at the most, J at
# a time; T="jid conf" for some only.
FUZZED   = $(or $(T),$(FUZZ:fuzz_%=%))
fuzz-plateau: $$(addprefix build/fuzz/fuzz_,$$(FUZZED))
	$(Q)$(PYTHON) test/fuzz/plateau.py --quiet $(or $(QUIET),600) --most $(or $(MOST),3600) \
	    -j $(or $(J),1) $(FUZZED)

# Measured runs: a table, and build/bench/NAME.json. One at a time, whatever -j says.
BENCH   := $(patsubst test/bench/bench_%.py,%,$(wildcard test/bench/bench_*.py))
# Programs that the runs need beside ours: test/bench/NAME.c, "// link:" lines as in tests.
$(B)/bench/%: $(B)/test/bench/%.o $$(call linked,$(B),test/bench/$$*.c) $(B)/libcommon.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

BENCH_C := $(filter-out $(patsubst test/bench/%.h,%,$(wildcard test/bench/*.h)),\
           $(patsubst test/bench/%.c,%,$(wildcard test/bench/*.c)))
bench-%: all $(BENCH_C:%=$(B)/bench/%)
	$(Q)PLATEN_BIN=$(abspath $(B))/bin $(PYTHON) test/bench/bench_$*.py

bench: all
	$(Q)for name in $(BENCH); do $(MAKE) --no-print-directory bench-$$name || exit 1; done

# Which lines the unit tests run; with E2E=1 the e2e tests, too. What was counted before
# counts no more. What each line is, is in build/cov/lines.html.
coverage:
	$(Q)find build/cov -name '*.gcda' -delete 2>/dev/null || :
	$(Q)$(MAKE) COV=1 unit $(if $(E2E),e2e)
	$(Q)gcovr -r . -e test/ --gcov-ignore-parse-errors --exclude-unreachable-branches \
	    --html-details build/cov/lines.html --txt build/cov/table.txt -s build/cov
	$(Q)cat build/cov/table.txt
	$(Q)awk -F '[/ ]+' '/^[a-z]+\// { n[$$1] += $$3; run[$$1] += $$4 } END { for (f in n) \
	    printf "%-10s %6d of %6d lines, %.1f %%\n", f, run[f], n[f], 100 * run[f] / n[f] }' \
	    build/cov/table.txt | sort

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(addprefix $(DESTDIR)$(PREFIX)/share/platen/,schemas vendor)
	install $(PROGRAMS:%=$(B)/bin/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 schemas/*.xsd $(DESTDIR)$(PREFIX)/share/platen/schemas
	install -m 644 device/vendor/*.conf $(DESTDIR)$(PREFIX)/share/platen/vendor
	install -D -m 644 operator/platen.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/platen
	install -D -m 644 operator/_platen $(DESTDIR)$(ZSHDIR)/_platen
	install scripts/accounts $(DESTDIR)$(PREFIX)/share/platen
	install -m 644 scripts/accounts_file.py $(DESTDIR)$(PREFIX)/share/platen
	$(foreach m,$(MAN),install -D -m 644 $m \
	    $(DESTDIR)$(PREFIX)/share/man/man$(patsubst .%,%,$(suffix $m))/$(notdir $m) &&) :
	$(foreach u,$(wildcard */*.service.in),sed 's,@PREFIX@,$(PREFIX),' $u | install -D -m 644 \
	    /dev/stdin $(DESTDIR)$(UNITDIR)/$(notdir $(u:.in=)) &&) :
	$(foreach u,$(wildcard */*.sysusers),install -D -m 644 $u \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d/$(notdir $(u:.sysusers=.conf)) &&) :

# Debian packages of what is committed, in build/deb; and whether they live on a fresh
# Debian 12, for which it takes root and a mirror.
deb:
	$(Q)scripts/deb

check-deb: deb
	$(Q)$(PYTHON) -m pytest -q -p no:xdist -p no:cacheprovider test/deb

clean:
	rm -rf build

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d $(if $(SAN),,build/fuzz/*/*.d build/fuzz/*/*/*.d))
