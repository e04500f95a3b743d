# shellcheck shell=bash
# prometheus_start FOLDER [PORT…]: Prometheus, which asks each of these ports of the loopback for
# /metrics five times a second. What is in FOLDER/data is its storage. Sets $port and $prometheus,
# its URL.

prometheus_is_ready() {
    prometheus_ask get "$prometheus/-/ready" >/dev/null 2>&1
}

prometheus_start() {
    local name=$1 target
    shift
    server_folder "$name"
    port=$(free_port)
    prometheus=http://127.0.0.1:$port
    {
        printf '%s\n' 'global:' '  scrape_interval: 200ms' '  scrape_timeout: 200ms' 'scrape_configs:' \
            '  - job_name: statsd' '    static_configs:' '      - targets:'
        for target; do
            printf "          - '127.0.0.1:%s'\n" "$target"
        done
        (($# > 0)) || echo '          []'
    } >"$SERVERS/$name/prometheus.yml"
    server_run "$name" prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
        --storage.tsdb.retention.time=100y --web.listen-address="127.0.0.1:$port"
    server_wait "$name" prometheus_is_ready
}

# prometheus_ask WORD…: see there.
prometheus_ask() {
    /usr/bin/python3 "$ROOT/tests/servers/prometheus-ask" "$@"
}

# holds QUERY [TIME]: prints what the query gives, a line `{label="value",…} value` for each, without
# the labels that Prometheus adds.
holds() {
    prometheus_ask query "$prometheus" "$@"
}

gives() {
    [[ $(holds "$1") == "$2" ]]
}

# must_give QUERY TEXT: waits until the query gives that.
must_give() {
    wait_until gives "$1" "$2" || fail "$1 does not give $2" "$(holds "$1" 2>&1)"
}

gives_line() {
    holds "$1" | grep -qxF -- "$2"
}

# must_give_line QUERY LINE: waits until this is one of the lines.
must_give_line() {
    wait_until gives_line "$1" "$2" || fail "$1 does not give $2" "$(holds "$1" 2>&1)"
}
