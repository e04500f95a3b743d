#!/usr/bin/env bats
# statsd-run: the pipeline as processes: started, killed, reloaded, ended, with sinks that hang and die.
# The sinks are fakes, named so: scripts in the place of statsd-influx and statsd-elastic.

# shellcheck disable=SC2154,SC2030,SC2031,SC2016 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    make_programs
}

teardown() {
    stop_background
}

# A folder with statsd-run, the programs that it starts, and fake sinks, which append what they get to
# influx.rows and elastic.rows.
make_programs() {
    mkdir bin
    cp "$STATSD_BIN/statsd-run" bin
    ln -s "$STATSD_BIN"/statsd-{recv,agg,carbon,table} bin
    fake influx 'exec cat >>influx.rows'
    fake elastic 'exec cat >>elastic.rows'
    : >influx.rows
    : >elastic.rows
}

# fake NAME SCRIPT
fake() {
    printf '#!/bin/sh\n# a fake sink\ncase "$*" in *--help*) exit 0 ;; esac\n%s\n' "$2" >"bin/.$1"
    chmod +x "bin/.$1"
    mv "bin/.$1" "bin/statsd-$1"
}

# config [KEY: VALUE, …]: a config with ports of its own. Later keys win.
config() {
    echo "{ port: 0, address: '127.0.0.1', mgmt_port: 0, flushInterval: 200, backends: ['influx'],
        influx: { url: 'u' }, $1 }" >.config.js
    mv .config.js config.js
}

# start_run [OPTION…]: sets $port and $console.
start_run() {
    start_ready bin/statsd-run "$@" config.js >out 2>err
    console=$(sed -n 's/^console .*://p' <<<"$ready")
    # statsd-agg is started with the first line of statsd-recv, or after a second.
    [[ $(<config.js) != *noSelf* ]] || send_udp "$port" 'first:1|c'
    wait_until process_of statsd-agg
}

# The process of a stage: not one that only checks its options.
process_of() {
    local pid
    for pid in $(pgrep -P "$background_pid" -x "$1"); do
        # While exec sets up a process, it has its name, but no command line yet.
        grep -qsz . "/proc/$pid/cmdline" && ! grep -qsz -e '^--help$' "/proc/$pid/cmdline" || continue
        echo "$pid"
        return
    done
    return 1
}

is_other() {
    local now
    now=$(process_of "$1") && [[ $now && $now != "$2" ]]
}

# None is left but those that the system's first process has to reap.
is_over() {
    ! ps -o stat= --sid "$background_pid" | grep -qv Z
}

# total SERIES FILE: what its counters sum up to.
total() {
    awk -F'\t' -v s="$1" '$1 == s && $3 == "count" { sum += $4 } END { print sum + 0 }' "$2"
}

has_total() {
    (($(total "$1" "$3") == $2))
}

# send N [SERIES [PAUSE]]: sends N counters of 1, as many as a socket's queue holds at a time, with
# pauses in between. When a third is sent, there is a file ./third.
send() {
    rm -f third
    python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
n = int(sys.argv[2])
for i in range(n):
    s.sendto((sys.argv[3] + ":1|c").encode(), ("127.0.0.1", int(sys.argv[1])))
    if i == n // 3: open("third", "w")
    if i % 50 == 49: time.sleep(float(sys.argv[4]))
' "$port" "$1" "${2:-n}" "${3:-0.002}"
}

# send_slowly N [SERIES]: the same in the background, a third of it before this returns. Sets $sender.
send_slowly() {
    rm -f third
    send "$1" "${2:-n}" 0.01 &
    sender=$!
    wait_until test -e third
}

# How often statsd-agg has said on USR1 that it has records.
count_reports() {
    grep -cE '^statsd-agg: [1-9][0-9]* records' err
}

# aggregator_has_records REPORTS: it has, and has said so once more than this.
aggregator_has_records() {
    kill -USR1 "$(process_of statsd-agg)" 2>/dev/null
    sleep 0.02
    (($(count_reports) > $1))
}

