#!/usr/bin/env bats
# statsd-run's console, by a TCP client, and what runs it as a service.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# start_console [KEY: VALUE, …]: an interval that no test sees the end of.
start_console() {
    echo "{ port: 0, address: '127.0.0.1', mgmt_port: 0, flushInterval: 1000000, backends: ['console'], $1 }" >config.js
    start_ready statsd-run config.js >out 2>err
    console=$(sed -n 's/^console .*://p' <<<"$ready")
}

# ask LINE…
ask() {
    run --separate-stderr -- python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.settimeout(20)
s.sendall("".join(line + "\n" for line in sys.argv[2:] + ["quit"]).encode())
while True:
    part = s.recv(65536)
    if not part: break
    sys.stdout.buffer.write(part)' "$console" "$@"
}

has_series() {
    ask "$1"
    [[ $output == *"$2"* ]]
}

# send TEXT LAST-TYPE LAST: sends it and waits until its last series is there.
send() {
    send_udp "$port" "$1"
    wait_until has_series "$2" "$3"
}

@test "the series of each family, as JavaScript, a series a line" {
    start_console 'noSelf: true'
    send "a.b:2|c\na.b:1|c\nit's:1|c\nt:3|ms\nt:4.5|ms\nu:1|ms\ng:7|g\ng:-2|g\ns:x|s\ns:it's|s\nlast:1|s" sets last
    ask counters
    assert_output "{
  'a.b': 3,
  'its': 1
}
END"
    ask timers
    assert_output "{
  't': [3, 4.5],
  'u': [1]
}
END"
    ask gauges
    assert_output "{
  'g': 5
}
END"
    ask sets
    assert_output "{
  's': ['x', 'it\\'s'],
  'last': ['1']
}
END"
}

@test "nothing is an empty object" {
    start_console 'noSelf: true'
    ask counters timers
    assert_output $'{}\nEND\n\n{}\nEND'
}

@test "node reads back what it prints, all of ten thousand series" {
    command -v node >/dev/null || skip 'node is not installed'
    start_console "noSelf: true, keyNameSanitize: false"
    awk 'BEGIN { for (i = 0; i < 10000; i++) printf "se\\ries '"'"'%d\"x:%d|c\n", i, i }' >lines
    python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
lines = open("lines").read().split("\n")
for i in range(0, len(lines), 20):
    s.sendto("\n".join(lines[i:i + 20]).encode(), ("127.0.0.1", int(sys.argv[1])))
    if i % 400 == 0: time.sleep(0.002)' "$port"
    send 'last:1|c' counters "'last'"
    ask counters
    sed '/^END$/,$d' <<<"$output" >object
    node -e '
        const object = eval("(" + require("fs").readFileSync("object") + ")");
        const names = Object.keys(object);
        if (names.length != 10001) throw names.length;
        for (let i = 0; i < 10000; i++) if (object["se\\ries '"'"'" + i + "\"x"] !== i) throw i;'
}

@test "delcounters and the others forget series and folders, and say which" {
    start_console 'noSelf: true'
    send 'a.b.c:1|c\na.b.d:1|c\na.bx:1|c\nz:1|c\nt:1|ms\nt:2|ms\ng:1|g\ns:1|s' sets "'s'"
    ask 'delcounters a.b.* nothing z' counters
    assert_output "deleted: a.b.c
deleted: a.b.d
metric nothing not found
deleted: z
END

{
  'a.bx': 1
}
END"
    ask 'deltimers t' 'delgauges g' 'delsets s' timers gauges sets
    assert_output $'deleted: t\nEND\n\ndeleted: g\nEND\n\ndeleted: s\nEND\n\n{}\nEND\n\n{}\nEND\n\n{}\nEND'
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    # What was deleted is not sent.
    assert_equal "$(grep -cE '^(a\.b\.|z|t|g|s) ' out)" 0
    assert_equal "$(grep -c '^a\.bx' out)" 1
}

@test "delcounters deletes the series of exactly that name, whatever is in it, or a folder" {
    start_console "noSelf: true, keyNameSanitize: false"
    send 'a*c:1|c\nabc:1|c\na?c:1|c\nf.*:1|c\nf.g:1|c\nf:1|c\nlast:1|s' sets last
    ask 'delcounters a*c a?c a* ?bc' counters
    assert_output "deleted: a*c
deleted: a?c
metric a* not found
metric ?bc not found
END

{
  'abc': 1,
  'f.*': 1,
  'f.g': 1,
  'f': 1
}
END"
    ask 'delcounters f.*' counters
    assert_output $'deleted: f.*\ndeleted: f.g\nEND\n\n{\n  \'abc\': 1,\n  \'f\': 1\n}\nEND'
}

@test "a line of more than 8192 bytes is no command, and the next one is" {
    start_console 'noSelf: true'
    ask "$(printf 'health %8185s' up)" "$(printf 'health %8186s' up)" "$(printf '%100000s' x)" health
    assert_output $'health: up\nERROR\nERROR\nhealth: up'
}

