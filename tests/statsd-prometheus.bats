#!/usr/bin/env bats
# statsd-prometheus: aggregates → Prometheus' text format and OpenMetrics. Unit tests cover names,
# limits and timers; prometheus.bats asks a real Prometheus.

load helper

setup() {
    [[ -x $STATSD_BIN/statsd-prometheus ]] || skip 'it was not built: install libmicrohttpd-dev'
    cd "$BATS_TEST_TMPDIR" || return
}

# ag SERIES TYPE STATISTIC VALUE [TIME]: prints an aggregate.
ag() {
    tsv "$1" "$2" "$3" "$4" "${5:-1700000010}"
}

# The row that ends an interval.
end() {
    ag statsd own numStats 0 "${1:-1700000010}"
}

# timer SERIES COUNT MEAN [TIME]
timer() {
    ag "$1" ms count "$2" "${4:-1700000010}"
    ag "$1" ms mean "$3" "${4:-1700000010}"
}

# Rows of one interval: lines of arguments for ag, without the time.
interval() {
    local line time=$1
    while read -r -a line; do
        ag "${line[@]}" "$time"
    done
    end "$time"
}

ask() {
    /usr/bin/python3 "$ROOT/tests/servers/prometheus-ask" "$@"
}

# start OPTION…: starts it on a free port, reading the fifo ./in, which is descriptor 5. Sets $url.
start() {
    [[ -p in ]] || mkfifo in
    exec 5<>in
    start_ready statsd-prometheus --listen 0 "$@" <in 2>err 5>&-
    url=http://127.0.0.1:$port/metrics
}

# Ends it as the end of its input does.
stop() {
    exec 5>&-
    kill -TERM "$background_pid" 2>/dev/null || true
    wait_exit "$background_pid"
}

shows() {
    ask get "$url" | grep -qxF -- "$1"
}

must_show() {
    wait_until shows "$1" || fail "not shown: $1" "$(ask get "$url")" "$(cat err)"
}

# history OPTION…: what -n prints of stdin, without comments.
history_of() {
    statsd-prometheus -n "$@" | grep -v '^#'
}

# --- what becomes of each type --------------------------------------------------------------------

@test "every type, as OpenMetrics: families together, totals running, the intervals' times" {
    {
        interval 1700000010 <<'END'
api;env=prod c count 3
api;env=prod c rate 0.3
db ms count 2
db ms lower 10
db ms upper 30
db ms sum 40
db ms mean 20
db ms median 20
db ms upper_90 25
db ms upper_99_9 30
temp g value -2.5
users s count 17
END
        interval 1700000020.5 <<'END'
api;env=prod c count 4
api;env=dev c count 1
db ms count 1
db ms upper 7
db ms sum 7
db ms mean 7
db ms upper_90 7
temp g value +05.
users s count 1
END
    } | statsd-prometheus -n --no-self >om
    cat >expected <<'END'
# HELP api StatsD counter api
# TYPE api counter
api_total{env="prod"} 3 1700000010
api_total{env="prod"} 7 1700000020.500
api_total{env="dev"} 1 1700000020.500
# HELP db StatsD timer db
# TYPE db summary
db{quantile="0.9"} 25 1700000010
db{quantile="0.999"} 30 1700000010
db{quantile="1.0"} 30 1700000010
db_sum 40 1700000010
db_count 2 1700000010
db{quantile="0.9"} 7 1700000020.500
db{quantile="1.0"} 7 1700000020.500
db_sum 47 1700000020.500
db_count 3 1700000020.500
# HELP temp StatsD gauge temp
# TYPE temp gauge
temp -2.5 1700000010
temp 5 1700000020.500
# HELP users_unique StatsD set (distinct members) users
# TYPE users_unique gauge
users_unique 17 1700000010
users_unique 1 1700000020.500
# EOF
END
    assert_file om expected
}

