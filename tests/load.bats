#!/usr/bin/env bats
# Under load: while statsd-agg writes a great many series, statsd-recv keeps reading, and counts
# what it cannot take. Nothing here is timed, and what is tested about loss also holds on a slow
# machine. `make bench` measures without mercy.
#
#     LOAD_RATE=500000 LOAD_SERIES=1000000 make check TESTS=tests/load.bats
#
# demands from this test what a quiet, current machine can do.

load helper

setup() {
    cd "$BATS_TEST_TMPDIR"
    blast=$STATSD_BIN/../bench/blast
    [[ -x $blast ]] || skip 'the sender is not built: make bench-tools'
    rate=${LOAD_RATE:-40000}
    series=${LOAD_SERIES:-100000}
}

# One record for each of $series series; three in ten are timers.
make_series() {
    awk -v OFS='\t' -v series="$series" 'BEGIN {
        for (i = 0; i < series; i++) print "idle." i ".of.many", (i % 10 < 3 ? "ms" : "c"), i % 1000, 1, 1
    }'
}

figure() {
    awk -v path="stats.counters.statsd.$1.count" '$1 == path { n += $2 } END { print n + 0 }' own
}

@test "while many series are written, no datagram is lost silently, and none at all at a sustainable rate" {
    "$STATSD_BIN/../bench/generate" $((rate * 4)) 10000 1 >lines
    make_series >series
    start_shell "{ cat series; exec statsd-recv --udp 127.0.0.1:0 --rcvbuf 4M --ready-fd 9 9>ready 2>err; } |
        statsd-agg -i 2 --max-series $((series * 2 + 100000)) 2>>err-agg | statsd-carbon -n |
        grep --line-buffered '^stats[.a-z]*\.statsd\.' >own"
    wait_for_file_line ready '^udp'
    sent=$("$blast" -r "$rate" "$(sed 's/.*://' ready)" <lines)
    kill -TERM "$(pgrep -x -g "$background_pid" statsd-recv)"
    PATIENCE=120 wait_exit "$background_pid"
    assert_success
    awk -v series="$series" '/numStats/ && $2 >= series { found = 1 } END { exit !found }' own ||
        fail "no flush of $series series" "$(grep numStats own)"
    assert_equal $(($(figure packets_received) + $(figure packets_dropped))) "${sent%% *}"
    assert_equal "$(figure bad_lines_seen)" 0
    ! grep -q granted err || skip 'the kernel grants no queue of 4 MiB: what was lost was counted'
    assert_equal "$(figure packets_dropped)" 0
    assert_equal "$(figure metrics_received)" "$(wc -l <lines)"
}