@test "without a free descriptor, the console rests, and takes the client when there is one" {
    local run server="{ server: './servers/udp', address: '127.0.0.1', port: 0 }"
    # Five sockets: a process that may open fewer files than it polls cannot poll.
    start_console "noSelf: true, servers: [$server, $server, $server, $server, $server]"
    run=$background_pid
    send 'first:1|c' counters "'first'" # every program runs
    take_descriptors "$run"
    python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"health\n")
print(s.recv(100).decode(), end="", flush=True)' "$console" >answer &
    wait_for_file_line err "^statsd-run: accept tcp 127\.0\.0\.1:$console: Too many open files: trying again$"
    wait_until_asleep "$run"
    send_udp "$port" 'a:1|c'
    give_descriptors "$run"
    wait_for_file_line answer '^health: up$'
    wait_until has_series counters "'a': 1"
}

@test "help, health, config, stats, and what it does not know" {
    start_console "noSelf: true, percentThreshold: [50, 90], graphite: { globalSuffix: 'x' }"
    ask help
    assert_output --partial 'Commands: stats, counters, timers, gauges, sets, delcounters, '
    ask health 'health DOWN' health 'health else' 'health up'
    assert_output $'health: up\nhealth: down\nhealth: down\nhealth: down\nhealth: up'
    ask 'health down'
    ask health
    assert_output 'health: down'
    ask config
    assert_line 'flushInterval: 1000000'
    assert_line 'percentThreshold > 1: 90'
    assert_line 'graphite > globalSuffix: x'
    ask stats
    assert_line --regexp '^uptime: [0-9]+$'
    assert_line --regexp '^messages\.records: [0-9]+$'
    assert_line END
    ask 'nonsense' ''
    assert_output $'ERROR\nERROR'
}

@test "config shows values inside others as JavaScript has them" {
    start_console "histogram: [{ metric: 'it\\\\s \\'it\\n', bins: [1, 2.5, 'inf'] }], debug: null, idle: undefined"
    ask config
    assert_line "histogram > 0: { 'metric': 'it\\\\s \\'it\\n', 'bins': [ 1, 2.5, 'inf' ] }"
    assert_line 'debug: null'
    assert_line 'idle: undefined'
}

@test "stats counts the bad lines since the start, and the seconds since the last packet" {
    start_console 'flushInterval: 200'
    ask stats
    assert_line 'messages.bad_lines_seen: 0'
    send_udp "$port" 'bad\nworse\n'
    wait_until has_series stats 'messages.bad_lines_seen: 2'
    # In another interval.
    local before
    before=$(wc -c <out)
    wait_until eval '(($(wc -c <out) > before))'
    send_udp "$port" 'bad\n'
    wait_until has_series stats 'messages.bad_lines_seen: 3'
    wait_until eval 'send_udp "$port" "good:1|c"; ask stats; grep -q "^messages.last_msg_seen: [01]$" <<<"$output"'
}

@test "healthStatus is what health begins with" {
    start_console "healthStatus: 'down'"
    ask health
    assert_output 'health: down'
}

@test "seventy clients at a time: those beyond 64 are closed, none holds up the pipeline" {
    start_console 'noSelf: true'
    start_background python3 -c '
import socket, sys, time
clients = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(70)]
open("open", "w").write("x\n")
time.sleep(100)' "$console"
    wait_for_file_line open x
    wait_for_file_line err 'statsd-run: console: a connection was closed: 64 are open'
    kill "$background_pid"
    send 'a:1|c' counters "'a'"
}

# --- as a service ---------------------------------------------------------------------------------

@test "systemd finds no fault with the units, and little that is exposed" {
    command -v systemd-analyze >/dev/null || skip 'systemd-analyze is not installed'
    sed "s,/usr/local/bin,$STATSD_BIN," "$ROOT/examples/statsd-run.service" >statsd-run.service
    cp "$ROOT/examples/statsd-run.socket" .
    run_shell 'systemd-analyze verify ./statsd-run.service ./statsd-run.socket 2>&1 | grep -a "^[^ ]*statsd-run"'
    refute_output
    systemd-analyze security --help 2>&1 | grep -q -- --offline || skip 'systemd-analyze security has no --offline'
    run_shell 'systemd-analyze security --offline=yes ./statsd-run.service'
    exposure=$(grep -oE 'exposure level for statsd-run.service: [0-9.]+' <<<"$output" | grep -oE '[0-9.]+$')
    [[ $exposure ]] && awk -v e="$exposure" 'BEGIN { exit !(e <= 2.0) }' || fail "exposed: $exposure"
}

@test "the service of s6 starts it and tells when it is ready" {
    mkdir bin
    printf '#!/bin/sh\n# a fake s6-setuidgid\nshift\nexec "$@"\n' >bin/s6-setuidgid
    chmod +x bin/s6-setuidgid
    echo "{ port: 0, address: '127.0.0.1', mgmt_port: 0, backends: [] }" >config.js
    sed "s,/etc/statsd,$PWD," "$ROOT/examples/s6/run" >run.sh
    PATH=$PWD/bin:$PATH start_shell 'exec sh run.sh 3>ready >out'
    wait_for_file_line ready '^console'
    assert_equal "$(<out)" 'server is up'
    assert_equal "$(<"$ROOT/examples/s6/notification-fd")" 3
}
