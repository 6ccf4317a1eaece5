# Platen. `make` builds, `make check` tests, `make install` installs.
# SAN=1 builds the same under AddressSanitizer and UBSan; V=1 shows commands.

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
PYTHON  ?= /usr/bin/python3

B       := build$(if $(SAN),/san)
Q       := $(if $(V),,@)
say      = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

VERSION := 0.1

WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wformat=2 -Wmissing-prototypes -Werror
HARDEN  := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
ifdef SAN
OPT     ?= -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDHARD  := -pie -fsanitize=address,undefined
else
OPT     ?= -O2 -g -D_FORTIFY_SOURCE=2
LDHARD  := -pie -Wl,-z,relro,-z,now
endif

PKGS_common    := expat libuv uuid libcrypto inih libstrophe
PKGS_component := libsystemd
PKGS_device    := netsnmp
PKGS_operator  := jansson

pkg_cflags = $(shell pkg-config --cflags $(1))
pkg_libs   = $(shell pkg-config --libs $(1))

CFLAGS  += -std=gnu11 -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) -I. -DPLATEN_VERSION='"$(VERSION)"' \
           $(call pkg_cflags,$(PKGS_common) $(PKGS_component) $(PKGS_device) $(PKGS_operator))
LDFLAGS += $(LDHARD) -Wl,--as-needed
LIBS    := $(call pkg_libs,$(PKGS_common)) -lpthread

PROGRAMS := platend platen-device platen
platend_DIR       := component
platen-device_DIR := device
platen_DIR        := operator

objs     = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
COMMON  := $(call objs,common)

.PHONY: all check check-full fuzz install clean unit e2e
.SECONDARY:
all: $(PROGRAMS:%=$(B)/bin/%)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

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
