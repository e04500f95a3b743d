#!/usr/bin/env bats
# statsd-influx: the line protocol, and real servers that are asked for what they were sent.
# http-sinks.bats tests what every sink does over HTTP, with a fake server.

# shellcheck disable=SC2154
load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/influxdb
load servers/influxdb2
load servers/victoria-metrics
load servers/telegraf

GOLDEN=$BATS_TEST_DIRNAME/golden/sinks
NUMBERS=$BATS_TEST_DIRNAME/servers/numbers

# One of each serves the whole file; each test has a database of its own.
setup_file() {
    local port web
    if command -v influxd >/dev/null; then
        influxdb_start influx
        export INFLUX=http://127.0.0.1:$port
    fi
    if command -v victoria-metrics >/dev/null; then
        victoria_metrics_start victoria -influxMeasurementFieldSeparator=/
        export VICTORIA=$web
    fi
}

teardown_file() {
    servers_stop
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    [[ -x $STATSD_BIN/statsd-influx ]] || skip 'statsd-influx is not built: install libcurl4-openssl-dev libjansson-dev'
}

# need_influx: makes the database `test`, empty, and sets $write.
need_influx() {
    [[ ${INFLUX:-} ]] || skip 'there is no influxd here: install influxdb'
    ask 'DROP DATABASE test; CREATE DATABASE test' >/dev/null
    write=$INFLUX/write?db=test
}

ask() {
    curl -sSf -G "$INFLUX/query" --data-urlencode db=test --data-urlencode epoch=ns -X POST --data-urlencode "q=$1"
}

# Compares what the database holds with what statsd-table prints of the aggregates.
assert_holds() {
    statsd-table --tsv <"$1" | "$NUMBERS" table >expected
    "$NUMBERS" influx "$INFLUX" test >held
    [[ -s expected ]] || fail 'nothing is expected'
    assert_file held expected
}

points() {
    seq "$1" "$2" | awk '{ printf "p%d\tc\tcount\t%d\t1700000010\n", $1, $1 }'
    tsv statsd own numStats "$2" 1700000010
}

@test "prints each type as the golden file has it" {
    run_program statsd-influx -n <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    assert_output - <"$GOLDEN/influx.lines"
}

@test "puts the names into a tag with --measurement" {
    run_program statsd-influx --dry-run --measurement 'my stats' <<<"$(tsv 'a.b;k=v' c count 3 17)"
    assert_success
    assert_output 'my\ stats,k=v,metric_type=counter,name=a.b count=3 17000000000'
}

@test "leaves out own rows with --no-self" {
    run_program statsd-influx -n --no-self <<<"$(tsv a c count 3 17 && tsv statsd own numStats 1 17)"
    assert_success
    assert_output 'a,metric_type=counter count=3 17000000000'
}

@test "a timer with a count and a sum but no mean ends it" {
    run_program statsd-influx -n <<<"$(tsv a ms count 3 17 && tsv a ms sum 3 17 && tsv b c count 1 17)"
    assert_failure 2
    assert_stderr_line 'statsd-influx: timers have a count and a sum but no mean: add mean to --stats of statsd-agg'
    assert_stderr_line --partial 'usage: statsd-influx'
}

@test "says what is wrong with a command line" {
    run_program statsd-influx </dev/null
    assert_usage_error 'statsd-influx: no URL: expected one, such as http://localhost:8086/write?db=statsd'
    run_program statsd-influx http://a http://b </dev/null
    assert_usage_error 'statsd-influx: too many operands: expected one URL'
    run_program statsd-influx ftp://localhost/ </dev/null
    assert_usage_error 'statsd-influx: bad URL: expected http:// or https://'
    run_program statsd-influx 'http://local host/' </dev/null
    assert_usage_error --partial 'statsd-influx: bad URL: '
    run_program statsd-influx 'http://localhost/write?db=a&precision=s' </dev/null
    assert_usage_error "statsd-influx: bad URL: its precision is 's': expected ns, or none"
    run_program statsd-influx --measurement '' http://localhost/ </dev/null
    assert_usage_error 'statsd-influx: --measurement: expected a name'
}

@test "InfluxDB holds the numbers of statsd-table, and the tags" {
    need_influx
    run_program statsd-influx "$write" <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    assert_holds "$GOLDEN/aggregates.tsv"
    run ask 'select count, lower, mean from "api.time" where env = '"'prod'"
    assert_output --partial '[1700000010000000000,20,12.5,166.25]'
}

@test "the average of a sampled timer is right" {
    need_influx
    printf 'a:320|ms|@0.1\na:320|ms|@0.1\n' | statsd-parse --time 1700000000 | statsd-agg -e >aggregates
    run_program statsd-influx "$write" <aggregates
    assert_success
    run ask 'select sum / count from a'
    assert_output --partial '[1700000010000000000,320]'
}

@test "own figures arrive, with the sink's" {
    need_influx
    points 1 1 | statsd-influx "$write"
    run ask 'select numStats, "influx.lines_waiting" from statsd'
    assert_output --partial '[1700000010000000000,1,'
}

