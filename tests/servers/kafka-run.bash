# shellcheck shell=bash
# What tests of statsd-kafka run have in common: a log that is written by hand, a process that
# aggregates it, and its rows. helper.bash, servers/server.bash and servers/kafka.bash come before
# this file.

# shellcheck disable=SC2034,SC2154,SC2016 # the helper's variables; $PARTITION is the command's

# For setup: goes to the test's folder, where ./properties lets a process be thought dead soon, and
# finds the Kafka of the file, which has left its port in $SERVERS/port.
begin_kafka_test() {
    need_kafka
    cd "$BATS_TEST_TMPDIR" || return
    port=$(<"$SERVERS/port")
    brokers=127.0.0.1:$port
    export TMPDIR=$BATS_TEST_TMPDIR
    printf '%s\n' session.timeout.ms=2000 heartbeat.interval.ms=200 >properties
}

# tell TOPIC PARTITION SOURCE MARK [HEADER]…: stdin as a message, as statsd-kafka put would write it.
tell() {
    local topic=$1 partition=$2 source=$3 mark=$4 words=()
    shift 4
    for word; do
        words+=(-H "$word")
    done
    kcat -P -b "$brokers" -t "$topic" -p "$partition" -D $'\001' -H "source=$source" -H "mark=$mark" "${words[@]}"
}

# The mark of now, and OFFSET seconds later; and a counter with that time.
now() {
    awk -v now="$EPOCHREALTIME" -v offset="${1:-0}" 'BEGIN { printf "%.3f", now + offset }'
}

count() {
    rec "$1" c "$2" 1 "$3"
}

# tick TOPIC PARTITION: moves the clock on.
tick() {
    local at
    at=$(now)
    count tick 1 "$at" | tell "$1" "$2" one "$at"
}

# A sink: writes rows to rows.PARTITION and names each interval's time.
agg='statsd-agg -e -i 1 --clock statsd.clock --self-prefix "statsd.$PARTITION" --state "$STATE"'
sink='while IFS= read -r row; do printf "%s\n" "$row" >>rows.$PARTITION; printf "%s\n" "${row##*	}" >&3; done'

# start_run TOPIC [OPTION…] COMMAND
start_run() {
    local topic=$1
    shift
    start_background statsd-kafka run -v -F properties -g "${group:-metrics}" --checkpoint 200ms "${@:1:$#-1}" \
        "$brokers" "$topic" "${@:$#}" 2>>err
}

# What it has said that tests compare: neither librdkafka's words nor the usual.
said() {
    grep -Ev 'CONFWARN|GETPID|: begins at|: ends$|checkpoint at offset|Kafka answers' err || true
}

end_run() {
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
}

# wait_for_rows TOPIC PARTITION REGEX: moves the clock on until such a row has come.
wait_for_rows() {
    local deadline=$((SECONDS + PATIENCE))
    until grep -Eq -- "$3" "rows.$2" 2>/dev/null; do
        ((SECONDS < deadline)) || fail "no row $3" "$(cat "rows.$2" err 2>&1 | tail -n 30)"
        tick "$1" "$2"
        sleep 0.1
    done
}
