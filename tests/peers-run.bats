#!/usr/bin/env bats
# statsd-run in the place of the reference, which npm installs: its own test suite, its console beside
# ours, and clients of other languages. Needs ports 8125 and 31337, as that suite does.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup_file() {
    local tool
    export MODULES=$BATS_FILE_TMPDIR/node_modules SKIPPED='' NODE
    NODE=$(command -v node)
    for tool in node npm python3; do
        command -v "$tool" >/dev/null || SKIPPED="$tool is not installed"
    done
    [[ $SKIPPED ]] || install_modules || SKIPPED='npm cannot install statsd@0.9.0 here'
}

install_modules() {
    (cd "$BATS_FILE_TMPDIR" && echo '{}' >package.json &&
        timeout 120 npm install --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error \
            --fetch-retries=1 --fetch-retry-mintimeout=1000 statsd@0.9.0 nodeunit temp underscore hot-shots \
            >npm.log 2>&1 && [[ -f $MODULES/statsd/stats.js ]])
}

setup() {
    [[ ! $SKIPPED ]] || skip "$SKIPPED"
    cd "$BATS_TEST_TMPDIR" || return
}

# suite NAME [CASE…]: a file of the reference's tests, with a shim named node that starts ours.
suite() {
    mkdir shim
    printf '#!/bin/sh\n# a shim: what would be `node stats.js CONFIG`\nexec statsd-run -q "$2"\n' >shim/node
    chmod +x shim/node
    cd "$MODULES/statsd" || return
    PATH=$BATS_TEST_TMPDIR/shim:$PATH run --separate-stderr -- timeout -k 5 300 "$NODE" --no-deprecation -e '
        require("nodeunit").reporters.minimal.run(["test/" + process.argv[1] + ".js"], null,
            (failure) => process.exit(failure ? 1 : 0))' "$1"
}

# A heavy one, which only make check-peers runs.
heavy() {
    [[ ${PEERS_ROUNDS:-1} -gt 1 ]] || skip 'make check-peers runs it'
}

passes() {
    suite "$1"
    assert_success
    assert_output --partial 'OK: '
}

@test "the reference's suite: graphite_tests_filters" {
    heavy
    passes graphite_tests_filters
}

@test "the reference's suite: graphite_tests_statsprefix" {
    heavy
    passes graphite_tests_statsprefix
}

@test "the reference's suite: graphite_tests_statssuffix" {
    heavy
    passes graphite_tests_statssuffix
}

@test "the reference's suite: graphite_delete_counters_tests" {
    heavy
    passes graphite_delete_counters_tests
}

@test "the reference's suite: graphite_legacy_tests" {
    heavy
    passes graphite_legacy_tests
}

@test "the reference's suite: graphite_legacy_tests_statsprefix" {
    heavy
    passes graphite_legacy_tests_statsprefix
}

# Two assertions want tags in the order in which they were sent; ours are sorted.
@test "the reference's suite: graphite_tests, but for tags that are not sorted" {
    heavy
    suite graphite_tests
    assert_equal "$(grep -c 'AssertionError\|^Error' <<<"$output")" 2
    assert_equal "$(grep -c "Did not map 'foo+bar.*tag3" <<<"$output")" 2
    refute_line --partial 'Undone tests'
}

ask() {
    python3 -c '
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.settimeout(0.5)
for line in sys.argv[2:]:
    s.sendall((line + "\n").encode())
    data = b""
    while True:
        try: part = s.recv(65536)
        except socket.timeout: break
        if not part: break
        data += part
    sys.stdout.buffer.write(b"> " + line.encode() + b"\n" + data)' "$@"
}

# Objects on one line, without what our own counts and lags are, and without the reference's spacing.
plain() {
    tr '\n' ' ' | sed -E 's/> /\n> /g' | sed -E "s/'?statsd\.[a-z_]+'?: [-0-9.]+,? ?//g; s/[ ']+//g; s/,\}/}/g"
}

# is_bound PORT: a UDP socket has the port.
is_bound() {
    grep -q "$(printf ':%04X ' "$1")" /proc/net/udp
}

# has_gauge CONSOLE NAME: the server behind the console knows it.
has_gauge() {
    ask "$1" gauges | plain | grep -q "[{,]$2:"
}