@test "a measurement's tag holds the names, and InfluxDB the numbers" {
    need_influx
    run_program statsd-influx --measurement statsd "$write" <"$GOLDEN/aggregates.tsv"
    assert_success
    assert_holds "$GOLDEN/aggregates.tsv"
}

@test "names of any bytes arrive, and each point once" {
    need_influx
    {
        tsv 'a b,c=d' c count 1 1700000010
        tsv '#a\\;k 1=v,w;time=x;metric_type=y' c count 2 1700000010
        tsv 'caf\xc3\xa9\t"q";_field=z' g value 3 1700000010
        tsv 'a\\ b;k=\\' s count 4 1700000010
    } >aggregates
    run_program statsd-influx --no-self "$write" <aggregates
    assert_success
    refute_stderr
    run ask 'show series'
    assert_output --partial '["a\\ b\\,c=d,metric_type=counter"]'
    assert_output --partial '["_a_,_metric_type=y,_time=x,k\\ 1=v\\,w,metric_type=counter"]'
    assert_output --partial '__field=z,metric_type=gauge"]'
    run ask 'select count(*) from /.*/'
    assert_equal "$(grep -o '"name":' <<<"$output" | wc -l)" 4
}

@test "what comes twice counts once" {
    need_influx
    statsd-influx "$write" <"$GOLDEN/aggregates.tsv"
    statsd-influx "$write" <"$GOLDEN/aggregates.tsv"
    assert_holds "$GOLDEN/aggregates.tsv"
}

@test "a bad point among 500 loses itself alone" {
    need_influx
    curl -sSf "$write" --data-binary 'p137,metric_type=counter count="text" 1700000000000000000'
    points 1 500 >aggregates
    run_program statsd-influx --no-self --rejects rejects "$write" <aggregates
    assert_success
    local line='p137,metric_type=counter count=137 1700000010000000000'
    assert_stderr --partial "statsd-influx: $INFLUX/write: refused '$line': HTTP 400: partial write: field type"
    assert_equal "${#stderr_lines[@]}" 1
    ask 'drop measurement p137' >/dev/null
    grep -v '^p137	' aggregates >rest
    assert_holds rest
    assert_equal "$(wc -l <rejects)" 1
    assert_equal "$(cut -f 4 rejects)" "$line"
}

@test "refused points make the exit status 1 with --strict" {
    need_influx
    curl -sSf "$write" --data-binary 'p2,metric_type=counter count="text" 1700000000000000000'
    run_shell "$(declare -f points tsv); points 1 3 | statsd-influx --strict --no-self '$write'"
    assert_failure 1
    assert_stderr --partial "refused 'p2,"
}

@test "a database that is missing loses nothing, and is reported once" {
    need_influx
    ask 'DROP DATABASE late' >/dev/null
    mkfifo in
    exec 5<>in
    start_background statsd-influx --no-self -v "$INFLUX/write?db=late" <in 2>err 5>&-
    points 1 3 >&5
    wait_for_file_line err 'HTTP 404: database not found: "late": 3 lines wait'
    points 4 6 >&5
    ask 'CREATE DATABASE late' >/dev/null
    wait_for_file_line err 'is back after'
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$status" 0
    assert_equal "$(grep -c 'HTTP 404' err)" 1
    assert_equal "$("$NUMBERS" influx "$INFLUX" late | wc -l)" 6
    assert_equal "$(tail -n 1 err)" 'statsd-influx: 8 lines, 6 sent, 0 unconfirmed, 0 refused, 0 bad, 0 unknown, 0 lost'
}

@test "a wrong password is reported, and a right one read from --auth-file" {
    local port
    command -v influxd >/dev/null || skip 'there is no influxd here: install influxdb'
    influxdb_start auth true
    INFLUX=http://127.0.0.1:$port
    curl -sSf "$INFLUX/query" --data-urlencode "q=CREATE USER me WITH PASSWORD 'right' WITH ALL PRIVILEGES" >/dev/null
    curl -sSf -u me:right "$INFLUX/query" --data-urlencode 'q=CREATE DATABASE test' >/dev/null
    printf 'Basic %s\n' "$(printf 'me:wrong' | base64)" >auth
    mkfifo in
    exec 5<>in
    start_background statsd-influx --no-self --auth-file auth "$INFLUX/write?db=test" <in 2>err 5>&-
    points 1 3 >&5
    wait_for_file_line err 'HTTP 401: authorization failed: 3 lines wait'
    printf 'Basic %s\n' "$(printf 'me:right' | base64)" >auth
    wait_for_file_line err 'is back after'
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$status" 0
    assert_equal "$(grep -c 'HTTP 401' err)" 1
    assert_equal "$(curl -sSf -u me:right -G "$INFLUX/query" --data-urlencode db=test \
        --data-urlencode 'q=select count from /p./' | grep -o '"name":"p' | wc -l)" 3
    server_kill auth
}

