#!/usr/bin/env bats
# Delivery to real servers, each started by the test that needs it (tests/servers): Carbons that are
# killed, relays and proxies before them. SERVERS_ROUNDS=1 (`make check-servers` sets more) is how
# often what depends on chance is repeated.

# shellcheck disable=SC2154
load helper
load servers/server
for starter in "$BATS_TEST_DIRNAME"/servers/*-*.bash "$BATS_TEST_DIRNAME"/servers/{haproxy,stunnel}.bash; do
    # shellcheck disable=SC1090
    source "$starter"
done

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir got
    now=$(date +%s)
}

teardown() {
    servers_stop
    stop_background
}

# rows COUNT INTERVALS [NAME]: aggregates of the last INTERVALS seconds: in each COUNT gauges and
# numStats.
rows() {
    awk -v count="$1" -v intervals="$2" -v name="${3:-g}" -v now="$now" 'BEGIN {
        OFS = "\t"
        for (t = now - intervals; t < now; t++) {
            for (i = 0; i < count; i++)
                print name "." i, "g", "value", t % 1000 + i, t
            print "statsd", "own", "numStats", count, t
        }
    }'
}

# lines_of FILE [OPTION…]: the lines that its rows become, sorted, values as floats.
lines_of() {
    local file=$1
    shift
    statsd-carbon --dry-run --no-self "$@" <"$file" | awk '{ print $1, $2 ".0", $3 }' | LC_ALL=C sort
}

# has_all FILE COMMAND…: what the command prints, but for self-metrics, are the lines of FILE, each
# at least once.
has_all() {
    local file=$1
    shift
    "$@" | grep -v '^stats\.statsd\.' | LC_ALL=C sort -u >there
    cmp -s there "$file"
}

wait_all() {
    wait_until has_all "$@" || fail 'not there' "$(diff there "$1" | head -n 10)" "$(cat said)"
}

# The lines that the TCP peer has read, values as floats.
peer_lines() {
    find got -type f -exec awk '{ print $1, $2 ".0", $3 }' {} +
}

# is_unread PORT BYTES: at least so many bytes wait to be read in the connections of a server.
is_unread() {
    awk -v port="$(printf ':%04X$' "$1")" -v least="$2" '
        function value(text,   i, sum) {
            for (i = 1; i <= length(text); i++)
                sum = sum * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
            return sum
        }
        $2 ~ port && $4 != "0A" { split($5, queue, ":"); sum += value(queue[2]) }
        END { exit sum < least }' /proc/net/tcp
}

# --- carbon-cache ---------------------------------------------------------------------------------

@test "carbon-cache that goes away and comes back has every line" {
    need_server carbon-cache graphite-carbon
    carbon_cache_start carbon
    rows 100 60 >in
    lines_of in >expected
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self
    for i in 0 1 2; do
        tail -n +$((2020 * i + 1)) in | head -n 2020 >&8
        awk -v last=$((now - 41 + 20 * i)) '$3 <= last' expected >so_far
        wait_all so_far carbon_cache_lines carbon
        server_stop carbon
        carbon_cache_start carbon "$port"
    done
    end_input
    assert_success
    wait_all expected carbon_cache_lines carbon
}

@test "carbon-cache killed with 20,000 lines acknowledged and unread: all of them arrive at the next one" {
    need_server carbon-cache graphite-carbon
    carbon_cache_start carbon
    # Short lines: a kernel takes some 60 KB of a connection that nobody reads.
    local short=(--no-self --prefix '' --prefix-gauge '') bytes=0
    rows 2500 8 >in
    lines_of in "${short[@]}" >expected
    (($(wc -l <expected) == 20000))
    server_freeze carbon
    start_with_input statsd-carbon "127.0.0.1:$port" "${short[@]}"
    for i in {0..7}; do
        tail -n +$((2501 * i + 1)) in | head -n 2501 >interval
        bytes=$((bytes + $(statsd-carbon --dry-run "${short[@]}" <interval | wc -c)))
        cat interval >&8
        wait_until is_unread "$port" "$bytes" || fail "the kernel has not taken interval $i"
        # Asked: two intervals over one connection would be more than the kernel takes.
        wait_until has_questions "$port" $((i + 1)) || fail "interval $i was not asked for"
    done
    server_kill carbon
    wait_for_file_line said 'lines? waits?'
    carbon_cache_start carbon "$port"
    wait_all expected carbon_cache_lines carbon
    end_input
    assert_success
    assert_equal "$(grep -c 'lines wait' said)" 1
    assert_equal "$(grep -c 'is back' said)" 1
}

# --- relays and proxies ---------------------------------------------------------------------------

@test "carbon-c-relay before two carbon-caches: each has its part, together they have every line" {
    need_server carbon-cache graphite-carbon
    need_server carbon-c-relay carbon-c-relay
    carbon_cache_start one
    local one=$port
    carbon_cache_start two
    carbon_c_relay_start relay "$one" "$port"
    rows 100 60 >in
    lines_of in >expected
    run_program statsd-carbon --no-self "127.0.0.1:$port" <in
    assert_success
    refute_stderr
    both() {
        carbon_cache_lines one
        carbon_cache_lines two
    }
    wait_all expected both
    carbon_cache_lines one | grep -c . >one.count
    carbon_cache_lines two | grep -c . >two.count
    (($(<one.count) > 0 && $(<two.count) > 0))
    (($(<one.count) + $(<two.count) == 6060 - 60))
}

# before_peer STARTER SCRIPT…: a TCP peer behind a proxy. Sets $behind, the peer's port, and $port,
# the proxy's.
before_peer() {
    local starter=$1
    shift
    start_peer --dir got "$@"
    behind=$port
    "${starter}_start" proxy "$behind"
}

delivers_through() {
    # The first connection is only the starter's look whether the proxy listens.
    before_peer "$1" read
    rows 100 20 >in
    lines_of in >expected
    run_program statsd-carbon --no-self "127.0.0.1:$port" <in
    assert_success
    refute_stderr
    has_all expected peer_lines
}

# survives_a_death_behind STARTER COUNT INTERVALS OPTION…: a Carbon dies behind a proxy while lines
# are under way, before it was asked whether it has them: all lines go to the next Carbon. (A proxy
# answers a question that it has passed on, although the Carbon dies before it has answered.)
survives_a_death_behind() {
    before_peer "$1" read read=20000,stall
    local peer=$background_pid proxy=$port
    rows "$2" "$3" >in
    shift 3
    lines_of in >expected
    start_with_input statsd-carbon "127.0.0.1:$proxy" --no-self "$@"
    cat in >&8
    wait_event 'read 1'
    kill -KILL "$peer"
    wait_until is_gone "$peer"
    rm -r got
    mkdir got
    start_peer --port "$behind" --dir got read
    end_input
    assert_success
    wait_all expected peer_lines
    assert_equal "$(grep -c 'lines wait' said)" 1
}

# survives_an_absence_behind STARTER: lines come while there is no Carbon. The proxy takes them, and
# ends the connection in order.
survives_an_absence_behind() {
    behind=$(free_port)
    "$1_start" proxy "$behind"
    rows 100 3 >in
    lines_of in >expected
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --settle 3s --done-fd 7
    cat in >&8
    wait_for_file_line said '[a-z]+: [0-9]+ lines? waits?'
    [[ ! -s named ]]
    start_peer --port "$behind" --dir got read
    wait_for_file_line named "$((now - 1))"
    end_input
    assert_success
    wait_all expected peer_lines
    assert_equal "$(wc -l <said)" 2
}

@test "haproxy passes the question on" {
    need_server haproxy haproxy
    delivers_through haproxy
}

@test "a Carbon is killed behind haproxy: every line arrives at the next one" {
    need_server haproxy haproxy
    survives_a_death_behind haproxy 400000 1
}

@test "a Carbon is killed behind haproxy, --keep-open: every line of many intervals arrives at the next one" {
    need_server haproxy haproxy
    survives_a_death_behind haproxy 5000 20 --keep-open
}

@test "a Carbon is down behind haproxy, --settle: no line counts as delivered until it is up" {
    need_server haproxy haproxy
    survives_an_absence_behind haproxy
}

@test "stunnel passes the question on" {
    need_server stunnel stunnel4
    delivers_through stunnel
}

@test "a Carbon is killed behind stunnel, --keep-open: every line arrives at the next one" {
    need_server stunnel stunnel4
    survives_a_death_behind stunnel 5000 20 --keep-open
}

@test "a Carbon is down behind stunnel, --settle: no line counts as delivered until it is up" {
    need_server stunnel stunnel4
    survives_an_absence_behind stunnel
}

# --- VictoriaMetrics ------------------------------------------------------------------------------

@test "VictoriaMetrics has every line, and no other" {
    need_server victoria-metrics victoria-metrics
    victoria_metrics_start victoria
    rows 10000 20 >in
    lines_of in >expected
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self
    cat in >&8
    end_input
    assert_success
    wait_all expected victoria_metrics_lines
    no_line_but expected
}

# no_line_but FILE: the lines that VictoriaMetrics has are some of FILE.
no_line_but() {
    victoria_metrics_lines | LC_ALL=C sort -u >there
    LC_ALL=C comm -23 there "$1" >torn
    [[ ! -s torn ]] || fail 'values that were not sent' "$(head -5 torn)"
}

# is_left PORT: no connection of this server is open there.
is_left() {
    awk -v port="$(printf ':%04X$' "$1")" '$2 ~ port && ($4 == "01" || $4 == "08") { exit 1 }' /proc/net/tcp
}

# VictoriaMetrics takes half a line for a whole one, whether an orderly end or a reset follows it. So
# connections are left with most of their lines unwritten, because the server is frozen; the lines
# have short names, and the rounds differ in the length of the first one.
@test "VictoriaMetrics has no half line of sinks that end or are killed while it does not read" {
    need_server victoria-metrics victoria-metrics
    victoria_metrics_start victoria
    local name=g short=(--no-self --prefix '' --prefix-gauge '')
    rows 200000 1 | awk -v OFS='\t' '$2 == "g" { $4 = 100000000 + NR } { print }' >in
    lines_of in "${short[@]}" >sent
    for how in end kill end kill end kill; do
        name=${name}xxxxx
        tsv "$name" g value 1 $((now - 1)) >first
        lines_of first "${short[@]}" >>sent
        server_freeze victoria
        start_with_input statsd-carbon "127.0.0.1:$port" "${short[@]}" --drain 100ms
        cat first in >&8
        [[ $how == end ]] || { wait_until_asleep "$reader" && kill -KILL "$reader"; }
        end_input
        assert_failure
        server_thaw victoria
        wait_until is_left "$port"
    done
    LC_ALL=C sort -o sent sent
    no_line_but sent
    (($(wc -l <there) >= 1000))
}