ask_console() {
    python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.settimeout(20)
s.sendall("".join(line + "\n" for line in sys.argv[2:] + ["quit"]).encode())
data = b""
while True:
    part = s.recv(65536)
    if not part: break
    data += part
sys.stdout.buffer.write(data)' "$console" "$@"
}

end_run() {
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
}

@test "server is up is all that stdout gets, once every socket is bound" {
    config ''
    start_run
    assert_equal "$(<out)" 'server is up'
    assert_equal "$(sed 's/:[0-9]*$//' <<<"$ready")" $'udp 127.0.0.1\nconsole 127.0.0.1'
    end_run
    assert_success
    assert_equal "$(<out)$(<err)" 'server is up'
}

@test "a port that is taken ends it before anything is started" {
    config ''
    start_run
    echo "{ port: $port, address: '127.0.0.1', mgmt_port: 0, backends: [] }" >other.js
    mkdir tmp
    run_shell "TMPDIR=$PWD/tmp bin/statsd-run other.js"
    assert_failure 1
    refute_output
    assert_equal "$(ls tmp)" ''
    assert_stderr "statsd-run: bind udp 127.0.0.1:$port: Address already in use"
}

@test "a backend whose program is not installed is an error before anything is started" {
    rm bin/statsd-influx
    config ''
    run_program env PATH=/nowhere bin/statsd-run config.js
    assert_failure 1
    refute_output
    assert_stderr 'statsd-run: run statsd-influx: No such file or directory'
}

@test "TERM at any moment delivers the last interval" {
    local i
    config 'flushInterval: 1000000'
    for i in 1 2 3 4; do
        : >influx.rows
        start_run
        send $((i * 40)) n 0
        kill -TERM "$background_pid"
        wait_exit "$background_pid"
        assert_success
        assert_equal "$(total n influx.rows)" $((i * 40))
        assert_equal "$(<err)" ''
    done
}

@test "TERM before the programs have begun ends it well" {
    config ''
    for pause in 0 0.005 0.02; do
        start_background bin/statsd-run config.js >out 2>err
        wait_for_file_line out 'server is up'
        sleep "$pause"
        kill -TERM "$background_pid"
        wait_exit "$background_pid"
        assert_success
    done
}

@test "its own folder is gone after the end" {
    mkdir tmp
    config ''
    TMPDIR=$PWD/tmp start_run
    [[ $(ls tmp) == statsd-run.* ]]
    end_run
    assert_equal "$(ls tmp)" ''
}

@test "each program killed under load comes back by itself, and what it lost is said" {
    local stage signal old
    config ''
    start_run
    send 100
    wait_until has_total n 100 influx.rows
    for stage in statsd-recv statsd-agg cat; do
        for signal in KILL SEGV; do
            send_slowly 600 load
            wait_until process_of "$stage"
            old=$(process_of "$stage")
            kill -"$signal" "$old"
            wait_until is_other "$stage" "$old" || fail "no other $stage"
            wait "$sender"
        done
    done
    send 50 last
    wait_until has_total last 50 influx.rows || fail 'the last are missing' "$(<err)"
    end_run
    assert_success
    # Lines stayed whole.
    run_shell "awk -F'\t' 'NF != 5' influx.rows"
    refute_output
    # With its sanitizers, a program that gets a SEGV exits with 1.
    died='(was killed by signal (9|11) .*|ended with status 1) and lost'
    assert_equal "$(grep -cE "statsd-recv $died what it had not passed on; starting" err)" 2
    assert_equal "$(grep -cE "statsd-agg $died at most [0-9]+ records; starting" err)" 2
    assert_equal "$(grep -cE "statsd-influx $died what it had not delivered; starting" err)" 2
}

@test "an aggregator that dies loses no more records than the message says" {
    local lost got old
    config 'noSelf: true, flushInterval: 1000000'
    start_run
    for i in 1 2 3; do
        send_slowly 1500
        wait_until process_of statsd-agg
        wait_until aggregator_has_records "$(count_reports)"
        old=$(process_of statsd-agg)
        kill -KILL "$old"
        wait_until is_other statsd-agg "$old"
        wait "$sender"
    done
    end_run
    assert_success
    lost=$(grep -oE 'at most [0-9]+ records' err | awk '{ sum += $3 } END { print sum }')
    got=$(total n influx.rows)
    ((got < 4500 && got + lost >= 4500)) || fail "got $got, lost $lost" "$(<err)"
}

