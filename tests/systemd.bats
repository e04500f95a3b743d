#!/usr/bin/env bats
# The services under a real systemd, which boots in namespaces of its own: the Debian package's, the
# examples', and those with Kafka. `make check-systemd` runs it.

# shellcheck disable=SC2154,SC2016 # the helper's variables; dpkg's

load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/systemd
load servers/kafka

setup_file() {
    local revision
    [[ ! $(systemd_lacks) ]] || return 0
    unset MAKEFLAGS MFLAGS MAKELEVEL BUILD SAN WERROR V CC CFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR
    systemd_unpack
    for revision in 1 2; do
        DEB_BUILD_OPTIONS=noopt make -s -j2 -C "$ROOT" deb BUILD="$BATS_FILE_TMPDIR/build" \
            DEB_REVISION="$revision" DEB="$SERVERS/root/root/$revision.deb" >"$BATS_FILE_TMPDIR/log" 2>&1
    done
    PATH=$PATH:/usr/sbin:/sbin ip link set lo up
    systemd_start
}

teardown_file() {
    systemd_stop
}

setup() {
    need_systemd
    cd "$BATS_TEST_TMPDIR" || return
    etc=$SERVERS/root/etc
    state=$SERVERS/root/var/lib/statsd
    units=(statsd-run.socket statsd-run.service statsd.service statsd-put.service statsd-aggregate.service)
    [[ -e $SERVERS/root/usr/bin/statsd-run ]] || install_package 1
}

# No test leaves a unit running, or anything in the folder of the state.
teardown() {
    stop_load
    servers_stop_but_systemd
    if [[ -e $SERVERS/first ]]; then
        into systemctl stop "${units[@]}" >/dev/null 2>&1 || true
        into systemctl reset-failed
        rm -rf "${state:?}" "$SERVERS/root/var/lib/private/statsd" "$etc"/systemd/system/statsd*
        into systemctl daemon-reload
    fi
    stop_background
}

servers_stop_but_systemd() {
    [[ ! -e $SERVERS/kafka.pid ]] || server_kill kafka
}

install_package() {
    booted dpkg -i --force-confold "/root/$1.deb"
    assert_success
}

# config TEXT: the service's config. A sink of the tests gets the graphs.
config() {
    mkdir -p "$etc/statsd"
    echo "{ address: '127.0.0.1', flushInterval: 100, graphiteHost: '127.0.0.1', graphitePort: $sink_port, $1 }" \
        >"$etc/statsd/config.new"
    mv "$etc/statsd/config.new" "$etc/statsd/config.js"
}

start_sink() {
    start_tcp_sink "$PWD/sink"
    sink_port=$port
}

# is_active UNIT
is_active() {
    into systemctl is-active -q "$1"
}

# is_property UNIT NAME VALUE
is_property() {
    [[ $(property "$1" "$2") == "$3" ]]
}

property() {
    into systemctl show -P "$2" "$1"
}

# act VERB [UNIT]: systemctl does it, and it works.
# More than five starts within ten seconds are too many for systemd.
forget_starts() {
    into systemctl reset-failed
}

# journal_has UNIT REGEX
journal_has() {
    journal "$1" | grep -qE -- "$2"
}

# processes UNIT: prints their numbers.
processes() {
    into cat "/sys/fs/cgroup/system.slice/$1.service/cgroup.procs" | xargs
}

# runs_with OPTION: statsd-agg has it.
runs_with() {
    into systemctl status --no-pager -l statsd-run | grep -q -- "statsd-agg.*--$1"
}

act() {
    into systemctl "$@" >systemctl.out 2>&1 ||
        fail "systemctl $*" "$(<systemctl.out)" "$(into systemctl status --no-pager -n 30 "${2:-}")"
}

# total_at_sink SERIES: what its counter has come to. A time's last line counts, as in Graphite.
total_at_sink() {
    awk -v path="$1" '$1 == path { value[$3] = $2 }
        END { for (time in value) total += value[time]; print total + 0 }' sink
}

has_at_sink() {
    (($(total_at_sink "$1") == $2))
}

