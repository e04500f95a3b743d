#!/usr/bin/env bats
# The whole pipeline into a real Carbon, queried through graphite-web's render API.

# shellcheck disable=SC2154
load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/carbon-cache
# shellcheck source=tests/graphite/graphite.bash
source "$BATS_TEST_DIRNAME/graphite/graphite.bash"

setup_file() {
    local missing
    missing=$(graphite_missing | paste -sd ,)
    if [[ -n $missing ]]; then
        export GRAPHITE_MISSING=$missing
    else
        graphite_start
    fi
}

teardown_file() {
    [[ -n ${GRAPHITE_MISSING:-} ]] || servers_stop
}

setup() {
    [[ -z ${GRAPHITE_MISSING:-} ]] || skip "there is no $GRAPHITE_MISSING"
    cd "$BATS_TEST_TMPDIR" || return
    now=$(date +%s)
}

# Rows of one interval with timestamp $now; the words are the series, type, statistic and value of
# each.
interval() {
    while (($# > 0)); do
        tsv "$1" "$2" "$3" "$4" "$now"
        shift 4
    done
    tsv statsd own numStats 1 "$now"
}

@test "handwritten aggregates reach Graphite, number for number" {
    interval hand.a c count 5 hand.a c rate 0.5 hand.t ms upper_99_9 0.1 hand.g g value -3.25e-7 \
        hand.s s count 1e+21 'hand.a;env=prod;host=a' c count 7 >rows
    statsd-carbon "127.0.0.1:$carbon" <rows
    statsd-carbon -n <rows >lines
    (($(wc -l <lines) == 7))
    all_stand lines
    stands stats.counters.hand.a.count 5.0
    stands 'stats.counters.hand.a.count;env=prod;host=a' 7.0
}

@test "legacy names reach Graphite" {
    interval old.a c count 5 old.a c rate 0.5 'old.a;env=prod' c rate 0.25 >rows
    statsd-carbon --legacy --suffix host1 "127.0.0.1:$carbon" <rows
    stands stats_counts.old.a.host1 5.0
    stands stats.old.a.host1 0.5
    stands 'stats.old.a.host1;env=prod' 0.25
    stands stats.statsd.graphiteStats.flush_length.host1 0.0
}

@test "a line already in Graphite's format passes" {
    echo "deploys 1 $now" | statsd-carbon "127.0.0.1:$carbon"
    stands deploys 1.0
}

@test "statsd-carbon's self-metrics are under --self-prefix" {
    interval x c count 1 | statsd-carbon --prefix '' --self-prefix mini_gostatsd "127.0.0.1:$carbon"
    stands mini_gostatsd.graphiteStats.flush_length 0.0
    run_program ask first mini_gostatsd.graphiteStats.last_flush
    flushed=${output##* }
    ((${flushed%.*} >= now && ${flushed%.*} <= now + 20))
}

@test "a real client's counters, timers, gauges, sets and tags arrive with the right values" {
    start_shell 'statsd-recv --udp 127.0.0.1:0 --ready-fd 9 9>ready | statsd-agg -i 1 | tee -i rows |
        statsd-carbon 127.0.0.1:'"$carbon"
    wait_for_file_line ready '^udp 127'
    port=$(sed 's/.*://' ready)
    /usr/bin/python3 "$BATS_TEST_DIRNAME/graphite/client" "$port"
    wait_for_file_line rows 'numStats'
    wait_for_file_line rows '^shop.orders'
    stands stats.counters.shop.orders.count 3.0
    kill -INT -- "-$background_pid"
    wait_exit "$background_pid"
    assert_success

    # The result that the client's metrics must give.
    cat >expected <<'EXPECTED'
stats.counters.shop.orders.count 3.0
stats.counters.shop.orders.rate 3.0
stats.counters.shop.visits.count 30.0
stats.counters.shop.batched.count 1.0
stats.timers.shop.batch.mean 7.0
stats.timers.shop.checkout.count 10.0
stats.timers.shop.checkout.lower 100.0
stats.timers.shop.checkout.mean 550.0
stats.timers.shop.checkout.median 550.0
stats.timers.shop.checkout.std 287.22813232690146
stats.timers.shop.checkout.sum_squares 3850000.0
stats.timers.shop.checkout.upper_90 900.0
stats.timers.shop.checkout.mean_90 500.0
stats.timers.shop.sampled.count 2.0
stats.gauges.shop.stock 30.0
stats.gauges.shop.cold -3.0
stats.sets.shop.users.count 3.0
stats.counters.api.requests.count;env=prod;region=eu 3.0
stats.counters.api.requests.count;env=dev 7.0
stats.timers.api.latency.sum;env=prod 38.0
stats.timers.api.latency.upper;env=prod 15.0
stats.gauges.api.load;env=prod 0.75
stats.sets.api.users.count;env=prod 2.0
EXPECTED
    while read -r path value; do
        stands "$path" "$value"
    done <expected

    # Every single line that was sent must be there too, at its time.
    statsd-carbon -n <rows >lines
    all_stand lines
}

@test "tags can be queried" {
    interval 'tagged.hits;dc=north' c count 4 'tagged.hits;dc=south' c count 5 |
        statsd-carbon "127.0.0.1:$carbon"
    stands "sumSeries(seriesByTag('name=stats.counters.tagged.hits.count','dc=~.*th'))" 9.0
}

@test "tags name are kept apart" {
    printf '%s\n' 'ping:1|c|#host:h,name:a' 'ping:2|c|#host:h,name:b' | statsd-parse --time "$now" |
        statsd-agg --once --no-self | statsd-carbon "127.0.0.1:$carbon"
    stands 'stats.counters.ping.count;_name=a;host=h' 1.0
    stands 'stats.counters.ping.count;_name=b;host=h' 2.0
}

print_methods() {
    /usr/bin/python3 methods.py "$whisper" lines >methods 2>/dev/null
}

@test "with the rules of examples/graphite, Carbon's files add up counts, tagged or not" {
    interval method.hits c count 1 'method.hits;k=v' c count 2 'method.hits;k=v' c rate 0.2 'method.t;k=v' ms lower 3 \
        'method.t;k=v' ms upper_90 4 'method.t;k=v' ms sum_90 5 'method.t;k=v' ms mean 6 'method.g;k=v' g value 7 >rows
    statsd-carbon "127.0.0.1:$carbon" <rows
    statsd-carbon -n <rows >lines
    all_stand lines
    # Carbon names the file of a tagged path by a hash.
    cat >methods.py <<'PYTHON'
import sys, whisper
from carbon.util import TaggedSeries
for path in (line.split()[0] for line in open(sys.argv[2])):
    file = TaggedSeries.encode(path, sep="/", hash_only=True) if ";" in path else path.replace(".", "/")
    print(path, whisper.info(f"{sys.argv[1]}/{file}.wsp")["aggregationMethod"])
PYTHON
    wait_until print_methods || fail 'not every path has a file'
    grep -v statsd methods >is
    cat >expected <<'END'
stats.counters.method.hits.count sum
stats.counters.method.hits.count;k=v sum
stats.counters.method.hits.rate;k=v average
stats.timers.method.t.lower;k=v min
stats.timers.method.t.upper_90;k=v max
stats.timers.method.t.sum_90;k=v sum
stats.timers.method.t.mean;k=v average
stats.gauges.method.g;k=v last
END
    assert_file is expected
}

@test "a graph is drawn" {
    for i in {1..60}; do
        tsv drawn g value "$((i % 20))" "$((now - 60 + i))"
    done | statsd-carbon "127.0.0.1:$carbon"
    stands stats.gauges.drawn 1.0
    run_program ask png "$BATS_TEST_TMPDIR/graph.png" stats.gauges.drawn
    assert_success
    assert_output '500 250'
    (($(wc -c <graph.png) > 2000))
}

@test "a line on which Carbon would hang up does not take its neighbours along" {
    long=$(printf '%020000d' 0)
    {
        interval near.before c count 1 >rows
        head -n 1 rows
        tsv $'bad\xff\xfebytes\xc2\xa0x' c count 2 "$now"
        tsv "$long" c count 3 "$now"
        echo "near.plain$(printf '\xe2\x80\x83')x 4 $now"
        tsv near.after c count 5 "$now"
    } >input
    run_shell "statsd-carbon 127.0.0.1:$carbon <input"
    assert_success
    assert_stderr --partial "longer than the 16384 bytes Carbon takes"
    stands stats.counters.near.before.count 1.0
    stands stats.counters.bad__bytes_x.count 2.0
    stands near.plain_x 4.0
    stands stats.counters.near.after.count 5.0
}

@test "lines that arrive while Carbon is down are delivered when it is back" {
    mkfifo pipe
    start_shell 'statsd-carbon -v 127.0.0.1:'"$carbon"' <pipe 2>said'
    exec 8>pipe
    interval up.before c count 1 >&8
    stands stats.counters.up.before.count 1.0
    carbon_stop
    interval up.during c count 2 >&8
    wait_for_file_line said "connect 127.0.0.1:$carbon: Connection refused: [0-9]* lines wait"
    carbon_start 8>&-
    stands stats.counters.up.during.count 2.0
    exec 8>&-
    wait_exit "$background_pid"
    assert_success
    tail -n 1 said | grep -q ' 0 lost$'
}
