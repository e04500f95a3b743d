# statsd-utils: `make help` lists the targets.

VERSION := $(shell sed -n 's/.*STATSD_UTILS_VERSION "\(.*\)"/\1/p' common/base/version.h)

CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
DOCDIR  ?= $(PREFIX)/share/doc/statsd-utils
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
# Debian's fish looks below /usr/local only where XDG_DATA_DIRS names it, but always in the administrator's folder.
FISHDIR ?= $(if $(filter /usr/local,$(PREFIX)),/etc/fish/completions,$(PREFIX)/share/fish/vendor_completions.d)
INSTALL ?= install

# SAN=address,undefined builds with sanitizers, in a folder of its own. WERROR=1 turns warnings into
# errors. V=1 shows commands.
SAN    ?=
comma  := ,
BUILD  ?= build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))

# Libraries that only some programs need: their flags for the linker, the headers that they include,
# and the packages of Debian that have both. Where they are missing the program is left out, and
# `make` says so.
LIBS_statsd-prometheus    = -lmicrohttpd
HEADER_statsd-prometheus  = microhttpd.h
PACKAGE_statsd-prometheus = libmicrohttpd-dev

LIBS_statsd-kafka    = -lrdkafka
HEADER_statsd-kafka  = librdkafka/rdkafka.h
PACKAGE_statsd-kafka = librdkafka-dev

HTTP         = statsd-influx statsd-elastic statsd-cloudwatch
HTTP_LIBS    = -lcurl -ljansson -lz
HTTP_HEADERS = curl/curl.h jansson.h zlib.h
HTTP_PACKAGE = libcurl4-openssl-dev libjansson-dev zlib1g-dev
$(foreach p,$(HTTP),$(eval LIBS_$(p) = $(HTTP_LIBS))$(eval HEADER_$(p) = $(HTTP_HEADERS))\
    $(eval PACKAGE_$(p) = $(HTTP_PACKAGE)))
LIBS_sink    = $(if $(filter $(firstword $(HTTP)),$(PROGRAMS)),$(HTTP_LIBS))

OUR_CFLAGS  = -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -Icommon \
              -Wall -Wextra -Wshadow -Wconversion $(if $(WERROR),-Werror) -ffp-contract=off \
              $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OUR_LDFLAGS = $(if $(SAN),-fsanitize=$(SAN))
COMPILE     = $(CC) $(OUR_CFLAGS) $(CPPFLAGS) $(CFLAGS)
LINK        = $(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS)
all_flags   = $(COMPILE) | $(LINK)$(if $(WITHOUT_HTTP), | without HTTP)
quietly     = $(if $(V),,@echo '$(1) $@';)