# start_load SERIES: sends counters of 1 to port 8125, a thousand a second, until stop_load, which sets $sent.
start_load() {
    rm -f load.over load.sent
    python3 -c '
import os, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line, sent, refused = (sys.argv[1] + ":1|c").encode(), 0, 0
s.connect(("127.0.0.1", 8125))
while not os.path.exists("load.over"):
    for i in range(10):
        try:
            s.send(line)
            sent += 1
        except ConnectionRefusedError:
            refused += 1
    time.sleep(0.01)
with open("load.new", "w") as file:
    print(sent, refused, file=file)
os.rename("load.new", "load.sent")' "$1" 3>&- &
    load=$!
}

stop_load() {
    [[ ${load:-} ]] || return 0
    touch load.over
    wait "$load" || true
    load=
    read -r sent refused <load.sent
}

# --- the package ----------------------------------------------------------------------------------

@test "the package is installed, and its service neither runs nor starts by itself" {
    booted dpkg-query -W -f '${Status}' statsd-utils
    assert_output 'install ok installed'
    assert_equal "$(into systemctl is-enabled statsd-run statsd-run.socket | xargs)" 'disabled disabled'
    assert_equal "$(into systemctl is-active statsd-run statsd-run.socket | xargs)" 'inactive inactive'
    assert_equal "$(into systemctl --failed --no-legend)" ''
}

@test "it starts, says so, sends what it gets, and stops with its last interval" {
    start_sink
    config ''
    act start statsd-run
    booted systemctl status --no-pager statsd-run
    assert_line --regexp 'Active: active \(running\)'
    assert_line --regexp 'Status: "1 socket, 1 sink"'
    assert_equal "$(journal statsd-run | tail -n 1)" 'server is up'
    send_udp 8125 'first:1|c'
    wait_for_file_line sink '^stats_counts\.first 1 '
    send_udp 8125 'last:1|c'
    act stop statsd-run
    wait_for_file_line sink '^stats_counts\.last 1 '
    is_property statsd-run Result success
    assert_equal "$(into systemctl --failed --no-legend)" ''
}

@test "its processes are the user statsd's, without any capability, and can write nothing but its state" {
    local main place
    start_sink
    config "state: '/var/lib/statsd/state'"
    act start statsd-run
    main=$(property statsd-run MainPID)
    booted sh -c "grep -hE '^(NoNewPrivs|Seccomp|Cap...):' \$(printf '/proc/%s/status ' $(processes statsd-run)) |
        sort | uniq -c | tr -s ' \t' ' '"
    assert_output " 4 CapAmb: 0000000000000000
 4 CapBnd: 0000000000000000
 4 CapEff: 0000000000000000
 4 CapInh: 0000000000000000
 4 CapPrm: 0000000000000000
 4 NoNewPrivs: 1
 4 Seccomp: 2"
    booted sh -c "stat -c %U /proc/$main /var/lib/statsd | uniq"
    assert_output statsd
    for place in /etc/x /usr/x /var/x /proc/sys/kernel/x; do
        booted nsenter --target "$main" --mount sh -c "echo >$place"
        assert_failure
    done
    booted nsenter --target "$main" --mount sh -c 'echo >/var/lib/statsd/x && echo >/run/statsd/x && ls /home'
    assert_success
}

@test "thirty restarts, reloads and stops under load, with the socket unit and a state file, lose nothing" {
    local i
    start_sink
    config "state: '/var/lib/statsd/state'"
    act start statsd-run.socket
    start_load load
    wait_until is_active statsd-run || fail 'the load does not start the service'
    for i in {1..30}; do
        case $((i % 3)) in
        0) act restart statsd-run ;;
        1)
            config "state: '/var/lib/statsd/state', percentThreshold: [$i]"
            act reload statsd-run
            wait_until runs_with "percentiles $i" || fail "reload $i changes nothing" "$(journal statsd-run | tail)"
            ;;
        2)
            act stop statsd-run
            wait_until is_active statsd-run || fail "after stop $i, the load does not start the service"
            ;;
        esac
        assert_equal "$(property statsd-run Result)" success
        forget_starts
    done
    stop_load
    wait_until has_at_sink stats_counts.load "$sent" || fail "$(total_at_sink stats_counts.load) of $sent"
    act stop statsd-run.socket statsd-run
    assert_equal "$(total_at_sink stats_counts.load) $refused" "$sent 0"
    assert_equal "$(into systemctl --failed --no-legend)" ''
    echo "# $sent datagrams" >&3
}

