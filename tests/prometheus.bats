#!/usr/bin/env bats
# statsd-prometheus before a real Prometheus: what it has scraped, and what promtool has put into its
# storage, is asked back.

# shellcheck disable=SC2154
load helper
load servers/server
load servers/prometheus

setup() {
    [[ -x $STATSD_BIN/statsd-prometheus ]] || skip 'it was not built: install libmicrohttpd-dev'
    need_server prometheus prometheus
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    servers_stop
    stop_background
}

# serve OPTION…: starts statsd-prometheus, reading the fifo ./in, which is descriptor 5.
serve() {
    [[ -p in ]] || mkfifo in
    exec 5<>in
    start_ready statsd-prometheus "$@" <in 2>err 5>&-
    served=$port
}

# numbers TSV SECONDS...: what Prometheus must have of statsd-table's numbers, as lines `query
# result`. Columns are found by the heading.
numbers() {
    awk -F '\t' '
        function labels(series, parts, n, i, kv, text) {
            n = split(series, parts, ";")
            for (i = 2; i <= n; i++) {
                split(parts[i], kv, "=")
                text = text (i > 2 ? "," : "") kv[1] "=\"" kv[2] "\""
            }
            name = parts[1]
            gsub(/[^a-zA-Z0-9]/, "_", name)
            return text
        }
        function line(suffix, more, value, text) {
            text = all (all != "" && more != "" ? "," : "") more
            text = name suffix (text != "" ? "{" text "}" : "")
            print text "\t" text " " value
        }
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        {
            all = labels($1)
            if ($2 == "c") line("_total", "", $column["count"])
            if ($2 == "g") line("", "", $column["value"])
            if ($2 == "s") line("_unique", "", $column["count"])
            if ($2 == "ms") {
                line("_count", "", $column["count"])
                line("_sum", "", $column["sum"])
                line("", "quantile=\"0.9\"", $column["upper_90"])
                line("", "quantile=\"1.0\"", $column["upper"])
            }
        }' "$1"
}

@test "what was sent is what Prometheus has: statsd-table's numbers, tags and all" {
    printf '%s\n' 'api.calls:3|c|#env:prod,dc:north' 'api.calls:4|c|#env:dev' 'hits:1|c|@0.1' 'temp:-2.5|g' \
        'load:0.1|g|#cpu:0' 'users:a|s' 'users:b|s' 'db.time:12.5|ms' 'db.time:320|ms' 'db.time:7|ms|#env:prod' \
        'tiny:1e-7|g' 'huge:1e21|c' | statsd-parse --time 1700000001 | statsd-agg -e >rows
    statsd-table --tsv --type c,g,s,ms rows >table
    serve --listen 0
    cat rows >&5
    prometheus_start one "$served"
    numbers table >expected
    (($(wc -l <expected) == 16))
    while IFS=$'\t' read -r query result; do
        must_give_line "$query" "$result"
    done < <(sed 's/e-7$/e-07/' expected)
    prometheus_ask get "http://127.0.0.1:$served/metrics" | tail -n +2 >metrics
    run_program promtool check metrics <metrics
    assert_success
    refute_output
    refute_stderr
}

@test "the average of sampled timers, and quantiles of a histogram, are right" {
    serve --listen 0 --no-self --seconds 'api.*'
    printf '%s\n' 'api.t:300|ms|@0.1' 'api.t:340|ms|@0.1' | statsd-parse --time 1700000001 |
        statsd-agg -e --histogram api=310,400 --histogram-cumulative >&5
    prometheus_start one "$served"
    must_give 'api_t_seconds_sum / api_t_seconds_count' ' 0.32'
    must_give 'api_t_seconds_bucket' 'api_t_seconds_bucket{le="+Inf"} 20
api_t_seconds_bucket{le="0.31"} 10
api_t_seconds_bucket{le="0.4"} 20'
    must_give 'histogram_quantile(0.75, api_t_seconds_bucket)' ' 0.355'
}

@test "a restart with --state is no reset, and nothing is counted twice" {
    serve --listen 0 --state state
    printf '%s\n' 'a:1000|c' | statsd-parse --time 1700000001 | statsd-agg -e >&5
    prometheus_start one "$served"
    must_give a_total 'a_total 1000'
    kill -KILL "$background_pid"
    serve --listen "$served" --state state
    printf '%s\n' 'a:5|c' | statsd-parse --time 1700000011 | statsd-agg -e >&5
    must_give a_total 'a_total 1005'
    must_give 'resets(a_total[5m])' ' 0'
    must_give 'max_over_time(a_total[5m]) - min_over_time(a_total[5m])' ' 5'
}

@test "a replayed day goes into Prometheus, and each interval is asked back" {
    awk -v day=1699920000 '{split($4, t, ":")
        print "http;status="$9":"$NF*1000"|ms|T"day+t[2]*3600+t[3]*60+t[4]
        print "hits:1|c|T"day+t[2]*3600+t[3]*60+t[4]}' "$ROOT/examples/access.log" | statsd-parse >day.tsv
    statsd-agg -e -i 60 --no-self -p 99 day.tsv >rows
    statsd-prometheus -n rows >day.om
    server_folder one
    run_program promtool tsdb create-blocks-from openmetrics day.om "$SERVERS/one/data"
    assert_success
    prometheus_start one
    statsd-table --tsv -c count,upper_99 rows | awk -F '\t' '
        $2 == "c" { total += $3; print $5, "hits_total", total }
        $1 == "http;status=200" && $3 > 0 {
            timers += $3
            print $5, "http_count{status=\"200\"}", timers
            print $5, "http{quantile=\"0.99\",status=\"200\"}", $4
        }' >expected
    (($(wc -l <expected) > 60))
    /usr/bin/python3 "$ROOT/tests/servers/prometheus-ask" at "$prometheus" <expected >found
    assert_file found expected
}