@test "VictoriaMetrics holds the numbers of statsd-table, and the tags" {
    [[ ${VICTORIA:-} ]] || skip 'there is no victoria-metrics here: install victoria-metrics'
    run_program statsd-influx "$VICTORIA/write" <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    curl -sSf "$VICTORIA/internal/force_flush"
    export DIGITS=9 # it rounds
    statsd-table --tsv <"$GOLDEN/aggregates.tsv" | "$NUMBERS" table >expected
    "$NUMBERS" victoria "$VICTORIA" >held
    assert_file held expected
}

# need_fetched: skips the test where `make check-servers` has built no InfluxDB 1.8 and no Telegraf.
need_fetched() {
    [[ -e $BUILD/servers/influx/ready ]] ||
        skip 'there is no InfluxDB 1.8 and no Telegraf here: tests/servers/influx-fetch BUILD builds them with Go'
}

@test "InfluxDB holds the numbers that its API of version 2 took, for the user in the token" {
    local INFLUX port
    need_fetched
    influxdb_start later true "$BUILD/servers/influx/influxd"
    INFLUX=http://127.0.0.1:$port
    curl -sSf "$INFLUX/query" --data-urlencode "q=CREATE USER me WITH PASSWORD 'right' WITH ALL PRIVILEGES" >/dev/null
    curl -sSf -u me:right "$INFLUX/query" --data-urlencode 'q=CREATE DATABASE test' >/dev/null
    write="$INFLUX/api/v2/write?org=mine&bucket=test/autogen"
    run_program statsd-influx --header 'Authorization: Token me:wrong' --drain 1 "$write" <"$GOLDEN/aggregates.tsv"
    assert_failure 1
    assert_stderr --partial 'HTTP 401: authorization failed'
    echo 'Token me:right' >auth
    run_program statsd-influx --auth-file auth "$write" <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    export AUTHORIZATION='Token me:right'
    assert_holds "$GOLDEN/aggregates.tsv"
    server_kill later
}

@test "InfluxDB 2 holds the numbers of statsd-table, and a bad point loses itself alone" {
    local INFLUX port
    [[ -e $BUILD/servers/influx/influxd2 ]] ||
        skip 'there is no InfluxDB 2 here: tests/servers/influx2-fetch BUILD builds it with Go and Rust'
    influxdb2_start second
    INFLUX=http://127.0.0.1:$port
    write="$INFLUX/api/v2/write?org=mine&bucket=test"
    run_program statsd-influx --header 'Authorization: Token wrong' --drain 1 "$write" <"$GOLDEN/aggregates.tsv"
    assert_failure 1
    assert_stderr --partial 'HTTP 401: unauthorized access'
    export AUTHORIZATION='Token secret'
    echo "$AUTHORIZATION" >auth
    run_program statsd-influx --auth-file auth "$write" <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    assert_holds "$GOLDEN/aggregates.tsv"
    curl -sSf -H "Authorization: $AUTHORIZATION" "$write" --data-binary \
        'p137,metric_type=counter count="text" 1700000000000000000'
    points 1 500 >aggregates
    run_program statsd-influx --no-self --auth-file auth "$write" <aggregates
    assert_success
    assert_equal "${#stderr_lines[@]}" 1
    assert_stderr --partial "refused 'p137,metric_type=counter count=137 1700000010000000000': HTTP 422: "
    assert_equal "$("$NUMBERS" influx "$INFLUX" test | grep -c '^p[0-9]*	counter	count	[0-9]*	1700000010000$')" 499
    server_kill second
}

# points_of FILE: lines of the protocol in one form, sorted: Telegraf has its own order of fields.
points_of() {
    python3 - "$1" <<'PYTHON'
import re, sys
for line in sorted(open(sys.argv[1])):
    key, fields, time = line.rstrip("\n").split(" ")
    values = {name: float(value) for name, value in (field.rsplit("=", 1) for field in fields.split(","))}
    print(key, sorted(values.items()), time)
PYTHON
}

@test "Telegraf takes every line, as an InfluxDB 1 and as an InfluxDB 2" {
    local port port2 url
    need_fetched
    statsd-influx -n --no-self <"$GOLDEN/aggregates.tsv" >wanted
    telegraf_start telegraf secret
    run_program statsd-influx --header 'Authorization: Token wrong' --drain 1 \
        "http://127.0.0.1:$port2/api/v2/write?org=o&bucket=b" <"$GOLDEN/aggregates.tsv"
    assert_failure 1
    assert_stderr --partial '401'
    for url in "http://127.0.0.1:$port/write?db=statsd" "http://127.0.0.1:$port2/api/v2/write?org=o&bucket=b"; do
        : >"$SERVERS/telegraf/lines"
        run_program statsd-influx --no-self --header 'Authorization: Token secret' "$url" <"$GOLDEN/aggregates.tsv"
        assert_success
        refute_stderr
        wait_until eval '(($(wc -l <"$SERVERS/telegraf/lines") >= $(wc -l <wanted)))'
        points_of "$SERVERS/telegraf/lines" >held
        points_of wanted >expected
        assert_file held expected
    done
    server_kill telegraf
}

@test "what --dry-run prints is what curl can send" {
    need_influx
    statsd-influx -n <"$GOLDEN/aggregates.tsv" | curl -sSf "$write" --data-binary @-
    assert_holds "$GOLDEN/aggregates.tsv"
}