@test "without a state file, each of thirty stops sends the last interval, as often as it gets" {
    local i
    start_sink
    config "flushInterval: 10000"
    for i in {1..30}; do
        act start statsd-run
        send_udp 8125 "last.$i:1|c"
        act stop statsd-run
        wait_for_file_line sink "^stats_counts\.last\.$i 1 "
        assert_equal "$(property statsd-run Result)" success
        forget_starts
    done
}

@test "a config that is broken is in the journal, fails a start, and changes nothing of a service that runs" {
    local main
    start_sink
    config ''
    act start statsd-run
    main=$(property statsd-run MainPID)
    config 'port: nonsense'
    act reload statsd-run
    wait_until journal_has statsd-run 'not loaded: everything runs on as it was$'
    assert_equal "$(property statsd-run MainPID)" "$main"
    send_udp 8125 'still:1|c'
    wait_for_file_line sink '^stats_counts\.still 1 '
    booted systemctl restart statsd-run
    assert_failure 1
    wait_until journal_has statsd-run "^statsd-run: /etc/statsd/config.js:1: .*nonsense"
    config ''
    wait_until is_active statsd-run || fail 'it is not started again with a good config'
}

@test "a program that is killed is started again by statsd-run, and statsd-run by systemd" {
    local main
    start_sink
    config ''
    act start statsd-run
    main=$(property statsd-run MainPID)
    for program in statsd-recv statsd-agg statsd-carbon; do
        kill_inside "$program"
        wait_until journal_has statsd-run "^statsd-run: $program was killed by signal 9 .*starting it again"
    done
    wait_until is_received again
    assert_equal "$(property statsd-run MainPID)" "$main"
    kill_inside statsd-run
    wait_until is_property statsd-run NRestarts 1
    wait_until is_active statsd-run
    wait_until is_received back
}

# kill_inside PROGRAM: kills the service's process of this name.
kill_inside() {
    local pid
    for pid in $(processes statsd-run); do
        [[ $(into cat "/proc/$pid/comm") != "$1" ]] || into sh -c "kill -KILL $pid"
    done
}

is_received() {
    send_udp 8125 "$1:1|c" 2>/dev/null
    matches_file_line sink "^stats_counts\.$1 [1-9]"
}

@test "enabled, it sends its last interval when the machine is shut down, and starts with it" {
    start_sink
    config "flushInterval: 10000"
    act enable --now statsd-run
    send_udp 8125 'shut:1|c'
    systemd_shut_down
    wait_for_file_line sink '^stats_counts\.shut 1 '
    systemd_start
    assert_equal "$(into systemctl is-active statsd-run)" active
    send_udp 8125 'up:1|c'
    act disable --now statsd-run
    wait_for_file_line sink '^stats_counts\.up 1 '
}

@test "an upgrade starts it again with the interval sent, a removal stops it, and a purge leaves nothing" {
    local main
    start_sink
    config "flushInterval: 10000"
    act enable --now statsd-run
    main=$(property statsd-run MainPID)
    send_udp 8125 'old:1|c'
    install_package 2
    wait_for_file_line sink '^stats_counts\.old 1 '
    wait_until is_active statsd-run
    [[ $(property statsd-run MainPID) != "$main" ]]
    send_udp 8125 'new:1|c'
    booted dpkg -r statsd-utils
    assert_success
    wait_for_file_line sink '^stats_counts\.new 1 '
    assert_equal "$(into systemctl is-active statsd-run)" inactive
    booted sh -c 'cat /proc/[0-9]*/comm | grep statsd'
    refute_output
    [[ -d $state && -e $etc/statsd/config.js ]]
    booted dpkg -P statsd-utils
    assert_success
    assert_equal "$(property statsd-run LoadState)" not-found
    assert_equal "$(into systemctl --failed --no-legend)" ''
    run_shell "cd '$SERVERS/root' && find etc usr var run -name '*statsd*' ! -name '*.deb'"
    refute_output
}

