#!/usr/bin/env bats
# statsd-kafka with a real Kafka.

# shellcheck disable=SC2154
load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/kafka

setup_file() {
    need_kafka
    kafka_start kafka
    echo "$port" >"$SERVERS/port"
    kafka_pair four 4
}

teardown_file() {
    servers_stop
}

setup() {
    need_kafka
    cd "$BATS_TEST_TMPDIR" || return
    brokers=127.0.0.1:$(<"$SERVERS/port")
}

@test "partition prints the number of each series' partition" {
    run_program statsd-kafka partition "$brokers" four api 'api;b=1;a=2' 'api;a=2;b=1' x.y.z
    assert_success
    assert_output x
}