# No process of the stage is left, not even a zombie.
has_gone() {
    ! pgrep -P "$background_pid" -x "$1" >/dev/null
}

@test "an aggregator that is killed at the end is started again for what it has not read" {
    local agg
    config 'noSelf: true, flushInterval: 1000000'
    start_run
    send 100 n 0
    wait_until has_counted 100
    agg=$(process_of statsd-agg)
    kill -STOP "$agg"
    send 50 n 0
    kill -TERM "$background_pid"
    wait_until has_gone statsd-recv
    kill -KILL "$agg"
    wait_exit "$background_pid"
    assert_failure 1
    # Of what was sent first, one line is that of the start.
    assert_equal "$(<err)" \
        'statsd-run: statsd-agg was killed by signal 9 (Killed) and lost at most 101 records; starting it again'
    assert_equal "$(total n influx.rows)" 50
}

@test "a sink that is killed at the end is started again for what it has not read" {
    fake influx '[ -e good ] || exec sleep 1000
        exec cat >>influx.rows'
    config 'noSelf: true'
    start_run
    send 20 n 0
    touch good
    kill -TERM "$background_pid"
    wait_until has_gone statsd-agg
    pkill -KILL -P "$background_pid" -x sleep
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(<err)" "statsd-run: statsd-influx was killed by signal 9 (Killed)\
 and lost what it had not delivered; starting it again"
    assert_equal "$(total n influx.rows)" 20
}

@test "what a sink leaves unread when it ends is reported" {
    fake influx 'while [ ! -e leave ]; do sleep 0.02; done; exit 3'
    config 'noSelf: true, flushInterval: 1000000'
    start_run
    send 20 n 0
    kill -TERM "$background_pid"
    wait_until has_gone statsd-agg
    touch leave
    wait_exit "$background_pid"
    assert_failure 1
    # The count and the rate of two series.
    assert_equal "$(<err)" 'statsd-run: statsd-influx ended with status 3
statsd-run: statsd-influx: 4 lines not delivered'
}

@test "a program that is killed while it checks its options is named" {
    config ''
    start_run
    printf '#!/bin/sh\n# a fake sink\nkill -KILL $$\n' >bin/.influx
    chmod +x bin/.influx
    mv bin/.influx bin/statsd-influx
    kill -HUP "$background_pid"
    wait_for_file_line err 'not loaded'
    assert_equal "$(<err)" 'statsd-run: statsd-influx --help was killed by signal 9 (Killed)
statsd-run: config.js: not loaded: everything runs on as it was'
}

@test "a receiver that is stopped and killed loses no datagram that the queue can hold" {
    config 'noSelf: true'
    start_run
    send 10
    wait_until has_total n 10 influx.rows
    kill -STOP "$(process_of statsd-recv)"
    send 2000
    kill -KILL "$(process_of statsd-recv)"
    wait_until has_total n 2010 influx.rows || fail "only $(total n influx.rows)"
}

@test "a reload under load loses nothing: each part of the pipeline in turn" {
    local recv agg sink own='noSelf: true, flushInterval: 1000, automaticConfigReload: false'
    config "$own"
    start_run
    recv=$(process_of statsd-recv) agg=$(process_of statsd-agg) sink=$(process_of cat)
    send_slowly 5000
    config "$own, percentThreshold: [50]"
    kill -HUP "$background_pid"
    wait_until is_other statsd-agg "$agg"
    assert_equal "$(process_of statsd-recv) $(process_of cat)" "$recv $sink"
    agg=$(process_of statsd-agg)
    config "$own, percentThreshold: [50], tags: 'all'"
    kill -HUP "$background_pid"
    wait_until is_other statsd-recv "$recv"
    assert_equal "$(process_of statsd-agg) $(process_of cat)" "$agg $sink"
    config "$own, percentThreshold: [50], tags: 'all', influx: { url: 'u', gzip: true }"
    kill -HUP "$background_pid"
    wait_until is_other cat "$sink"
    assert_equal "$(process_of statsd-agg)" "$agg"
    wait "$sender"
    end_run
    assert_success
    assert_equal "$(total n influx.rows)" 5000
    # The interval that was open is one.
    assert_equal "$(cut -f1,3,5 influx.rows | sort | uniq -d)" ''
    assert_equal "$(grep -c 'statsd-run: config.js: loaded' err)" 3
}

