#!/usr/bin/env bats
# Loss is allowed, silent loss is not: everything that is sent, every single value, can be found in
# a counter. Three books are balanced while datagrams come faster than they can be read:
#
#     datagrams sent = received + dropped
#     values on the wire = records + bad + other
#     records = aggregated + late + refused + bad

load helper

setup() {
    cd "$BATS_TEST_TMPDIR"
    blast=$STATSD_BIN/../bench/blast
    [[ -x $blast ]] || skip 'the sender is not built: make bench-tools'
}

BLOCKS=20000
# The content of one block. Every datagram is a block, so the contents of what was received are
# known, whichever were dropped.
RECORDS=8 BAD=6 SKEWED=1 OTHER=1 LATE=1 TIMERS=3

make_blocks() {
    awk -v blocks="$BLOCKS" -v past=$(($(date +%s) - 300)) 'BEGIN {
        for (i = 0; i < 300; i++) digits = digits "9"
        for (i = 0; i < blocks; i++) {
            printf "c.%02d:1|c\n", i % 50
            printf "t.%02d:12:15:11|ms\n", i % 50
            printf "set.%02d:u%06d|s\n", i % 50, i
            printf "g.%06d:5|g\n", i
            printf "half:1|c:y|c\nlate:1|c|T%d\n", past
            printf "bad:x|c\nworse\nnegative:-5|ms\nskewed:1|c|T1\nlong:%s|c\n_e{1,1}:a|b\n", digits
        }
    }' >blocks
    block_size=$(head -n 12 blocks | wc -c)
}

# Records that come before all others: the series of the self-metrics, so that they are not refused,
# and three bad ones.
make_first() {
    local figure now
    now=$(date +%s)
    for figure in packets_received metrics_received bad_lines_seen bad_timestamps events_received packets_dropped; do
        rec "statsd.$figure" c 0 1 "$now"
    done
    rec torn c x
    rec torn zz 1
    rec torn c 1 2
}

# run_pipeline RATE RCVBUF: sends the blocks and ends the pipeline. Leaves records and aggregates,
# sets $sent.
run_pipeline() {
    : >ready
    start_shell "{ cat first; exec statsd-recv --udp 127.0.0.1:0 --max-line 250 --rcvbuf $2 --ready-fd 9 9>ready; } |
        tee -i records | statsd-agg -e -i 1m --max-series 500 >aggregates" 2>err
    wait_for_file_line ready '^udp'
    sent=$("$blast" -s "$block_size" -r "$1" "$(sed 's/.*://' ready)" <blocks)
    sent=${sent%% *}
    kill -TERM "$(pgrep -x -g "$background_pid" statsd-recv)"
    wait_exit "$background_pid"
    assert_success
}

# The value of one of statsd-recv's self-metrics, and of statsd-agg's.
received() {
    awk -F'\t' -v name="statsd.$1" '$1 == name && $2 == "c" { n += $3 } END { print n + 0 }' records
}

aggregated() {
    awk -F'\t' -v name="$1" '$2 == "own" && $3 == name { n += $4 } END { print n + 0 }' aggregates
}

# The number of samples in the aggregates: every counter is 1, no member comes twice, and a gauge
# has one sample.
samples() {
    awk -F'\t' '$1 ~ /^statsd/ { next }
        $3 == "count" && $2 != "g" { n += $4 }
        $2 == "g" && !seen[$1]++ { n++ }
        END { print n + 0 }' aggregates
}

assert_books() {
    local packets own
    packets=$(received packets_received)
    assert_equal $((packets + $(received packets_dropped))) "$sent"
    ((packets > 0)) || fail 'nothing was received'

    assert_equal "$(received metrics_received)" $((packets * RECORDS))
    assert_equal "$(received bad_lines_seen)" $((packets * BAD))
    assert_equal "$(received bad_timestamps)" $((packets * SKEWED))
    assert_equal "$(received events_received)" $((packets * OTHER))

    own=$(grep -c '^statsd\.' records)
    assert_equal "$(wc -l <records)" $((own + 3 + packets * RECORDS))
    assert_equal "$(aggregated records_received)" "$(wc -l <records)"
    assert_equal "$(aggregated bad_records)" 3
    assert_equal "$(aggregated late_records)" $((packets * LATE))
    (($(aggregated series_refused) > 0)) || fail 'the cap refused nothing'
    assert_equal $(($(samples) + own + $(aggregated late_records) + $(aggregated series_refused) + 3)) \
        "$(wc -l <records)"
    assert_equal "$(awk -F'\t' '$1 ~ /^t\./ && $3 == "count" { n += $4 } END { print n }' aggregates)" \
        $((packets * TIMERS))
}

@test "the books balance at a steady pace" {
    make_blocks
    make_first >first
    run_pipeline 120000 4M
    assert_books
}

@test "the books balance when datagrams come faster than they are read" {
    make_blocks
    make_first >first
    run_pipeline 0 32K
    assert_books
    (($(received packets_dropped) > 0)) || skip 'this machine dropped nothing'
}