@test "OpenMetrics' own parser reads it, with names of every kind of byte" {
    /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || skip 'install python3-prometheus-client'
    printf '%s\n' 'a b/c"d\e:1|c|#k:x"y\z' 'ünï:2|g' '9:3|c|#0:1,é:ü' 'r:320|ms|@0.1' 'u:m|s' |
        statsd-parse --raw-names --time 1 | statsd-agg --once -p 50,99.9,100 --histogram r=0.5,10,1e6,inf \
        --histogram-cumulative | statsd-prometheus -n --no-self --seconds 'r' >om
    run_program ask openmetrics <om
    assert_success
    assert_output - <<'END'
_9_total{_="ü",_0="1"} 3 1.000000000
__n__ 2 1.000000000
a_b_c_d_e_total{k="x"y\z"} 1 1.000000000
r_seconds_bucket{le="+Inf"} 10 1.000000000
r_seconds_bucket{le="0.0005"} 0 1.000000000
r_seconds_bucket{le="0.01"} 0 1.000000000
r_seconds_bucket{le="1000.0"} 10 1.000000000
r_seconds_count 10 1.000000000
r_seconds_sum 3.2 1.000000000
u_unique 1 1.000000000
END
}

@test "sampled timers: the sum and the bins are of as many samples as the count" {
    printf '%s\n' 't:300|ms|@0.1' 't:340|ms|@0.1' | statsd-parse --time 1700000001 >records
    statsd-agg -e --histogram t=310 --histogram-cumulative --no-self records | history_of --no-self >lines
    cat >expected <<'END'
t_bucket{le="310.0"} 10 1700000010
t_bucket{le="+Inf"} 20 1700000010
t_sum 6400 1700000010
t_count 20 1700000010
END
    assert_file lines expected
    # Without a sample rate the sum is the very one of the rows.
    printf '%s\n' 't:0.1|ms' 't:0.2|ms' 't:0.4|ms' | statsd-parse --time 1 | statsd-agg --once >rows
    sum=$(awk -F '\t' '$3 == "sum" { print $4 }' rows)
    [[ $(history_of <rows) == *"t_sum $sum 1"* ]]
}

@test "an idle counter or timer keeps its total" {
    {
        interval 1700000010 <<<$'a c count 3\nt ms count 1\nt ms mean 5\nt ms upper_90 5'
        interval 1700000020 <<<$'a c count 0\nt ms count 0\nt ms count_ps 0\nnew ms count 0'
    } | history_of --no-self >lines
    cat >expected <<'END'
a_total 3 1700000010
a_total 3 1700000020
t{quantile="0.9"} 5 1700000010
t_sum 5 1700000010
t_count 1 1700000010
t_sum 5 1700000020
t_count 1 1700000020
END
    assert_file lines expected
}

@test "self-metrics are gauges under their prefix, or under --self-prefix, or not there" {
    end=$(ag statsd own bad_records 2 && end)
    assert_equal "$(history_of <<<"$end")" 'statsd_bad_records 2 1700000010'
    assert_equal "$(history_of --self-prefix my.own <<<"$end")" 'my_own_bad_records 2 1700000010'
    assert_equal "$(history_of --no-self <<<"$end")" ''
}

@test "--seconds: timers whose names match are divided by 1,000 and say so" {
    { timer api.time 2 320 && timer db 1 5 && ag api.calls c count 1 && end; } >rows
    history_of --no-self --seconds 'api.*' --seconds nothing <rows >lines
    cat >expected <<'END'
api_time_seconds_sum 0.64 1700000010
api_time_seconds_count 2 1700000010
db_sum 5 1700000010
db_count 1 1700000010
api_calls_total 1 1700000010
END
    assert_file lines expected
    statsd-prometheus -n --seconds 'api.*' rows |
        grep -qxF '# HELP api_time_seconds StatsD timer api.time, divided by 1000'
}

@test "tags whose keys Prometheus does not take are renamed, and stay apart" {
    ag 'a;__x=1;a-b=2;a.b=3;le=4;quantile=5;x=' c count 1 | history_of --no-self >lines
    assert_equal "$(cat lines)" 'a_total{_le="4",_quantile="5",_x="1",a_b="2",a_b_="3"} 1 1700000010'
}

# --- whose name it is -----------------------------------------------------------------------------

# refused ROWS REASON: the last of the rows is refused.
refused() {
    run_shell "statsd-prometheus -n --no-self -v <<<\$'$1'"
    assert_success
    assert_stderr_line "statsd-prometheus: stdin: $2"
    assert_stderr_line --partial '1 refused'
}

@test "a name owns itself and its suffixes: whoever comes second is refused" {
    local t=1700000010 suffix
    refused "a.b\tc\tcount\t1\t$t\na_b\tc\tcount\t1\t$t" "bad name 'a_b': a_b belongs to the counter 'a.b'"
    refused "a\tc\tcount\t1\t$t\na\tg\tvalue\t1\t$t" "bad name 'a': a belongs to the counter 'a'"
    refused "a\ts\tcount\t1\t$t\na_total\tc\tcount\t1\t$t" "bad name 'a_total': a belongs to the set 'a'"
    for suffix in _total _sum _count _bucket _unique _created; do
        refused "a\tg\tvalue\t1\t$t\na$suffix\tg\tvalue\t1\t$t" "bad name 'a$suffix': a$suffix belongs to the gauge 'a'"
        refused "a$suffix\tg\tvalue\t1\t$t\na\tg\tvalue\t1\t$t" "bad name 'a': a belongs to the gauge 'a$suffix'"
    done
    refused ";k=v\tc\tcount\t1\t$t" "bad name ';k=v': there is none before its tags"
    refused "a;k.x=1\tc\tcount\t1\t$t\na;k-x=1\tc\tcount\t1\t$t" \
        "bad tags 'a;k-x=1': another series has the same labels"
}

@test "a tag for every label: more than 256 are refused" {
    series=a
    for ((i = 0; i < 257; i++)); do series+=";k$i=1"; done
    run_shell "statsd-prometheus -n --no-self <<<'$(ag "$series" c count 1)'"
    assert_stderr --partial ": more than 256"
    assert_equal "$output" '# EOF'
}

@test "the names of the program's own metrics are nobody's" {
    start
    { ag statsd.prometheus.series g value 7 && ag ok g value 1 && end; } >&5
    must_show 'ok 1'
    must_show 'statsd_prometheus_refused_points_total 1'
    must_show 'statsd_prometheus_series 1'
    stop
    grep -qF "bad name 'statsd.prometheus.series': the program's own metrics have such names" err
}

@test "a name is free again when its last metric has gone" {
    start --ttl 2s --no-self
    { ag a g value 1 && end; } >&5
    must_show 'a 1'
    wait_until free_again
    { ag a c count 2 && end; } >&5
    must_show 'a_total 2'
    stop
}

free_again() {
    [[ $(ask get "$url") == '200 text/plain; version=0.0.4; charset=utf-8' ]]
}

@test "a sum cannot be told without count and mean: the run ends with status 2" {
    run_program statsd-prometheus -n < <(ag t ms count 3 && ag t ms sum 5 && end)
    assert_failure 2
    assert_stderr 'statsd-prometheus: timers without count and mean, which their sums need: '\
'add them to --stats of statsd-agg'
    # One among others is refused alone.
    run_program statsd-prometheus -n < <(timer a 1 5 && ag t ms count 3 && end)
    assert_success
    assert_stderr "statsd-prometheus: stdin: bad timer 't': it has no count and mean"
}

@test "what has no place is said: counters that fall, bins without limits or timers, other bins" {
    bins() {
        timer "$1" "$3" 1 "$4"
        ag "$1;le=$2" ms histogram 1 "$4"
        ag "$1;le=+Inf" ms histogram "$3" "$4"
        end "$4"
    }
    run_program statsd-prometheus -n --no-self < <(
        ag down c count -1
        ag none c rate 1
        ag x\;le=5 ms histogram 1
        ag plain ms count 1
        ag plain ms mean 1
        ag plain ms histogram.bin_5 1
        timer 'h;k=1' 1 1
        end
        bins h 10 2 1700000020
        bins g 10 2 1700000020
        timer 'g;k=1' 1 1 1700000020
        end 1700000020
        bins g 20 3 1700000030
        ag down g value 1 1700000005
        ag down g value 1 1700000004
    )
    assert_success
    assert_stderr - <<'END'
statsd-prometheus: stdin: bad counter 'down': its count is below 0, and a total never falls
statsd-prometheus: stdin: bad counter 'none': it has no count
statsd-prometheus: stdin: bad bin 'x;le=5': its timer's rows are not before it
statsd-prometheus: timer 'plain': histogram.bin rows have no place here: use statsd-agg --histogram-cumulative
statsd-prometheus: timer 'h' has bins, and the first of its name had none: they are left out
statsd-prometheus: stdin: bad timer 'g;k=1': it has no bins, and the first of its name had
statsd-prometheus: timer 'g' has other bins than before: its totals begin again
statsd-prometheus: stdin: bad time of 'down': not after the one before
END
    assert_line 'g_bucket{le="20.0"} 1 1700000030'
    assert_line 'g_count 3 1700000030'
    run_program statsd-prometheus -n < <(timer a 1 1 && ag 'a;le=x' ms histogram 1)
    assert_stderr "statsd-prometheus: stdin: bad bin 'a;le=x': expected a number as its tag le"
}

# --- the server -----------------------------------------------------------------------------------

@test "it serves the text format, and OpenMetrics where that is asked for" {
    start --no-self
    { ag a c count 3 && end; } >&5
    must_show 'a_total 3'
    assert_equal "$(ask get "$url" 2>&1)" '200 text/plain; version=0.0.4; charset=utf-8
# HELP a_total StatsD counter a
# TYPE a_total counter
a_total 3'
    local openmetrics='200 application/openmetrics-text; version=1.0.0; charset=utf-8
# HELP a StatsD counter a
# TYPE a counter
a_total 3
# EOF'
    local accept='application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
    assert_equal "$(ask get "$url" "$accept")" "$openmetrics"
    assert_equal "$(ask get "$url" 'text/plain;q=0.1, Application/OpenMetrics-Text; q=0.2')" "$openmetrics"
    [[ $(ask get "$url" 'application/openmetrics-text;q=0.1,text/plain') == '200 text/plain;'* ]]
    [[ $(ask get "$url" 'application/openmetrics-text;q=0') == '200 text/plain;'* ]]
    assert_equal "$(ask get "${url%metrics}" || true)" '404 text/plain; charset=utf-8
the metrics are at /metrics'
    printf 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc' |
        nc -w 5 127.0.0.1 "$port" >answer
    grep -q '^HTTP/1.1 405 ' answer
    stop
    assert_success
    assert_equal "$(cat err)" ''
}

@test "hostile requests harm nobody: an endless header, a client that stops, rubbish" {
    start --no-self
    { ag a c count 3 && end; } >&5
    must_show 'a_total 3'
    run_program python3 - "$port" <<'PYTHON'
import socket, sys
for request in (b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 1000000, b"\xff rubbish\r\n\r\n",
                b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100000):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    try:
        s.sendall(request)
        print((s.recv(300).split() + [b"closed", b"closed"])[1].decode())
    except ConnectionError:
        print("closed")
PYTHON
    assert_output --regexp '^(4..|closed)
(4..|closed)
(4..|closed)$'
    exec 6<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /met' >&6
    { ag a c count 3 1700000020 && end 1700000020; } >&5
    must_show 'a_total 6'
    exec 6>&-
    stop
    assert_success
}

@test "gauges and percentiles go after --ttl, totals stay" {
    start --ttl 3s --no-self
    { ag g g value 1 && ag s s count 1 && ag c c count 1 && timer t 1 5 && ag t ms upper_90 5 && end; } >&5
    must_show 't{quantile="0.9"} 5'
    wait_until gauges_are_gone
    assert_equal "$(ask get "$url" | grep -v '^#' | tail -n +2)" 'c_total 1
t_sum 5
t_count 1'
    stop
}

gauges_are_gone() {
    ! ask get "$url" | grep -qE '^(g|s_unique) |quantile'
}

@test "at --max-series the total that has been idle longest goes; one in use never does" {
    start --max-series 2
    { ag a c count 1 && ag b c count 1 && end; } >&5
    interval 1700000020 >&5 <<<$'a c count 1\nc c count 5\nd c count 1\nb c count 0'
    must_show 'c_total 5'
    must_show 'a_total 2'
    must_show 'statsd_prometheus_forgotten_series_total 1'
    run_program ask get "$url"
    refute_line --partial 'b_total'
    refute_line --partial 'd_total'
    stop
    grep -qF "stdin: no room for 'd': --max-series is reached, and all are in use" err
}

@test "an address that is taken, or that is none, ends the program" {
    start
    run_program statsd-prometheus --listen "$port" </dev/null
    assert_failure 1
    assert_stderr "statsd-prometheus: bind tcp 127.0.0.1:$port: Address already in use"
    stop
    run_program statsd-prometheus --listen nowhere:x </dev/null
    assert_usage_error \
        "statsd-prometheus: --listen: bad address 'nowhere:x': expected PORT, :PORT, ADDRESS:PORT, [IPV6]:PORT or fd:N"
}

@test "all interfaces are those of IPv4 and IPv6" {
    mkfifo in
    exec 5<>in
    start_ready statsd-prometheus --listen :0 <in 5>&-
    [[ $ready == 'tcp 0.0.0.0:'* ]]
    [[ $(ask get "http://127.0.0.1:$port/metrics") == 200* ]]
    [[ $ready != *'tcp [::]:'* || $(ask get "http://[::1]:$port/metrics") == 200* ]]
    stop
}

# --- the text file --------------------------------------------------------------------------------

@test "--textfile is replaced as a whole at each interval, and has no times" {
    mkfifo in
    exec 5<>in
    start_ready statsd-prometheus --textfile x.prom --no-self <in 2>err 5>&-
    assert_equal "$ready" ''
    { ag a c count 3 && end; } >&5
    wait_for_file_line x.prom '^a_total 3$'
    exec 6<x.prom
    { ag a c count 4 1700000020 && end 1700000020; } >&5
    wait_for_file_line x.prom '^a_total 7$'
    # Who has the old one open reads the old one.
    assert_equal "$(tail -n 1 <&6)" 'a_total 3'
    stop
    assert_success
    [[ ! -e x.prom.new ]]
}

@test "a text file that cannot be written is said, and the exit status is 1" {
    run_program statsd-prometheus --textfile none/x.prom < <(ag a c count 3 && end)
    assert_failure 1
    assert_stderr 'statsd-prometheus: write none/x.prom.new: No such file or directory'
}

# --- the state ------------------------------------------------------------------------------------

@test "a text file that is no file is left alone, and a link is followed" {
    mkfifo pipe
    mkdir real
    ln -s real/metrics.prom link
    run_program statsd-prometheus --textfile pipe < <(ag a c count 3 && end)
    assert_failure 1
    assert_stderr 'statsd-prometheus: pipe: expected a file or nothing, not a device, pipe or socket'
    [[ -p pipe ]] || fail 'the pipe has been replaced'
    for _ in 1 2; do
        run_program statsd-prometheus --textfile link < <(ag a c count 3 && end)
        assert_success
        [[ -L link && -f real/metrics.prom ]] || fail 'the link has been replaced'
    done
}

@test "--state keeps totals and bins over a restart, whatever their names are" {
    {
        ag 'a;k=v' c count 0.1
        timer 't\\t;x=y' 3 0.1
        ag 'h;z=1' ms count 3
        ag 'h;z=1' ms mean 7
        ag 'h;le=10;z=1' ms histogram 2
        ag 'h;le=+Inf;z=1' ms histogram 3
        ag g g value 5
        end
    } >rows
    statsd-prometheus --listen 0 --state state <rows
    cat >expected <<'END'
a;k=v	c	count	0.1	1700000010
t\\t;x=y	ms	count	3	1700000010
t\\t;x=y	ms	sum	0.30000000000000004	1700000010
h;z=1	ms	count	3	1700000010
h;z=1	ms	sum	21	1700000010
h;z=1;le=10	ms	histogram	2	1700000010
h;z=1;le=+Inf	ms	histogram	3	1700000010
statsd	own	numStats	3	1700000010
END
    assert_file state expected
    sed 's/1700000010$/1700000020/' rows >later
    statsd-prometheus -n --no-self --state state later | grep -v '^#' >lines
    cat >expected <<'END'
a_total{k="v"} 0.2 1700000020
t_t_sum{x="y"} 0.6000000000000001 1700000020
t_t_count{x="y"} 6 1700000020
h_bucket{z="1",le="10.0"} 4 1700000020
h_bucket{z="1",le="+Inf"} 6 1700000020
h_sum{z="1"} 42 1700000020
h_count{z="1"} 6 1700000020
g 5 1700000020
END
    assert_file lines expected
    statsd-prometheus --listen 0 --state state <later
    cut -f 4 state >totals
    assert_equal "$(paste -sd ' ' totals)" '0.2 6 0.6000000000000001 6 42 4 6 3'
}

@test "what is shown has been saved: after a crash no total has fallen" {
    start --state state
    { ag a c count 3 && end; } >&5
    must_show 'a_total 3'
    kill -KILL "$background_pid"
    wait "$background_pid" || true
    exec 5>&-
    start --state state
    must_show 'a_total 3'
    stop
}

@test "a timer that was refused for want of bins is in no state, and takes no bins from others" {
    bins() {
        timer 'h;k=1' 2 3 "$1"
        ag 'h;k=1;le=5' ms histogram 1 "$1"
        ag 'h;k=1;le=+Inf' ms histogram 2 "$1"
    }
    { bins 1700000010 && timer 'h;k=2' 1 1 && end && bins 1700000020 && end 1700000020; } |
        statsd-prometheus --listen 0 --no-self --state state
    assert_equal "$(cut -f 1 state | sort -u | paste -sd ' ')" 'h;k=1 h;k=1;le=+Inf h;k=1;le=5 statsd'
    start --no-self --state state
    must_show 'h_bucket{k="1",le="5.0"} 2'
    stop
}

@test "the order of the last use survives a restart: the oldest still goes first" {
    { ag a c count 1 && ag b c count 1 && end && ag a c count 1 1700000020 && end 1700000020; } |
        statsd-prometheus --listen 0 --state state
    { ag c c count 1 1700000030 && end 1700000030; } | statsd-prometheus --listen 0 --state state --max-series 2
    assert_equal "$(cut -f 1 state | paste -sd ' ')" 'a c statsd'
}

@test "a damaged state ends the program; so does one in use" {
    local advice='repair it, or remove it to begin with new totals' name=statsd-prometheus
    ag a c count 3 >state
    run_program statsd-prometheus --listen 0 --state state </dev/null
    assert_failure 1
    assert_stderr "statsd-prometheus: state: the file is truncated: its last row is not numStats: $advice"
    { echo rubbish && end; } >state
    run_program statsd-prometheus --listen 0 --state state </dev/null
    assert_failure 1
    assert_stderr "$name: state:1: bad aggregate 'rubbish': expected five columns separated by TABs: $advice"
    { ag a c count x && end; } >state
    run_program statsd-prometheus --listen 0 --state state </dev/null
    assert_failure 1
    assert_stderr "$name: state:1: bad value 'x': expected a number: $advice"
    { rec a c 3 && end; } >state
    run_program statsd-prometheus --listen 0 --state state </dev/null
    assert_failure 1
    assert_stderr --partial "1700000000.000': this looks like a record, not a total: $advice"
    rm state
    start --state state
    run_program statsd-prometheus --listen 0 --state state </dev/null
    assert_failure 1
    assert_stderr "$name: state: in use by process $background_pid: each $name needs a file of its own"
    stop
}

@test "a state that cannot be written is said, and the exit status is 1" {
    run_program statsd-prometheus --listen 0 --state none/state < <(ag a c count 3 && end)
    assert_failure 1
    assert_stderr 'statsd-prometheus: lock none/state.lock: No such file or directory
statsd-prometheus: open none/state.new: No such file or directory'
}

@test "on a full disk the old text file and the old state stay, and are replaced when there is room" {
    for i in 1 2 3; do { ag a c count 1 "170000000$i" && end "170000000$i"; } >"in.$i"; done
    # shellcheck disable=SC2016
    in_small_disk '
        mkfifo in; exec 5<>in
        statsd-prometheus --no-self --textfile d/x.prom --state d/totals.tsv <in 2>err 5>&- & pid=$!
        cat in.1 >&5
        wait_for "grep -q \"^a_total 1\" d/x.prom 2>/dev/null"
        cp d/totals.tsv totals.1
        head -c 65536 /dev/zero >d/filler 2>/dev/null || true
        cat in.2 >&5
        wait_for "grep -q \"x.prom.new: No space\" err"
        grep -q "^a_total 1$" d/x.prom
        cmp totals.1 d/totals.tsv
        rm d/filler
        cat in.3 >&5
        wait_for "grep -q \"^a_total 3\" d/x.prom"
        cut -f 4 d/totals.tsv | head -n 1 >totals
        exec 5>&-
        wait $pid || exit $?
        '
    assert_failure 1
    refute_output
    sort -u err >messages
    assert_file messages - <<'END'
statsd-prometheus: write d/totals.tsv.new: No space left on device
statsd-prometheus: write d/x.prom.new: No space left on device
END
    assert_equal "$(cat totals)" 3
}

# --- input ----------------------------------------------------------------------------------------

@test "bad lines are counted, kept by --rejects, and with --strict the end" {
    { echo bad && ag a c count x && ag a c count 1 && ag z q value 1; } >rows
    run_program statsd-prometheus -n -v --rejects rejects rows
    assert_success
    assert_stderr - <<'END'
statsd-prometheus: rows:1: bad aggregate 'bad': expected five columns separated by TABs
statsd-prometheus: rows:2: bad value 'x': expected a number
statsd-prometheus: rows:4: unknown type 'q': expected c, ms, g, s or own
statsd-prometheus: 4 lines, 1 series, 2 bad, 0 refused, 1 unknown, 0 forgotten
END
    (($(wc -l <rejects) == 2))
    run_program statsd-prometheus -n --strict rows
    assert_failure 1
    run_program statsd-prometheus -n --strict < <(ag a c count 1 && ag a g value 1 && ag b c count 1)
    assert_failure 1
}

@test "an interval without numStats ends after a second of silence" {
    mkfifo in
    exec 5<>in
    start_ready statsd-prometheus --textfile x.prom --no-self <in 5>&-
    ag a c count 3 >&5
    wait_for_file_line x.prom '^a_total 3$'
    stop
}

@test "USR1 prints the totals" {
    start
    { ag a c count 3 && end; } >&5
    must_show 'a_total 3'
    kill -USR1 "$background_pid"
    wait_for_file_line err '^statsd-prometheus: 2 lines, 1 series, 0 bad, 0 refused, 0 unknown, 0 forgotten$'
    stop
}

@test "a record, and an address that is none, are reported" {
    local looks='this looks like a record: is statsd-agg missing before statsd-prometheus?'
    statsd-parse --time 1 <<<'a:1|c' >record
    run_program statsd-prometheus -n record
    assert_success
    assert_stderr "statsd-prometheus: record:1: bad aggregate 'a\\tc\\t1\\t1\\t1.000': $looks"
    run_program statsd-prometheus --listen no.such.host.invalid:0 </dev/null
    assert_failure 1
    assert_stderr "statsd-prometheus: resolve 'no.such.host.invalid': Name or service not known"
}

@test "a descriptor that is no socket that listens is reported" {
    run_program /usr/bin/python3 - <<'PYTHON'
import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
with open("port", "w") as file:
    print(s.getsockname()[1], file=file)
os.dup2(s.fileno(), 7)
os.execvp("statsd-prometheus", ["statsd-prometheus", "--listen", "fd:7"])
PYTHON
    assert_failure 1
    assert_stderr "statsd-prometheus: udp 127.0.0.1:$(<port): expected a socket that listens"
}

@test "a second signal says what it left" {
    mkfifo in2
    exec 6<>in2
    start_background statsd-prometheus -n --drain 1h <in2 >out 2>err 6>&-
    { ag a c count 3 && ag b c count 3 && ag c c count 3 && end; } >&6
    interrupt_twice
    exec 6>&-
    assert_failure 1
    assert_equal "$(<err)" \
        'statsd-prometheus: ended by a second signal: the history of 3 series not written'
    start --state state --drain 1h
    { ag a c count 3 && end; } >&5
    interrupt_twice
    exec 5>&-
    assert_failure 1
    assert_equal "$(<err)" \
        'statsd-prometheus: ended by a second signal: totals since the state was saved not written'
}
