#!/usr/bin/env bats
# examples/graphite: the aggregation method of every path that statsd-carbon writes, chosen as
# Carbon does.

# shellcheck disable=SC2154
load helper

AGGREGATION=$ROOT/examples/graphite/storage-aggregation.conf

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# Writes rows of every type and statistic to ./rows: with percentiles and bins of every form, tagged
# and not, under names that look like other statistics.
make_rows() {
    local name tags
    for name in api api.count api.upper api.mean count sums.lower; do
        for tags in '' '#env:prod' '#env:prod,file:a.count,type:x.sum'; do
            printf '%s|%s\n' "$name:1|c" "$tags" "$name:1:2:3|ms" "$tags" "$name:5|g" "$tags" "$name:a|s" "$tags"
        done
    done | sed 's/|$//' | statsd-parse --time 1700000000 >records
    {
        statsd-agg -e -i 10 -p 90,99.9,-50 --histogram =-1,0.5,1e3,inf records
        statsd-agg -e -i 10 -p '' --histogram =1,inf --histogram-cumulative records
        # what other times and programs bring
        for name in timestamp_lag processing_time flushes_delayed; do
            tsv statsd own "$name" 1 1700000010
        done
    } >rows
}

# expect: for each row, the method that its type and statistic ask for.
expect() {
    awk -F'\t' '
        $2 == "g" { print "last"; next }
        $2 == "c" && $3 == "rate" { print "average"; next }
        $2 == "c" || $2 == "s" { print "sum"; next }
        $2 == "own" { print $3 ~ /^(numStats|series|timestamp_lag|processing_time)$/ ? "average" : "sum"; next }
        $3 ~ /^lower/ { print "min"; next }
        $3 ~ /^upper/ { print "max"; next }
        $3 ~ /^(mean|median|std)/ || $3 == "count_ps" { print "average"; next }
        $3 ~ /^(count|sum|histogram)/ { print "sum"; next }
        { print "unknown" }' rows
}

# compare_methods OPTION…: the methods of the paths that statsd-carbon prints with these options are
# those expected.
compare_methods() {
    make_rows
    statsd-carbon -n "$@" <rows | cut -d ' ' -f 1 >paths
    assert_equal "$(wc -l <paths)" "$(wc -l <rows)"
    expect | paste -d ' ' - paths >expected
    python3 "$ROOT/tests/graphite/storage-methods" "$AGGREGATION" <paths >methods
    assert_file methods expected
}

@test "the rows have every statistic" {
    make_rows
    cut -f 2,3 rows | sort -u >kinds
    (($(wc -l <kinds) >= 40)) || fail 'few kinds' "$(<kinds)"
    grep -q 'histogram.bin_0_5' kinds
    grep -q 'sum_squares_top50' kinds
    grep -q 'upper_99_9' kinds
    grep -q 'le=+Inf' rows
}

@test "modern names get the method of their statistic, tagged or not" {
    compare_methods
}

@test "legacy names get the method of their statistic, tagged or not" {
    compare_methods --legacy
}

@test "statsd-carbon's own self-metrics: counts are added, times are the last" {
    start_tcp_sink received
    { printf 'bad\n' && tsv a c count 1 1700000010 && tsv statsd own numStats 1 1700000010; } |
        statsd-carbon "127.0.0.1:$port" 2>/dev/null
    wait_for_file_line received 'graphiteStats.last_flush'
    cut -d ' ' -f 1 received | python3 "$ROOT/tests/graphite/storage-methods" "$AGGREGATION" >methods
    assert_equal "$(grep graphiteStats methods | sort)" "$(cat <<'END'
average stats.statsd.graphiteStats.calculationtime
average stats.statsd.graphiteStats.flush_length
average stats.statsd.graphiteStats.flush_time
average stats.statsd.graphiteStats.lines_waiting
last stats.statsd.graphiteStats.last_exception
last stats.statsd.graphiteStats.last_flush
sum stats.statsd.graphiteStats.bad_lines
sum stats.statsd.graphiteStats.lines_dropped
sum stats.statsd.graphiteStats.lines_refused
sum stats.statsd.graphiteStats.lines_resent
sum stats.statsd.graphiteStats.lines_sent
sum stats.statsd.graphiteStats.lines_unconfirmed
sum stats.statsd.graphiteStats.reconnects
END
)"
}

@test "the usual rule for counts does not find a tagged one, ours does" {
    printf '[count]\npattern = \\.count$\naggregationMethod = sum\n' >usual.conf
    echo 'stats.counters.a.count;env=prod' >paths
    assert_equal "$(python3 "$ROOT/tests/graphite/storage-methods" usual.conf <paths | cut -d ' ' -f 1)" average
    assert_equal "$(python3 "$ROOT/tests/graphite/storage-methods" "$AGGREGATION" <paths | cut -d ' ' -f 1)" sum
}

@test "statsd-carbon(1) has the stanzas of the file" {
    local line
    command -v mandoc >/dev/null || skip 'mandoc is not installed'
    mandoc -T ascii -O width=500 "$ROOT/man/statsd-carbon.1" | col -bx | sed 's/^ *//' >page
    while IFS= read -r line; do
        grep -qxF -- "$line" page || fail "the page lacks: $line"
    done < <(grep -v '^#' "$AGGREGATION"; grep -v '^#' "$ROOT/examples/graphite/storage-schemas.conf")
}

@test "every path has a schema whose first step is the default interval" {
    make_rows
    { statsd-carbon -n <rows && statsd-carbon -n --legacy <rows; } | cut -d ' ' -f 1 >paths
    python3 - "$ROOT/examples/graphite/storage-schemas.conf" <<'PYTHON'
import configparser, re, sys
conf = configparser.RawConfigParser()
conf.read(sys.argv[1])
assert all(any(re.search(conf[s]["pattern"], path) for s in conf.sections()) for path in open("paths"))
assert all(conf[s]["retentions"].startswith("10s:") for s in conf.sections())
PYTHON
}
