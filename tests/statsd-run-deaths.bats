#!/usr/bin/env bats
# statsd-run with a sink that dies at once whenever it is started. Ten starts take 26 s, nearly all of
# it asleep, so both cases run at the same time.
# The sinks are fakes, named so: scripts in the place of statsd-influx and statsd-elastic.

# shellcheck disable=SC2154 # status, background_pid and ready are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir bin
    cp "$STATSD_BIN/statsd-run" bin
    ln -s "$STATSD_BIN"/statsd-{recv,agg} bin
    fake influx 'exit 3'
    # A reader that is slow, but well.
    fake elastic 'exec python3 -uc "
import os, time
with open(\"elastic.rows\", \"wb\") as rows:
    while data := os.read(0, 1 << 16):
        rows.write(data)
        rows.flush()
        time.sleep(0.3)"'
}

teardown() {
    stop_background
}

# fake NAME SCRIPT
fake() {
    printf '#!/bin/sh\n# a fake sink\ncase "$*" in *--help*) exit 0 ;; esac\n%s\n' "$2" >"bin/statsd-$1"
    chmod +x "bin/statsd-$1"
}

# config BACKENDS: a config with ports of its own.
config() {
    echo "{ port: 0, address: '127.0.0.1', mgmt_port: 0, flushInterval: 1000000, idle: 'c=forever', backends: $1,
        influx: { url: 'u' }, elastic: { url: 'u' } }"
}

@test "a sink that dies at once ten times in a row ends the run, but does not cut short its end" {
    local first first_status PATIENCE=60
    config "['influx']" >one.js
    config "['influx', 'elastic']" >two.js
    start_ready bin/statsd-run one.js >one.out 2>one.err
    first=$background_pid
    start_ready bin/statsd-run two.js >two.out 2>two.err
    # More than the pipe to the sink that dies can hold, so that it is started again at the end too.
    python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(2500):
    s.sendto(b"\n".join(b"%s.%d:1|c" % (b"n" * 500, i * 2 + k) for k in range(2)), ("127.0.0.1", int(sys.argv[1])))
    if i % 50 == 49: time.sleep(0.005)
' "$port"
    wait_until grep -q 'in 3.2 s' two.err
    kill -TERM "$background_pid"
    wait_exit "$first"
    first_status=$status
    wait_exit "$background_pid"
    assert_equal "$first_status $status" '1 1'
    grep -qx 'statsd-run: statsd-influx ended with .* delivered: it has died at once 10 times in a row' one.err
    assert_equal "$(grep -c 'second signal' two.err)" 0
    assert_equal "$(grep -c '^nnn.*count' elastic.rows)" 5000
}
