#!/usr/bin/env bats
# Every query of statsd-grafana's dashboards, run against the real graphite-web and the real
# Prometheus that statsd-carbon and statsd-prometheus have filled. `make check-peers` also checks
# the dashboards by Grafana's own types, which npm installs.

# shellcheck disable=SC2154
load helper
load servers/server
load servers/prometheus
load servers/carbon-cache
# shellcheck source=tests/graphite/graphite.bash
source "$BATS_TEST_DIRNAME/graphite/graphite.bash"

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    now=$(date +%s)
}

teardown() {
    servers_stop
    stop_background
}

# Rows of one interval of every type, with tags and without.
all_types() {
    printf '%s\n' 'api.requests:3|c|#env:prod,dc:north' 'api.requests:4|c|#env:dev' 'api.time:320|ms|#env:prod' \
        'api.time:10|ms|#env:dev' 'db.time:5|ms' 'db.time:7|ms' 'db.size_bytes:5000|g' 'users:al|s' 'plain:30|c' |
        statsd-parse --time "$now" | statsd-agg --once -i 1 -p 90,99.9
}

# The queries of a dashboard as Grafana sends them: all values of each variable are chosen.
queries() {
    jq -r '.. | objects | select(.refId) | .target // .expr' "$1" |
        sed -E 's/\$\{[a-z_]+:regex\}/.*/g; s/"\$[a-z_]+"/".*"/g; s/\$__rate_interval/1m/g'
}

# answers_all: runs each query of ./queries with `value_of`, and compares with ./expected.
answers_all() {
    while IFS= read -r query; do
        printf '%s\t%s\n' "$query" "$(values_of "$query")"
    done <queries >answers
    cmp -s answers expected
}

values_of_graphite() {
    /usr/bin/python3 - "$web" "$1" <<'PYTHON'
import json, sys, time, urllib.parse, urllib.request
data = urllib.parse.urlencode({"target": sys.argv[2], "format": "json", "from": int(time.time()) - 3000,
                               "until": int(time.time()) + 60, "noCache": 1}).encode()
found = json.load(urllib.request.urlopen(sys.argv[1] + "/render", data, timeout=20))
print(" ".join(sorted(f"{s['target']}={v!r}" for s in found for v, _ in s["datapoints"] if v is not None)))
PYTHON
}

@test "every query for Graphite gives the values that were sent" {
    missing=$(graphite_missing | paste -sd ,)
    [[ -z $missing ]] || skip "there is no $missing"
    graphite_start
    all_types >rows
    statsd-carbon --no-self "127.0.0.1:$carbon" <rows
    statsd-grafana --no-self rows >dashboard.json
    queries dashboard.json >queries
    values_of() { values_of_graphite "$1"; }
    paste queries - >expected <<'END'
rate .dev=4.0 rate north.prod=3.0
p90 dev=10.0 p90 prod=320.0
p99.9 dev=10.0 p99.9 prod=320.0
mean dev=10.0 mean prod=320.0
upper dev=10.0 upper prod=320.0
value=5000.0
p90=7.0
p99.9=7.0
mean=6.0
upper=7.0
rate=30.0
unique=1.0
END
    wait_until answers_all || fail 'other values' "$(diff answers expected)"
}

# PICTURE=FILE keeps the picture: README.md has one, examples/docker/panel.png.
@test "Graphite draws the queries of a timer's panel" {
    missing=$(graphite_missing | paste -sd ,)
    [[ -z $missing ]] || skip "there is no $missing"
    graphite_start
    awk -v now="$now" 'BEGIN {
        srand(7)
        for (t = now - 2400; t < now; t++)
            for (i = 0; i < 6 + 4 * sin(t / 300); i++)
                printf "shop.checkout:%d|ms|T%d\n", 40 + 25 * sin(t / 400) - 60 * log(1 - rand() * 0.98), t }' |
        statsd-parse | statsd-agg -e -p 50,90,99 >rows
    statsd-carbon --no-self "127.0.0.1:$carbon" <rows
    statsd-grafana --no-self rows >dashboard.json
    queries dashboard.json >queries
    draws() {
        [[ $(values_of_graphite "$(head -n 1 queries)" | wc -w) -gt 200 ]]
    }
    wait_until draws || fail 'Graphite has not all of it' "$(values_of_graphite "$(head -n 1 queries)")"
    /usr/bin/python3 - "$web" "$now" <<'PYTHON' >picture
import sys, urllib.parse, urllib.request
with open("queries") as file:
    targets = [("target", line.strip()) for line in file]