# --- the examples ---------------------------------------------------------------------------------

# install_programs: as `make install` does, without the package.
install_programs() {
    booted dpkg -P statsd-utils
    mkdir -p "$SERVERS/root/usr/local/share/doc/statsd-utils"
    cp "$STATSD_BIN"/statsd-* "$SERVERS/root/usr/local/bin"
    cp -r "$ROOT/examples" "$SERVERS/root/usr/local/share/doc/statsd-utils"
}

# install_unit FILE: of the examples, with the servers of this test.
install_unit() {
    sed "s/graphite\.example\.com/127.0.0.1:${sink_port:-}/; s/kafka1,kafka2,kafka3/${brokers:-}/" "$ROOT/examples/$1" \
        >"$etc/systemd/system/${1##*/}"
    into systemctl daemon-reload
}

@test "examples/statsd-run.service: thirty restarts with a dynamic user and a state file lose nothing" {
    local i uid
    install_programs
    start_sink
    install_unit statsd-run.service
    config "state: '/var/lib/statsd/state'"
    act start statsd-run
    uid=$(into stat -c %u "/proc/$(property statsd-run MainPID)")
    ((uid >= 61184 && uid <= 65519)) || fail "its user, $uid, is not of systemd's dynamic ones"
    for i in {1..30}; do
        send_udp 8125 'restarts:1|c'
        act restart statsd-run
        assert_equal "$(property statsd-run Result)" success
        forget_starts
    done
    act reload statsd-run
    wait_until journal_has statsd-run 'config.js: loaded$'
    act stop statsd-run
    [[ $(tail -n 1 "$state/state") == statsd.closed* ]]
    act start statsd-run
    wait_until has_at_sink stats_counts.restarts 30 || fail "$(total_at_sink stats_counts.restarts)"
}

@test "examples/statsd.service: thirty restarts lose no record, and each is in the file of the day" {
    local i
    install_programs
    start_sink
    install_unit statsd.service
    sed -i 's/statsd-agg /&-i 1 /' "$etc/systemd/system/statsd.service"
    act daemon-reload
    act start statsd
    for i in {1..30}; do
        send_udp 8125 'restarts:1|c'
        act restart statsd
        [[ $(tail -n 1 "$state/state.tsv") == statsd.closed* ]]
        assert_equal "$(property statsd Result)" success
        forget_starts
    done
    wait_until has_at_sink stats.counters.restarts.count 30 || fail "$(total_at_sink stats.counters.restarts.count)"
    act stop statsd
    assert_equal "$(cat "$state"/20*.tsv | grep -c ^restarts)" 30
    assert_equal "$(property statsd Result)" success
}

@test "examples/kafka: twenty restarts of both services, and every record arrives once" {
    local i
    need_kafka
    install_programs
    booted dpkg-query -W librdkafka1
    assert_success
    start_sink
    kafka_start kafka
    kafka_pair metrics 2
    install_unit kafka/statsd-put.service
    install_unit kafka/statsd-aggregate.service
    mkdir -p "$etc/statsd"
    printf '%s\n' session.timeout.ms=2000 heartbeat.interval.ms=200 >"$etc/statsd/kafka.properties"
    sed -i 's/statsd-agg /&-i 1 /' "$etc/systemd/system/statsd-aggregate.service"
    act daemon-reload
    act start statsd-put statsd-aggregate
    for i in {1..20}; do
        send_udp 8125 'both:1|c'
        if ((i % 2)); then
            act restart statsd-put
        else
            act restart statsd-aggregate
        fi
        assert_equal "$(property statsd-put Result) $(property statsd-aggregate Result)" 'success success'
        forget_starts
    done
    PATIENCE=60 wait_until has_at_sink stats.counters.both.count 20 ||
        fail "$(total_at_sink stats.counters.both.count)" "$(journal statsd-put | tail)"
    act stop statsd-put statsd-aggregate
    assert_equal "$(into systemctl --failed --no-legend)" ''
}