@test "a file that changes is loaded by itself, unless automaticConfigReload is false" {
    local agg
    config ''
    start_run
    agg=$(process_of statsd-agg)
    config 'flushInterval: 300'
    wait_until is_other statsd-agg "$agg"
    agg=$(process_of statsd-agg)
    config 'automaticConfigReload: false'
    wait_until is_other statsd-agg "$agg"
    agg=$(process_of statsd-agg)
    config 'flushInterval: 400'
    # It looks at the file once in a second.
    sleep 1.5
    assert_equal "$(process_of statsd-agg) $(grep -c 'config.js: loaded' err)" "$agg 2"
}

@test "a broken file is reported and changes nothing" {
    local before
    config ''
    start_run
    before=$(pgrep -P "$background_pid")
    echo '{ port: ' >config.js
    kill -HUP "$background_pid"
    wait_for_file_line err 'not loaded'
    assert_equal "$(<err)" "statsd-run: config.js:2: found the end of the file: expected a value
statsd-run: config.js: not loaded: everything runs on as it was"
    config "percentThreshold: ['x']"
    kill -HUP "$background_pid"
    wait_for_file_line err "percentThreshold: found 'x': expected a number or a list of numbers"
    config "idle: 'nonsense'"
    kill -HUP "$background_pid"
    wait_for_file_line err 'statsd-agg: --idle: '
    assert_equal "$(pgrep -P "$background_pid")" "$before"
    send 10
    wait_until has_total n 10 influx.rows
}