end = int(sys.argv[2])
look = {"format": "png", "from": end - 2400, "until": end, "width": 800, "height": 300, "title": "shop.checkout",
        "vtitle": "milliseconds", "bgcolor": "white", "fgcolor": "black", "majorGridLineColor": "#cccccc",
        "minorGridLineColor": "#eeeeee", "lineMode": "connected", "fontSize": 11, "tz": "UTC"}
data = urllib.parse.urlencode(targets + list(look.items())).encode()
sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1] + "/render", data, timeout=20).read())
PYTHON
    # A PNG of that size; without data it would be a third as long.
    assert_equal "$(head -c 24 picture | od -An -tx1 | tr -d ' \n')" 89504e470d0a1a0a0000000d49484452000003200000012c
    (($(wc -c <picture) > 30000))
    [[ ! ${PICTURE:-} ]] || cp picture "$PICTURE"
}

@test "every query for Prometheus gives the values that were sent" {
    [[ -x $STATSD_BIN/statsd-prometheus ]] || skip 'statsd-prometheus was not built: install libmicrohttpd-dev'
    need_server prometheus prometheus
    mkfifo in
    exec 5<>in
    start_ready statsd-prometheus --listen 0 --no-self --seconds 'db.*' <in 5>&-
    all_types >rows
    prometheus_start one "$port"
    # A rate needs a total before it: 0 of the same series.
    awk -F '\t' -v OFS='\t' '$2 == "c" && $3 == "count" { $4 = 0; print }' rows >&5
    tsv statsd own numStats 0 "$now" >&5
    must_give plain_total 'plain_total 0'
    cat rows >&5
    statsd-grafana --no-self --datasource prometheus --seconds 'db.*' rows >dashboard.json
    queries dashboard.json >queries
    values_of() { holds "$1" | cut -d ' ' -f 1,2 | paste -sd ' '; }
    grep -v 'rate(' queries >values
    while IFS= read -r query; do
        printf '%s\t%s\n' "$query" "$(values_of "$query")"
    done <values >answers
    paste values - >expected <<'END'
api_time{env="dev",quantile="0.9"} 10 api_time{env="prod",quantile="0.9"} 320
api_time{env="dev",quantile="0.999"} 10 api_time{env="prod",quantile="0.999"} 320
api_time{env="dev",quantile="1.0"} 10 api_time{env="prod",quantile="1.0"} 320
db_size_bytes 5000
db_time_seconds{quantile="0.9"} 0.007
db_time_seconds{quantile="0.999"} 0.007
db_time_seconds{quantile="1.0"} 0.007
users_unique 1
END
    mv values queries
    wait_until answers_all || fail 'other values' "$(diff answers expected)"
    # The rates: of the counters, the samples that came; of the timers' means nothing yet, before a second interval.
    queries dashboard.json | grep '^rate(' >rates
    cat rows >&5
    while IFS= read -r query; do
        wait_until has_answer "$query" || fail "no answer: $query"
    done <rates
    must_give 'round(rate(db_time_seconds_sum[1m])/rate(db_time_seconds_count[1m]), 0.0001)' ' 0.006'
    must_give 'round(sum(increase(plain_total[1m])) / sum(increase(api_requests_total{env="dev"}[1m])), 0.1)' ' 7.5'
}

has_answer() {
    [[ -n $(holds "$1") ]]
}

@test "Grafana's own types take the dashboards" {
    [[ ${PEERS_ROUNDS:-} ]] || skip 'make check-peers runs it'
    command -v npm >/dev/null || skip 'npm is not installed'
    npm install --ignore-scripts --no-audit --no-fund --loglevel=error @grafana/schema typescript@5 >npm.log 2>&1 ||
        skip 'npm cannot install @grafana/schema here'
    all_types >rows
    for datasource in graphite prometheus; do
        statsd-grafana --datasource "$datasource" --panels 3 rows >"$datasource.json"
        {
            echo 'import { Dashboard } from "@grafana/schema";'
            printf 'export const d: Dashboard = %s;\n' "$(cat "$datasource.json")"
        } >"$datasource.ts"
    done
    local flags=(--strict --noEmit --skipLibCheck --moduleResolution bundler --module esnext --target es2022)
    run_program npx tsc "${flags[@]}" graphite.ts prometheus.ts
    assert_success
    # It would see a mistake.
    sed 's/"schemaVersion":39/"schemaVersion":"39"/; s/"collapsed":true/"collapsed":"yes"/' graphite.ts >wrong.ts
    run_program npx tsc "${flags[@]}" wrong.ts
    assert_failure
}