@test "the console answers as the reference's does" {
    local i theirs_port theirs_console ours_port ours_console
    read -r theirs_port theirs_console ours_port ours_console < <(python3 -c '
import socket
sockets = [socket.socket(socket.AF_INET, t) for t in [socket.SOCK_DGRAM, socket.SOCK_STREAM] * 2]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])')
    for i in theirs ours; do
        local port_name=${i}_port console_name=${i}_console
        echo "{ port: ${!port_name}, address: '127.0.0.1', mgmt_port: ${!console_name}, mgmt_address: '127.0.0.1',
            flushInterval: 1000000, backends: [], graphite: { legacyNamespace: false },
            percentThreshold: [50, 90] }" >$i.js
    done
    start_background "$NODE" --no-deprecation "$MODULES/statsd/stats.js" theirs.js >theirs.log 2>&1
    wait_for_file_line theirs.log 'server is up'
    start_background statsd-run ours.js >ours.log 2>&1
    wait_for_file_line ours.log 'server is up'
    for i in theirs ours; do
        local port_name=${i}_port console_name=${i}_console
        port=${!port_name}
        wait_until is_bound "$port" # the reference is up before it is
        send_udp "$port" 'a.b:2|c\na.b:1|c\na.c:5|c|@0.5\nz:1|c\nt:3|ms\nt:4.5|ms\ng:7|g\ng:-2|g\nh:1.5|g'
        wait_until has_gauge "${!console_name}" h
        ask "${!console_name}" help counters timers gauges health 'health down' health \
            'delcounters a.* nothing' counters 'deltimers t' timers 'delgauges g none.*' gauges nonsense >$i.raw
        plain <$i.raw | grep -v '^>help' >$i.plain
    done
    assert_file ours.plain theirs.plain
    for i in theirs ours; do
        local console_name=${i}_console
        ask "${!console_name}" config | grep -vE '_?port|gaugesMaxTTL|deleteIdleStats' >$i.config
    done
    assert_file ours.config theirs.config
    grep -q '^Commands: stats, counters, timers, gauges,' ours.raw
}

# --- clients --------------------------------------------------------------------------------------

start_ours() {
    echo "{ port: 0, address: '127.0.0.1', mgmt_port: 0, flushInterval: 1000000, noSelf: true,
        backends: ['console'] }" >ours.js
    start_ready statsd-run ours.js >out 2>err
}

end_ours() {
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
}

@test "hot-shots, a client of node: every metric arrives" {
    start_ours
    (cd "$MODULES" && "$NODE" -e '
        const StatsD = require("hot-shots");
        const client = new StatsD({ port: +process.argv[1], host: "127.0.0.1", maxBufferSize: 1000 });
        for (let i = 0; i < 1000; i++) client.increment("node.counter");
        client.timing("node.timer", 42); client.gauge("node.gauge", 7); client.set("node.set", "a");
        client.set("node.set", "b"); client.histogram("node.histogram", 5, { tag: "x" });
        client.close();' "$port")
    end_ours
    run_shell 'cat out'
    assert_line --regexp '^node\.counter +1000 '
    assert_line --regexp '^node\.timer +1 .* 42 '
    assert_line --regexp '^node\.gauge +7'
    assert_line --regexp '^node\.set +2'
    assert_line --regexp '^node\.histogram;tag=x +1 .* 5 '
}

@test "statsd, a client of Python: every metric arrives" {
    timeout 120 python3 -m pip install --quiet --target modules statsd >pip.log 2>&1 ||
        skip 'pip cannot install statsd here'
    start_ours
    PYTHONPATH=$PWD/modules python3 -c '
import statsd, sys
client = statsd.StatsClient("127.0.0.1", int(sys.argv[1]), prefix="python")
with client.pipeline() as pipe:
    for i in range(1000): pipe.incr("counter")
client.timing("timer", 42)
client.gauge("gauge", 9)
client.gauge("gauge", -2, delta=True)
client.set("set", "a")' "$port"
    end_ours
    run_shell 'cat out'
    assert_line --regexp '^python\.counter +1000 '
    assert_line --regexp '^python\.timer +1 .* 42 '
    assert_line --regexp '^python\.gauge +7'
    assert_line --regexp '^python\.set +1'
}

@test "a shell's netcat and perl's sockets: every metric arrives" {
    command -v nc >/dev/null && command -v perl >/dev/null || skip 'nc or perl is not installed'
    start_ours
    echo 'shell.counter:3|c' | nc -u -w1 127.0.0.1 "$port"
    perl -MIO::Socket::INET -e '
        my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]);
        $s->send("perl.counter:1|c") for 1 .. 100' "$port"
    end_ours
    run_shell 'cat out'
    assert_line --regexp '^shell\.counter +3 '
    assert_line --regexp '^perl\.counter +100 '
}
