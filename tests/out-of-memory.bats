#!/usr/bin/env bats
# Memory that runs out: every program, with each of its first allocations failing and with a sample
# of the later ones, ends with its message and status 1, or goes on and does all that it should. It
# never crashes, and never ends well with less. tests/faults/out-of-memory is the judge.

# shellcheck disable=SC2016 # the scripts are expanded by the judge's shell
load helper

setup_file() {
    export LIBRARY=$BATS_FILE_TMPDIR/fail_alloc.so INPUT=$BATS_FILE_TMPDIR TESTS=$ROOT/tests
    export PEER=$STATSD_BIN/../tools/tcp-peer
    ${CC:-cc} -shared -fPIC -O1 -Wall -D_GNU_SOURCE -o "$LIBRARY" "$ROOT/tests/faults/fail_alloc.c" \
        2>"$INPUT/compiler" || return 0
    for i in {1..200}; do
        printf 'api.%d:%d|ms|#k:v%d\nc%d:1|c\n' $((i % 30)) "$i" $((i % 3)) $((i % 20))
        printf 'users:%d|s\ng%d:%d|g\n' "$i" "$i" "$i"
    done >"$INPUT/lines"
    for time in 1700000000 1700000010 1700000020; do statsd-parse --time "$time" "$INPUT/lines"; done >"$INPUT/records"
    statsd-agg --event-time "$INPUT/records" >"$INPUT/rows"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    [[ -e $LIBRARY ]] || skip "no library whose allocations fail: $(head -n 1 "$INPUT/compiler")"
    # A sanitizer has allocations of its own.
    [[ -z ${ASAN_OPTIONS:-} ]] || ! grep -qa __asan_init "$STATSD_BIN/statsd-recv" || skip 'built with a sanitizer'
}

# withstands PROGRAM SCRIPT [OPTION…]: the judge finds nothing wrong.
withstands() {
    [[ -x $STATSD_BIN/$1 ]] || skip "$1 is not built: its library is missing"
    run_program "$TESTS/faults/out-of-memory" "$LIBRARY" "$@"
    assert_success
    assert_output --regexp "$1: [0-9]+ allocations, [0-9]+ of them failed: [1-9][0-9]* runs ended, .* 0 wrong"
}

# Sends lines to a TCP peer: prints what has arrived.
to_peer='
    mkfifo events; exec 8<>events
    "$PEER" --lines got >events 8>&- & peer=$!
    read -r port <&8
    send "127.0.0.1:$port"; code=$?
    # The peer has read all that there is when it has seen the end of the connection.
    while ((code == 0)) && read -r event <&8; do [[ $event != *" fin "* ]] || break; done
    kill "$peer"; sort -u got; exit "$code"'

@test "statsd-parse" {
    withstands statsd-parse '$FAULT statsd-parse --time 1 --rejects r "$INPUT/lines"'
}

@test "statsd-agg, with its state" {
    withstands statsd-agg '
        $FAULT statsd-agg -e --state s <"$INPUT/records" >one && $FAULT statsd-agg -e --state s </dev/null && cat one s'
}

@test "statsd-table, statsd-grafana" {
    withstands statsd-table '$FAULT statsd-table "$INPUT/rows"' --most 40
    withstands statsd-grafana '$FAULT statsd-grafana "$INPUT/rows"' --most 40
}

@test "statsd-recv, with every kind of socket" {
    withstands statsd-recv '
        mkfifo ready
        $FAULT statsd-recv --udp 127.0.0.1:0 --tcp 127.0.0.1:0 --unixgram gram --unix stream --no-self --count 6 \
            --events events --source --ready-fd 9 9>ready >out &
        mapfile -t places <ready
        ((${#places[@]} < 4)) || "$TESTS/faults/send-to-each" "${places[0]##*:}" "${places[1]##*:}" gram stream
        wait "$!"; code=$?
        cut -f 1-3 out | sort
        exit "$code"'
}

@test "statsd-carbon, to a server and without one" {
    withstands statsd-carbon 'send() { $FAULT statsd-carbon --no-self "$1" <"$INPUT/rows"; }'"$to_peer"
    withstands statsd-carbon '$FAULT statsd-carbon --dry-run <"$INPUT/rows"' --most 40
}

@test "statsd-send, over TCP" {
    withstands statsd-send 'send() { $FAULT statsd-send --tcp "$1" <"$INPUT/records"; }'"$to_peer"
}

# Complete intervals that it could not pass on stay in the spool.
@test "statsd-spool" {
    withstands statsd-spool '
        $FAULT statsd-spool d -- "$TESTS/fake-sink" sink read <"$INPUT/rows"; code=$?
        cat sink.[0-9]* d/*.tsv 2>/dev/null | sort -u
        exit "$code"'
}

@test "statsd-influx, to a server" {
    [[ -x $STATSD_BIN/statsd-influx ]] || skip 'statsd-influx is not built: its library is missing'
    start_http 204
    export url ACCEPTED=$PWD/http/accepted
    withstands statsd-influx '
        before=$(wc -l <"$ACCEPTED")
        $FAULT statsd-influx --no-self --gzip --header "X-Team: a" "$url" <"$INPUT/rows"; code=$?
        tail -n +$((before + 1)) "$ACCEPTED" | sort -u
        exit "$code"'
}

@test "statsd-elastic, statsd-cloudwatch, statsd-prometheus" {
    withstands statsd-elastic '$FAULT statsd-elastic --dry-run --no-self <"$INPUT/rows"' --most 30
    withstands statsd-prometheus '$FAULT statsd-prometheus --dry-run "$INPUT/rows"' --most 30
    withstands statsd-cloudwatch '$FAULT statsd-cloudwatch --dry-run <"$INPUT/rows"' --most 30
}

@test "statsd-prometheus, serving" {
    withstands statsd-prometheus '
        $FAULT statsd-prometheus --listen 127.0.0.1:0 --state totals "$INPUT/rows" && cat totals'
}

@test "statsd-run" {
    withstands statsd-run '
        mkfifo ready
        printf "{ port: 0, mgmt_port: 0, backends: [\"./backends/console\"] }\n" >config.js
        $FAULT statsd-run --ready-fd 9 config.js 9>ready >out &
        [[ -z $(head -n 1 <ready) ]] || kill -TERM "$!"
        wait "$!"; code=$?
        exit "$code"' --some
}