ALL_PROGRAMS := $(patsubst cmd/%/main.c,%,$(wildcard cmd/*/main.c))

# has_library PROGRAM: `yes` if a program that includes its headers can be linked with its libraries.
has_library = $(shell mkdir -p $(BUILD) && echo 'int main(void) { return 0; }' | \
    $(CC) $(CPPFLAGS) $(CFLAGS) $(addprefix -include ,$(HEADER_$(1))) -x c - $(LDFLAGS) $(LIBS_$(1)) \
    -o $(BUILD)/probe 2>/dev/null && echo yes; rm -f $(BUILD)/probe)
LEFT_OUT := $(foreach p,$(ALL_PROGRAMS),$(if $(HEADER_$(p)),$(if $(call has_library,$(p)),,$(p))))
PROGRAMS := $(filter-out $(LEFT_OUT),$(ALL_PROGRAMS))
WITHOUT_HTTP = $(filter $(firstword $(HTTP)),$(LEFT_OUT))
ALL_UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/test_*.c))
UNITS    := $(filter-out $(LEFT_OUT:%=%/%) $(if $(WITHOUT_HTTP),sink/test_http%),$(ALL_UNITS))
CHECKERS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/check_*.c))
# What a fuzzer reads with, if that is a program's own: PROGRAM_fuzz_x = statsd-x.
PROGRAM_fuzz_totals     = statsd-prometheus
PROGRAM_fuzz_placing    = statsd-kafka
PROGRAM_fuzz_influx     = statsd-influx
PROGRAM_fuzz_elastic    = statsd-elastic
PROGRAM_fuzz_cloudwatch = statsd-cloudwatch
PROGRAM_fuzz_recv       = statsd-recv
PROGRAM_fuzz_literal    = statsd-run
PROGRAM_fuzz_log_clock  = statsd-kafka
PROGRAM_fuzz_shelf      = statsd-kafka
PROGRAM_fuzz_send       = statsd-send
FUZZERS  := $(foreach f,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c)), \
    $(if $(filter $(LEFT_OUT),$(PROGRAM_$(f))),,$(f)))
BENCH_TOOLS := $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*.c))
TOOLS    := $(patsubst tests/tools/%.c,%,$(wildcard tests/tools/*.c))
INSTALLED = $(PROGRAMS:%=$(BINDIR)/%) $(foreach s,1 5 7,$(patsubst man/%,$(MANDIR)/man$(s)/%,$(wildcard man/*.$(s)))) \
            $(patsubst completions/bash/%,$(BASHDIR)/%,$(wildcard completions/bash/*)) \
            $(patsubst completions/zsh/%,$(ZSHDIR)/%,$(wildcard completions/zsh/*)) \
            $(patsubst completions/fish/%,$(FISHDIR)/%,$(wildcard completions/fish/*))
objects   = $(patsubst %.c,$(BUILD)/%.o,$(1))
sources   = $(filter-out $(if $(WITHOUT_HTTP),common/sink/http%),$(sort $(shell find $(1) -name '*.c')))

# The rooms of common/, from the lowest to the highest. A room may include the rooms before it in
# this list; a later one would be missing from needs_ROOM and not be linked. A program links the
# rooms that its own files include, and the rooms that those need.
ROOMS    := base format filter net wire sink
included  = $(shell grep -rhoE '^\#include "($(subst $() ,|,$(ROOMS)))/' $(1) | sed 's/.*"//; s,/,,' | sort -u)
$(foreach r,$(ROOMS),$(eval needs_$(r) := \
    $(sort $(r) $(foreach n,$(filter-out $(r),$(call included,common/$(r))),$(needs_$(n))))))
reversed  = $(if $(1),$(call reversed,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
rooms_of  = $(sort $(foreach r,$(call included,$(1)),$(needs_$(r))))
archives  = $(foreach r,$(call reversed,$(ROOMS)),$(if $(filter $(r),$(1)),$(BUILD)/common/$(r).a))

.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAMS:%=$(BUILD)/bin/%) ## build every program into build/bin
	@for program in $(foreach p,$(LEFT_OUT),'$(p): it needs $(PACKAGE_$(p))'); do echo "left out $$program"; done

# Contains the flags of the last build, and whether the rooms are whole. It is rewritten when they
# change, so that everything is built again.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(all_flags))' | cmp -s - $@ || \
	    printf '%s\n' '$(subst ','\'',$(all_flags))' > $@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call quietly,compile)$(COMPILE) $(call own_folders,$<) -MMD -MP -c -o $@ $<

# A program's files include each other by their path in its folder. So do its unit tests, in
# tests/unit/PROGRAM.
program_of  = $(or $(PROGRAM_$(basename $(notdir $(1)))),$(word 2,$(subst /, ,$(patsubst tests/unit/%,unit/%,$(1)))))
own_folders = $(if $(filter tests/%,$(1)),-Itests/unit) \
              $(if $(filter $(call program_of,$(1)),$(PROGRAMS)),-Icmd/$(call program_of,$(1)))

define archive
	@mkdir -p $(@D)
	@rm -f $@
	$(call quietly,archive)$(AR) rcs $@ $^
endef

define room
$(BUILD)/common/$(1).a: $(call objects,$(call sources,common/$(1)))
	$$(archive)
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

# cmd/X makes build/bin/X. Everything but main.c is in an archive, for the unit tests in
# tests/unit/X.
define program
$(BUILD)/cmd/$(1).a: $(call objects,$(filter-out cmd/$(1)/main.c,$(call sources,cmd/$(1))))
	$$(archive)
$(BUILD)/bin/$(1): $(call objects,cmd/$(1)/main.c) $(BUILD)/cmd/$(1).a $(call archives,$(call rooms_of,cmd/$(1)))
	@mkdir -p $$(@D)
	$$(call quietly,link)$$(LINK) -o $$@ $$^ $$(LIBS_$(1)) -lm
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# tests/unit/X/test_y.c makes build/unit/X/test_y. X is a program or a room.
define unit
$(BUILD)/unit/$(1): $(call objects,tests/unit/$(1).c) \
    $(if $(filter $(patsubst %/,%,$(dir $(1))),$(PROGRAMS)),$(BUILD)/cmd/$(patsubst %/,%,$(dir $(1))).a) \
    $(call archives,$(ROOMS))
	@mkdir -p $$(@D)
	$$(call quietly,link)$$(LINK) -o $$@ $$^ $$(LIBS_$(patsubst %/,%,$(dir $(1)))) -lm
endef
$(foreach u,$(UNITS) $(CHECKERS),$(eval $(call unit,$(u))))

# The tools of the benchmark and of the tests, one file each: $(1) is the folder.
define tool
$(BUILD)/$(1)/$(2): $(call objects,tests/$(1)/$(2).c) $(call archives,$(ROOMS))
	@mkdir -p $$(@D)
	$$(call quietly,link)$$(LINK) -o $$@ $$^ -lm
endef
$(foreach t,$(BENCH_TOOLS),$(eval $(call tool,bench,$(t))))
$(foreach t,$(TOOLS),$(eval $(call tool,tools,$(t))))

# The fuzzers, one file each. SAN must include fuzzer-no-link.
define fuzzer
$(BUILD)/bin/$(1): $(call objects,tests/fuzz/$(1).c) $(PROGRAM_$(1):%=$(BUILD)/cmd/%.a) $(call archives,$(ROOMS))
	@mkdir -p $$(@D)
	$$(call quietly,link)$$(LINK) -fsanitize=fuzzer -o $$@ $$^ $$(LIBS_$(PROGRAM_$(1))) -lm
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzzer,$(f))))

bench-tools: $(BENCH_TOOLS:%=$(BUILD)/bench/%)

tools: $(TOOLS:%=$(BUILD)/tools/%)

fuzzers: $(FUZZERS:%=$(BUILD)/bin/%)

# tests/check skips what is listed in left-out: its library is missing.
units: $(UNITS:%=$(BUILD)/unit/%)
	@mkdir -p $(BUILD)/unit
	@echo $(patsubst %,tests/unit/%.c,$(filter-out $(UNITS),$(ALL_UNITS))) | tr ' ' '\n' > $(BUILD)/unit/left-out

check: all units tools bench-tools ## run the tests; TESTS='tests/parse.bats …' runs only those
	tests/check $(BUILD) $(TESTS)

check-numbers: $(BUILD)/unit/base/check_numbers ## compare hundreds of millions of numbers with libc's
	$<

FUZZ_CC = clang
fuzz_build = $(MAKE) CC='$(FUZZ_CC)' SAN=fuzzer-no-link,address,undefined

# With SSE2, where the machine has it, and without.
fuzz: $(BUILD)/bin/statsd-agg ## fuzz the parsers, FUZZ_TIME=60 seconds each (needs clang)
	@tests/fuzz/run --needs '$(FUZZ_CC)'
	$(fuzz_build) BUILD=$(BUILD)/fuzz fuzzers
	$(fuzz_build) BUILD=$(BUILD)/fuzz/portable CPPFLAGS='$(CPPFLAGS) -DNO_SIMD' fuzzers
	FUZZ_TIME='$(FUZZ_TIME)' tests/fuzz/run $(BUILD)

FUZZ_RUNS = 10000
check-fuzz: $(BUILD)/bin/statsd-agg ## run each fuzzer FUZZ_RUNS=10000 times, always from the same start
	@tests/fuzz/run --needs '$(FUZZ_CC)'
	$(fuzz_build) BUILD=$(BUILD)/fuzz fuzzers
	FUZZ_RUNS='$(FUZZ_RUNS)' tests/fuzz/run $(BUILD)

bench: all bench-tools ## measure speed and memory against other tools (a quarter of an hour; 11 GB in BUILD/bench)
	tests/bench/run $(BUILD)

bench-kafka: all tools ## measure the costs that statsd-scale(7) quotes, with a Kafka of its own (a minute)
	-tests/servers/kafka/fetch $(BUILD)
	tests/bench/kafka $(BUILD)

check-peers: all tools ## compare with the reference at length, run its tests, and clients from their registries
	PEERS_ROUNDS=10 PEERS_SERIES=6000 PEERS_SAMPLES=100000 LIMIT=7200 PEERS_CLIENTS=1 JOBS=1 \
	    tests/check $(BUILD) tests/peers.bats tests/peers-run.bats tests/clients.bats tests/grafana.bats

check-servers: all tools ## test delivery to real servers, and 200 kills (ten minutes; what is not installed is skipped)
	-tests/servers/search/fetch $(BUILD)
	-tests/servers/kafka/fetch $(BUILD)
	-tests/servers/moto-fetch $(BUILD)
	-tests/servers/influx-fetch $(BUILD)
	KILLS=200 SEND_RECORDS=1000000 AWAY=60 PATIENCE=60 KAFKA_PUT_MOST=0.34 LIMIT=3600 JOBS=1 DOCKER_IMAGE=1 \
	    tests/check $(BUILD) tests/servers.bats tests/delivery.bats tests/graphite.bats tests/spool-kills.bats \
	    tests/statsd-run-kills.bats tests/docker.bats tests/statsd-influx.bats tests/statsd-elastic.bats \
	    tests/statsd-cloudwatch.bats tests/statsd-send.bats tests/kafka.bats tests/kafka-run.bats tests/kafka-faults.bats \
	    tests/kafka-sources.bats

check-kafka: all tools ## kill statsd-kafka run 45 times, and keep a million series (ten minutes)
	-tests/servers/kafka/fetch $(BUILD)
	KAFKA_FAULTS=45 KAFKA_RESTARTS=2 KAFKA_SERIES=1000000 KAFKA_SOURCE_TIMEOUT=20 PATIENCE=120 LIMIT=1800 \
	    tests/check $(BUILD) tests/kafka-run.bats tests/kafka-sources.bats

check-docker: all tools ## run examples/docker/compose.yaml in a Docker of its own (five minutes, as root)
	COMPOSE=1 LIMIT=1800 PATIENCE=60 JOBS=1 tests/check $(BUILD) tests/compose.bats

check-deb: all tools ## install, run and remove the Debian package in a root of its own (a few minutes, as root)
	DEB_ROOT=1 LIMIT=1800 tests/check $(BUILD) tests/deb.bats

# In a network of its own, where that is allowed: a systemd and what sends to it.
check-systemd: all tools ## boot a systemd and run the services under it (two minutes, as root)
	-tests/servers/systemd/fetch $(BUILD)
	-tests/servers/kafka/fetch $(BUILD)
	! unshare --net true || network='unshare --net'; \
	    SYSTEMD=$$(readlink /proc/self/ns/net) LIMIT=1800 $$network tests/check $(BUILD) tests/systemd.bats

SOAK_TIME = 600
soak: all tools ## run the whole pipeline for SOAK_TIME=600 seconds and balance its books (1 GB in BUILD/soak)
	@rm -rf $(BUILD)/soak && mkdir -p $(BUILD)/soak
	cd $(BUILD)/soak && '$(abspath tests/soak)' '$(abspath $(BUILD))' $(SOAK_TIME)

completions: all ## write the shells' completions of every program from its option rows
	@mkdir -p completions/bash completions/zsh completions/fish
	@for program in $(PROGRAMS); do \
	    $(BUILD)/bin/$$program --completions bash >completions/bash/$$program && \
	    $(BUILD)/bin/$$program --completions zsh >completions/zsh/_$$program && \
	    $(BUILD)/bin/$$program --completions fish >completions/fish/$$program.fish || exit 1; \
	done

lint: ## check the form of code, scripts, manuals and prose
	tests/lint $(OUR_CFLAGS) -Itests/unit

# Tests that fail do not keep the report back: what they cover counts. gcov writes what it has counted
# in exit(3), not in _exit(2), and before execvp(3) only in GNU's C.
COVERAGE = build/coverage/lcov.info

coverage: ## run the tests and list the line coverage of each file, and for Coveralls in COVERAGE
	-$(MAKE) BUILD=build/coverage CPPFLAGS='$(CPPFLAGS) -D_exit=exit' CFLAGS='-O0 -g --coverage -std=gnu11' check
	tests/coverage build/coverage '$(COVERAGE)'

install: all ## install to PREFIX (/usr/local) under DESTDIR
	$(INSTALL) -d $(foreach d,$(BINDIR) $(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man7 $(BASHDIR) $(ZSHDIR) $(FISHDIR) \
	    $(DOCDIR)/examples/graphite $(DOCDIR)/examples/kafka $(DOCDIR)/examples/s6,'$(DESTDIR)$(d)')
	$(INSTALL) -m 755 $(PROGRAMS:%=$(BUILD)/bin/%) '$(DESTDIR)$(BINDIR)'
	for section in 1 5 7; do $(INSTALL) -m 644 man/*.$$section '$(DESTDIR)$(MANDIR)'/man$$section || exit 1; done
	$(INSTALL) -m 644 completions/bash/* '$(DESTDIR)$(BASHDIR)'
	$(INSTALL) -m 644 completions/zsh/* '$(DESTDIR)$(ZSHDIR)'
	$(INSTALL) -m 644 completions/fish/* '$(DESTDIR)$(FISHDIR)'
	$(INSTALL) -m 644 README.md CHANGELOG.md LICENSE '$(DESTDIR)$(DOCDIR)'
	$(INSTALL) -m 644 $(wildcard examples/*.*) '$(DESTDIR)$(DOCDIR)/examples'
	$(INSTALL) -m 644 $(wildcard examples/graphite/*) '$(DESTDIR)$(DOCDIR)/examples/graphite'
	$(INSTALL) -m 755 examples/kafka/topics '$(DESTDIR)$(DOCDIR)/examples/kafka'
	$(INSTALL) -m 644 $(wildcard examples/kafka/*.*) '$(DESTDIR)$(DOCDIR)/examples/kafka'
	$(INSTALL) -m 755 examples/s6/run '$(DESTDIR)$(DOCDIR)/examples/s6'
	$(INSTALL) -m 644 examples/s6/notification-fd '$(DESTDIR)$(DOCDIR)/examples/s6'

uninstall: ## remove the installed files
	rm -f $(foreach f,$(INSTALLED),'$(DESTDIR)$(f)')
	rm -rf '$(DESTDIR)$(DOCDIR)'

ARCHIVE = build/statsd-utils-$(VERSION).tar.gz

# MANIFEST lists what belongs to the sources, for where there is no git. An archive has the list that
# it is made by.
tracked = GIT_CEILING_DIRECTORIES='$(abspath ..)' git ls-files 2>/dev/null

dist: ## make a source archive, ARCHIVE=build/statsd-utils-VERSION.tar.gz
	@mkdir -p $(dir $(ARCHIVE)) $(BUILD)
	$(tracked) >$(BUILD)/MANIFEST || cp MANIFEST $(BUILD)
	sed '/^MANIFEST$$/d' $(BUILD)/MANIFEST | \
	    tar -czf $(ARCHIVE) --owner=0 --group=0 --transform 's,^,statsd-utils-$(VERSION)/,' -T - -C $(BUILD) MANIFEST

# Linked with musl, a program runs on any Linux of its architecture. It has no headers of Linux'
# own: those of the system come last.
STATIC_CC      = musl-gcc
STATIC_ARCHIVE = build/statsd-utils-$(VERSION)-linux-$(shell uname -m).tar.gz
STATIC_TREE    = $(BUILD)/static/tree/statsd-utils-$(VERSION)
STATIC_HEADERS = /usr/include $(wildcard /usr/include/$(shell uname -m)-linux-gnu)

static: ## make an archive of the programs that need no library, for any Linux (needs musl-gcc)
	@mkdir -p $(dir $(STATIC_ARCHIVE))
	@rm -rf $(STATIC_TREE)
	$(MAKE) CC='$(STATIC_CC) -static' CPPFLAGS='$(STATIC_HEADERS:%=-idirafter %) $(CPPFLAGS)' LDFLAGS='-s $(LDFLAGS)' \
	    BUILD=$(BUILD)/static PREFIX= DESTDIR='$(abspath $(STATIC_TREE))' install
	tar -czf $(STATIC_ARCHIVE) --owner=0 --group=0 -C $(dir $(STATIC_TREE)) $(notdir $(STATIC_TREE))

DEB_REVISION = 1
DEB = build/statsd-utils_$(VERSION)-$(DEB_REVISION)_$(shell dpkg --print-architecture 2>/dev/null).deb

deb: ## make a Debian package of the programs, with a service (needs dpkg-dev)
	MAKE='$(MAKE)' DEB_REVISION='$(DEB_REVISION)' .debian/build '$(VERSION)' '$(BUILD)/deb' '$(DEB)'

manifest: ## write MANIFEST, the list of what git tracks
	@mkdir -p $(BUILD)
	@$(tracked) >$(BUILD)/MANIFEST
	@cp $(BUILD)/MANIFEST .

clean: ## remove everything built
	rm -rf $(BUILD)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

FORCE:
.PHONY: all units tools bench bench-kafka bench-tools check check-numbers check-fuzz check-deb check-docker \
        check-systemd check-kafka check-peers check-servers soak completions fuzz fuzzers lint coverage install \
        uninstall dist static deb manifest clean help FORCE
-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)