@test "a reload opens new sockets, closes old ones, adds and removes sinks" {
    local first
    config ''
    start_run
    first=$port
    port=$(python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
    config "servers: [{address: '127.0.0.1', port: $port}], backends: ['influx', 'elastic'],
        elastic: { url: 'u' }"
    kill -HUP "$background_pid"
    wait_for_file_line err 'config.js: loaded'
    send 10 both
    wait_until has_total both 10 influx.rows
    wait_until has_total both 10 elastic.rows
    ! grep -q ":$(printf %04X "$first") " /proc/net/udp || fail 'the old socket is still there'
    config "servers: [{address: '127.0.0.1', port: $port}], backends: ['elastic'],
        elastic: { url: 'u' }"
    kill -HUP "$background_pid"
    wait_until eval '(($(grep -c "config.js: loaded" err) == 2))'
    send 10 one
    wait_until has_total one 10 elastic.rows
    assert_equal "$(total one influx.rows)" 0
    end_run
    assert_success
}

@test "a reload changes the receive buffer of sockets that stay" {
    config "rcvbuf: '64K'"
    start_run
    assert_equal "$(buffer)" rb131072
    config "rcvbuf: '32K'"
    kill -HUP "$background_pid"
    wait_for_file_line err 'loaded$'
    assert_equal "$(buffer)" rb65536
    end_run
    assert_success
}

# Linux doubles what it was asked for.
buffer() {
    ss -ulnm "sport = :$port" | grep -o 'rb[0-9]*'
}

@test "a sink that hangs does not hold up another, and what it loses is said in whole intervals" {
    fake influx 'head -c 1000 >influx.rows; sleep 1000'
    config "backends: ['influx', 'elastic'], elastic: { url: 'u' }, flushInterval: 100,
        influx: { url: 'u', drain: 1 }"
    start_run
    awk 'BEGIN { for (i = 0; i < 30000; i++) printf "some.long.series.of.this.test.%d:1|c\n", i }' >lines
    python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
lines = open("lines").read().split("\n")
for i in range(0, len(lines), 20):
    s.sendto("\n".join(lines[i:i + 20]).encode(), ("127.0.0.1", int(sys.argv[1])))
    if i % 400 == 0: time.sleep(0.001)' "$port"
    wait_for_file_line err \
        'statsd-influx does not read: [1-9][0-9]* intervals \([0-9]+ lines\) dropped: 16M wait for it'
    # The other has each series as often.
    send 1 after
    wait_until has_total after 1 elastic.rows
    kill -TERM "$background_pid"
    wait_for_file_line err 'statsd-influx has not ended within 2 s and is killed'
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(awk -F'\t' 'NF != 5' elastic.rows)" ''
}

@test "a sink that dies misses nothing of what comes meanwhile" {
    fake influx '[ -e good ] || exit 3
        exec cat >>influx.rows'
    config ''
    start_run
    send 20
    wait_for_file_line err \
        'statsd-influx ended with status 3 and lost what it had not delivered; starting it again in 0.4 s'
    send 20
    touch good
    wait_until has_total n 40 influx.rows
    end_run
    assert_success
}

# wrap NAME SCRIPT: puts a script in the place of statsd-NAME, which is $program in it.
wrap() {
    printf '#!/bin/sh\nprogram=%s\ncase "$*" in *--help*) exec "$program" "$@" ;; esac\n%s\n' \
        "$STATSD_BIN/statsd-$1" "$2" >"bin/.$1"
    chmod +x "bin/.$1"
    mv "bin/.$1" "bin/statsd-$1"
}

has_saved() {
    [[ -e $(echo tmp/statsd-run.*/saved) ]]
}

@test "the directory of a run that was killed is removed by the next one" {
    local first
    mkdir tmp
    export TMPDIR=$PWD/tmp
    config 'flushInterval: 1000000'
    start_run
    first=$(ls tmp)
    [[ $first == statsd-run.?????? ]] || fail "not one directory: $first"
    # statsd-agg locks it to make its socket there, and must not wait for that.
    wait_until flock -n "tmp/$first" true || fail 'the directory is locked'
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    assert_equal "$(ls tmp)" "$first"
    mkdir tmp/statsd-run.others && chmod 500 tmp/statsd-run.others
    start_run
    [[ ! -e tmp/$first ]] || fail 'the directory of the dead run is still there'
    end_run
    assert_success
    assert_equal "$(ls tmp)" ''
}

@test "a TMPDIR that is not there ends it" {
    config ''
    run_shell 'TMPDIR=/nowhere bin/statsd-run config.js'
    assert_failure 1
    assert_stderr_line 'statsd-run: make a folder in /nowhere: No such file or directory'
}

@test "TERM while the aggregator is replaced delivers the open interval" {
    mkdir tmp
    export TMPDIR=$PWD/tmp
    wrap agg '"$program" "$@"; code=$?; sleep 0.3; exit $code'
    config 'flushInterval: 1000000, automaticConfigReload: false'
    start_run
    send 100 n 0
    wait_until has_counted 100
    config 'flushInterval: 1000000, automaticConfigReload: false, percentThreshold: 50'
    kill -HUP "$background_pid"
    wait_until has_saved
    send 20 n 0
    end_run
    assert_success
    assert_equal "$(total n influx.rows)" 120
    assert_equal "$(<err)" 'statsd-run: config.js: loaded'
}

@test "an open interval that cannot be handed over is written as far as it is, and goes on as another part" {
    local agg folder own='flushInterval: 1000000, automaticConfigReload: false, noSelf: true'
    mkdir tmp
    export TMPDIR=$PWD/tmp
    config "$own"
    start_run
    send 100 n 0
    wait_until has_counted 100
    agg=$(process_of statsd-agg)
    folder=$(echo tmp/statsd-run.*)
    mkdir "$folder/saved.lock"
    config "$own, percentThreshold: 50"
    kill -HUP "$background_pid"
    wait_until has_total n 100 influx.rows
    wait_until is_other statsd-agg "$agg"
    rmdir "$folder/saved.lock"
    send 20 n 0
    end_run
    assert_success
    assert_equal "$(awk '$1 == "n" && $3 == "count" { print $4 }' influx.rows)" $'100\n20'
    assert_equal "$(<err)" "statsd-run: config.js: loaded
statsd-run: statsd-agg does not save its open interval: it is written as far as it is"
}

has_counted() {
    ask_console counters | grep -q "'n': $1\b"
}

@test "TERM while the receiver waits for its next start delivers what its sockets hold" {
    wrap recv 'if [ -e ill ]; then exit 3; fi; exec "$program" "$@"'
    config 'flushInterval: 1000000'
    start_run
    touch ill
    kill -KILL "$(process_of statsd-recv)"
    wait_until grep -q 'in 0.8 s' err
    rm ill
    send 50 n 0
    end_run
    assert_success
    assert_equal "$(total n influx.rows)" 50
}

@test "a receiver that gets its TERM before it can take it still reads what its sockets hold" {
    rm bin/statsd-recv
    printf '#!/bin/sh\n# a slow start\ncase "$*" in *--help*) exit 0 ;; esac\nsleep 0.2\nexec "%s" "$@"\n' \
        "$STATSD_BIN/statsd-recv" >bin/statsd-recv
    chmod +x bin/statsd-recv
    config 'flushInterval: 1000000, noSelf: true'
    start_ready bin/statsd-run config.js >out 2>err
    send 20
    end_run
    assert_success
    assert_equal "$(total n influx.rows)" 20
    assert_equal "$(<err)" ''
}

# Hundredths of a second of a processor.
ticks_of() {
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

count_err() {
    grep -cE "$1" err
}

@test "with fewer descriptors than it has, it goes on; a program is started when there are some again" {
    local run ticks
    config ''
    start_run
    send 10
    wait_until has_total n 10 influx.rows
    run=$background_pid
    ticks=$(ticks_of "$run")
    prlimit --pid "$run" --nofile=3:1024
    send 10
    wait_until has_total n 20 influx.rows
    kill -KILL "$(process_of statsd-agg)"
    wait_for_file_line err '^statsd-run: start statsd-agg: pipe: Too many open files; trying again in 0\.8 s$'
    ticks=$(($(ticks_of "$run") - ticks))
    give_descriptors "$run"
    send 10 after
    wait_until has_total after 10 influx.rows
    end_run
    assert_success
    assert_equal "$(count_err '^statsd-run: poll: Invalid argument: looking every 20 ms$')" 1
    assert_equal "$(count_err 'start statsd-agg: pipe: Too many open files; trying again in 0\.[1248] s$')" 4
    # The attempts took 0.7 seconds, in which it slept.
    ((ticks < 30)) || fail "it worked for $ticks hundredths"
}

@test "a parent that has left SIGCHLD ignored changes nothing" {
    config ''
    run_program python3 -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' bin/statsd-run --check config.js
    assert_success
    refute_stderr
}

@test "two TERMs end it at once" {
    local said
    fake influx 'trap "" TERM; sleep 1000'
    config ''
    start_run
    kill -TERM "$background_pid"
    sleep 1.1
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_failure 1
    said=$(sed -E 's/: [0-9]+ lines/: N lines/' err)
    assert_equal "$said" 'statsd-run: ended by a second signal
statsd-run: statsd-influx: N lines not delivered'
    wait_until is_over
}

@test "the service manager is told: ready, reloading, stopping" {
    config ''
    start_background python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
out = open("told", "w", buffering=1)
while True:
    out.write(s.recv(4096).decode())'
    wait_until test -S notify
    NOTIFY_SOCKET=$PWD/notify start_run
    wait_for_file_line told '^READY=1'
    assert_equal "$(<told)" $'READY=1\nSTATUS=1 socket, 1 sink'
    kill -HUP "$background_pid"
    wait_for_file_line told '^RELOADING=1'
    wait_for_file_line told '^MONOTONIC_USEC=[0-9]'
    wait_until eval '(($(grep -c READY=1 told) == 2))'
    end_run
    wait_for_file_line told '^STOPPING=1'
    # The programs tell nothing of their own.
    assert_equal "$(grep -c READY=1 told)" 2
}

@test "as the first process of a namespace it takes the orphans" {
    unshare --user --map-root-user --pid --fork --mount-proc true 2>/dev/null || skip 'no namespaces here'
    fake influx '(sh -c "exec >orphan; sleep 0.05; echo gone" & ) ; exec cat >>influx.rows'
    config ''
    start_background unshare --user --map-root-user --pid --fork --mount-proc --kill-child=TERM \
        bin/statsd-run config.js --ready-fd 9 9>ready >out 2>err
    wait_for_file_line ready console
    port=$(sed -n 's/^udp .*://p' ready)
    send 10
    wait_until has_total n 10 influx.rows
    run=$(pgrep -P "$background_pid" -x statsd-run)
    wait_for_file_line orphan gone
    wait_until eval '! ps -o stat= --ppid "$run" | grep Z' || fail 'a zombie is left'
    kill -TERM "$run"
    wait_exit "$background_pid"
    assert_success
}

@test "sockets that systemd has opened are used in the place of the config's" {
    config ''
    start_background python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
open("port", "w").write(str(s.getsockname()[1]) + "\n")
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ["LISTEN_FDS"] = "1"
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv("bin/statsd-run", ["statsd-run", "config.js"])' >out 2>err
    wait_for_file_line out 'server is up'
    port=$(<port)
    send 30
    wait_until has_total n 30 influx.rows
    kill -HUP "$background_pid"
    wait_for_file_line err 'config.js: loaded'
    send 30
    wait_until has_total n 60 influx.rows
    end_run
    assert_success
}

@test "USR1 shows each program, and reaches them" {
    config ''
    start_run
    send 5
    wait_until has_total n 5 influx.rows
    fake influx 'exec cat >>influx.rows'
    kill -USR1 "$(process_of statsd-agg)" "$background_pid"
    wait_for_file_line err '^statsd-run: statsd-agg: running, process [0-9]+, 0 bytes waiting'
    wait_for_file_line err '^statsd-recv: 5 packets'
    wait_for_file_line err '^statsd-agg: [0-9]+ records'
    end_run
    assert_success
}

@test "a state that the config names is used, and survives the run" {
    config "state: '$PWD/state', flushInterval: 1000000"
    start_run
    send 30
    end_run
    assert_success
    [[ -s state && ! -s influx.rows ]]
    config "state: '$PWD/state', flushInterval: 1000000"
    start_run
    send 12
    ask_console counters >answer
    end_run
    assert_equal "$(awk -F'\t' '$1 == "n" { sum += $3 } END { print sum }' state)" 42
}

# --- self-metrics ---------------------------------------------------------------------------------

@test "--self-metrics statsd: the reference's own figures from the start, and its lag" {
    # Reports come at whole multiples of the interval.
    start_ready statsd-recv --udp 127.0.0.1:0 --self-metrics statsd --self-interval 24h >records
    wait_for_file_line records bad_lines_seen
    send_udp "$port" 'a:1|c:2|c\nbad\n'
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_equal "$(cut -f1-3 records)" "$(tsv statsd.packets_received c 0)
$(tsv statsd.metrics_received c 0)
$(tsv statsd.bad_lines_seen c 0)
$(tsv a c 1)
$(tsv a c 2)
$(tsv statsd.packets_received c 1)
$(tsv statsd.metrics_received c 2)
$(tsv statsd.bad_lines_seen c 1)"
    start_live -i 0.2 --self-metrics statsd
    wait_until eval '(($(grep -c numStats out) >= 3))'
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$(cut -f1-3 out | sort -u)" "$(tsv statsd own numStats)
$(tsv statsd own processing_time)
$(tsv statsd.timestamp_lag g value)"
    # Its gauge comes from the second flush on, and counts.
    assert_equal "$(awk -F'\t' '$3 == "numStats" { print $4 }' out | head -3 | tr '\n' ' ')" '0 1 1 '
    # It is the difference of two flushes' times, in rounded seconds, less the interval.
    awk -F'\t' '$3 == "numStats" { was = int($5 + 0.5) }
        $1 ~ /lag/ { off = $4 - (int($5 + 0.5) - was - 0.2); if (off > 1e-6 || off < -1e-6) exit 1 }' out ||
        fail 'a wrong lag' "$(<out)"
}
