#!/usr/bin/env bats
# The programs that use no sockets build on any Unix: without Linux's headers, and with another libc
# than glibc, with the same output.

# shellcheck disable=SC2154 # status, output are the helper's

load helper

# The variables of the make that runs this test must not reach the makes inside it.
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD SAN WERROR V CC CFLAGS CPPFLAGS LDFLAGS

setup_file() {
    cd "$ROOT" || return
    local header
    for header in filter.h sock_diag.h sockios.h; do
        mkdir -p "$BATS_FILE_TMPDIR/poison/linux"
        echo '#error "this is a header of Linux"' >"$BATS_FILE_TMPDIR/poison/linux/$header"
    done
    echo '#error "this is a header of glibc"' >"$BATS_FILE_TMPDIR/poison/malloc.h"
}

# build_socketless WHERE MAKE-WORD…
build_socketless() {
    local where=$1
    shift
    make -s -j2 -C "$ROOT" WERROR=1 CFLAGS=-O1 BUILD="$where" "$@" \
        "$where"/bin/statsd-{parse,agg,table} >"$where.log" 2>&1
}

@test "statsd-parse, statsd-agg and statsd-table build without Linux's headers" {
    command -v musl-gcc >/dev/null || skip 'musl-gcc is not installed'
    run build_socketless "$BATS_TEST_TMPDIR/build" CC=musl-gcc \
        CPPFLAGS="-I$BATS_FILE_TMPDIR/poison -U_GNU_SOURCE -U__linux__ -D_XOPEN_SOURCE=700"
    ((status == 0)) || fail 'it does not build' "$(<"$BATS_TEST_TMPDIR/build.log")"
}

@test "a program that needs Linux's headers does not build without them: the test above can fail" {
    run make -s -C "$ROOT" CC=gcc CFLAGS=-O0 BUILD="$BATS_TEST_TMPDIR/build" CPPFLAGS="-I$BATS_FILE_TMPDIR/poison" \
        "$BATS_TEST_TMPDIR/build/bin/statsd-recv"
    assert_failure
    [[ $output == *'this is a header of Linux'* ]]
}

@test "built with musl, they print the same bytes" {
    command -v musl-gcc >/dev/null || skip 'musl-gcc is not installed'
    local musl=$BATS_TEST_TMPDIR/build
    run build_socketless "$musl" CC=musl-gcc
    ((status == 0)) || fail 'it does not build' "$(<"$musl.log")"
    cd "$BATS_TEST_TMPDIR"
    cut -f2 "$ROOT/tests/golden/lines.tsv" | grep -av '^#' |
        while IFS= read -r line; do printf '%b\n' "$line"; done >lines
    local bin
    for bin in "$musl/bin" "$STATSD_BIN"; do
        "$bin/statsd-parse" --time 1700000000.5 lines 2>&1 | sed 's/^[^ ]*: //' >"parse-${bin//\//_}"
        "$bin/statsd-parse" -q --time 1700000000.5 lines |
            "$bin/statsd-agg" --once -i 10 -p 50,99.9,-10 >"agg-${bin//\//_}"
        "$bin/statsd-table" "agg-${bin//\//_}" >"table-${bin//\//_}"
    done
    [[ -s table-${STATSD_BIN//\//_} ]]
    for program in parse agg table; do
        assert_file "$program-${musl//\//_}_bin" "$program-${STATSD_BIN//\//_}"
    done
}

@test "a library that comes after a build without it is noticed" {
    sink=$BATS_TEST_TMPDIR/build/common/sink.a
    build_sink() {
        make -s -j2 -C "$ROOT" CC="${CC:-cc}" CFLAGS=-O0 BUILD="$BATS_TEST_TMPDIR/build" "$@" "$sink" >/dev/null
    }
    build_sink
    ar t "$sink" | grep -q '^http' || skip 'libcurl is not installed'
    rm "$sink"
    build_sink HTTP_LIBS=-lno-such-library
    ! ar t "$sink" | grep '^http' || fail 'it is built without its library'
    build_sink
    ar t "$sink" | grep -q '^http' || fail 'the archive is that of the build before'
}
