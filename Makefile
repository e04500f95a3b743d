# statsd-utils: `make help` lists what can be made.

VERSION := $(shell sed -n 's/.*STATSD_UTILS_VERSION "\(.*\)"/\1/p' common/version.h)

CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
SAN     ?=
comma   := ,
BUILD   ?= build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))

OUR_CFLAGS = -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -Icommon \
             -Wall -Wextra -Wshadow -Wconversion $(if $(WERROR),-Werror) \
             -ffp-contract=off -MMD -MP $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OUR_LDFLAGS = $(if $(SAN),-fsanitize=$(SAN))

PROGRAMS := $(notdir $(wildcard cmd/*))
COMMON   := $(patsubst common/%.c,$(BUILD)/common/%.o,$(wildcard common/*.c))
UNITS    := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
BINS     := $(addprefix $(BUILD)/bin/,$(PROGRAMS))
OBJECTS  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/*/*.c)) $(COMMON)

.DELETE_ON_ERROR:
.SECONDARY:

all: $(BINS) ## build every program into build/bin

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/libcommon.a: $(COMMON)
	@rm -f $@
	$(AR) rcs $@ $^

# cmd/X/*.c and common/ make build/bin/X; LIBS_X is what X alone links.
define program
$(BUILD)/bin/$(1): $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/$(1)/*.c)) $(BUILD)/libcommon.a
	@mkdir -p $$(@D)
	$$(CC) $$(OUR_LDFLAGS) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(LIBS_$(1)) -lm
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# A unit test may reach into one program's pure functions: USES_test_x = cmd/statsd-agg/timer.c
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -Itests/unit -Icmd -o $@ $< $(USES_$(*F)) $(BUILD)/libcommon.a -lm

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

.PHONY: all help
-include $(OBJECTS:.o=.d) $(UNITS:=.d)
