#!/usr/bin/env bats
# The clock of statsd-kafka run with real sources, of which some are wrong, and with brokers that are
# away: kafka-sources is the judge. `make check-kafka` takes more time for it.

# shellcheck disable=SC2154
load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/kafka

setup() {
    need_kafka
    cd "$BATS_TEST_TMPDIR" || return
    kafka_start kafka
    kafka_pair sources 2
}

teardown() {
    server_thaw kafka || true
    stop_background
    servers_stop
}

@test "sources that are wrong, silent or cut off, and brokers away, make no other's record late" {
    run "$ROOT/tests/kafka-sources" "$STATSD_BIN/.." "$brokers" sources "${KAFKA_SOURCE_TIMEOUT:-2}" \
        "$(<"$SERVERS/kafka.pid")"
    assert_success
}
