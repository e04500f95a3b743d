#!/usr/bin/env bats
# statsd-kafka put and partition with a real Kafka (tests/servers/kafka.bash).

# shellcheck disable=SC2154
load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/kafka

setup_file() {
    local name topics=()
    need_kafka
    kafka_start kafka
    echo "$port" >"$SERVERS/port"
    for name in four tags batch linger marks own bad full down killed small term docs two record; do
        topics+=(create $name 4 message.timestamp.type=LogAppendTime create $name-state 4 cleanup.policy=compact)
    done
    kafka_make "${topics[@]}" set small max.message.bytes=200 \
        create created 2 create created-state 2 cleanup.policy=compact \
        create lonely 3 message.timestamp.type=LogAppendTime \
        create fewer 3 message.timestamp.type=LogAppendTime create fewer-state 2 cleanup.policy=compact \
        create more 3 message.timestamp.type=LogAppendTime create more-state 4 cleanup.policy=compact \
        create deleted 2 message.timestamp.type=LogAppendTime create deleted-state 2 cleanup.policy=delete
}

teardown_file() {
    servers_stop
}

setup() {
    need_kafka
    cd "$BATS_TEST_TMPDIR" || return
    brokers=127.0.0.1:$(<"$SERVERS/port")
}

teardown() {
    server_thaw kafka || true
    stop_background
}

# put TOPIC [OPTION]…: runs put without self-metrics.
put() {
    run_program statsd-kafka put --no-self "$brokers" "$@"
}

# messages TOPIC FORMAT [PARTITION]: what stands in the topic, in kcat's format.
messages() {
    kcat -C -b "$brokers" -t "$1" ${3:+-p "$3"} -o beginning -e -q -f "$2"
}

# records TOPIC [PARTITION]: its lines.
records() {
    kcat -C -b "$brokers" -t "$1" ${2:+-p "$2"} -o beginning -e -q -D ''
}

# make_records SERIES COUNT [TIME]: COUNT records of each of SERIES series, numbered in their order.
make_records() {
    awk -v series="$1" -v count="$2" -v time="${3:-1700000000}" 'BEGIN {
        OFS = "\t"
        for (i = 0; i < series * count; i++)
            printf "some.series.%d\tc\t%d\t1\t%.3f\n", i % series, i / series, time + i / 1000
    }'
}

# refuse_topic TOPIC MESSAGE
refuse_topic() {
    put "$1" <<<''
    assert_failure 1
    assert_stderr "statsd-kafka: $2"
    refute_output
}

@test "partition prints the number of each series' partition" {
    run_program statsd-kafka partition "$brokers" four api 'api;b=1;a=2' 'api;a=2;b=1' x.y.z 'é' 'a\tb'
    assert_success
    # As kcat -X partitioner=murmur2 gives them.
    local series expected=''
    for series in api 'api;a=2;b=1' 'api;a=2;b=1' x.y.z 'é' 'a\tb'; do
        expected+=$(murmur2 "$series" 4)$'\n'
    done
    assert_output "${expected%$'\n'}"
}

# murmur2 TEXT PARTITIONS: as Java's clients compute it.
murmur2() {
    python3 - "$@" <<'PYTHON'
import sys
data, m, mask = sys.argv[1].encode(), 0x5bd1e995, 0xffffffff
h = 0x9747b28c ^ len(data)
end = len(data) & ~3
for i in range(0, end, 4):
    k = int.from_bytes(data[i:i + 4], "little") * m & mask
    k = (k ^ k >> 24) * m & mask
    h = (h * m & mask) ^ k
if data[end:]:
    h = (h ^ int.from_bytes(data[end:], "little")) * m & mask
h = (h ^ h >> 13) * m & mask
h ^= h >> 15
print((h & 0x7fffffff) % int(sys.argv[2]))
PYTHON
}

@test "put: every line goes as it came, in order, to the partition of its series" {
    local partition series
    make_records 50 40 >in
    put four <in
    assert_success
    refute_stderr
    records four | sort >got
    sort in >expected
    assert_file got expected
    for partition in 0 1 2 3; do
        records four "$partition" >got
        cut -f 1 got | sort -u >series
        [[ -s series ]] || fail 'an empty partition'
        mapfile -t series <series
        [[ $(statsd-kafka partition "$brokers" four "${series[@]}" | sort -u) == "$partition" ]]
        grep -Fwf series in >expected
        assert_file got expected
    done
}

@test "put: a series keeps its partition whatever the order of its tags" {
    { rec 'a;x=1;y=2' c 1 && rec 'a;y=2;x=1' c 2 && rec 'a;y=0;x=1;y=2' c 3 1 1700000000.000 && rec 'a\\tb' c 1; } >in
    put tags <in
    assert_success
    run_program messages tags '%p %S\n'
    local partition
    partition=$(statsd-kafka partition "$brokers" tags 'a;x=1;y=2')
    records tags "$partition" | grep '^a;' >got
    grep '^a;' in >expected
    assert_file got expected
}

@test "put: a message has a source and a mark, is as large as --batch, and the last is an end" {
    make_records 1 100 >in
    put batch --batch 1K <in
    assert_success
    run_program messages batch '%K|%S|%h\n'
    local source
    source="source=$(hostname)/[0-9]+/[0-9]{13}"
    refute_line --regexp "^0[|]"
    # Of 100 lines of 34 or 36 bytes: 29 in 1024.
    assert_line --regexp "^-1\\|998\\|$source,mark=1700000000\\.028\$"
    (($(grep -cE "^-1\\|-1\\|$source,mark=1700000000.099,end=\$" <<<"$output") == 4)) || fail 'not four ends'
    (($(grep -c . <<<"$output") == 8)) || fail 'not eight messages'
    assert_equal "$(records batch)" "$(<in)"
}

@test "put: --linger closes a message, and a silent partition gets the mark, if it has risen" {
    local name=some.series partition
    partition=$(statsd-kafka partition "$brokers" marks $name)
    start_fed statsd-kafka put --no-self --linger 50ms "$brokers" marks
    rec $name c 1 1 1700000001.500 >&5
    wait_until has_messages marks 4
    # Each partition has heard of it: one with the record, three without.
    messages marks '%p|%S|%h\n' | sed 's/source=[^,]*,//' | sort >got
    for p in 0 1 2 3; do
        if ((p == partition)); then echo "$p|33|mark=1700000001.500"; else echo "$p|-1|mark=1700000001.500"; fi
    done >expected
    assert_file got expected
    # An older record does not raise it.
    rec $name c 1 1 1700000000.500 >&5
    wait_until has_messages marks 5
    sleep 1.2
    has_messages marks 5
    (($(messages marks '%p\n' | wc -l) == 5)) || fail 'marks without need' "$(messages marks '%p|%S|%h\n')"
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    (($(messages marks '%h\n' | grep -c 'mark=1700000001.500,end=$') == 4))
}

has_messages() {
    (($(messages "$1" '%p\n' | wc -l) >= $2))
}

@test "put: nothing read is nothing written" {
    put linger </dev/null
    assert_success
    refute_stderr
    assert_equal "$(messages linger '%p')" ''
}

@test "put: self-metrics have the newest time read, and none without records" {
    make_records 1 10 >in
    { cat in && echo nonsense; } >more
    run_program statsd-kafka put --self-prefix own "$brokers" own <more
    assert_success
    records own | grep '^own' | sort >got
    { rec own.put.bad_records c 1 1 1700000000.009 && rec own.put.full c 0 1 1700000000.009 &&
        rec own.put.records c 11 1 1700000000.009; } >expected
    assert_file got expected
}

@test "put: what is no record is refused, and --strict ends with it" {
    { rec a c 1 && echo no && rec b c x && printf 'torn\tc\t1\t1\t1700000000'; } >in
    put bad -v --rejects rejects <in
    assert_success
    assert_stderr - <<'END'
statsd-kafka: stdin:2: bad record 'no': expected five columns separated by TABs
statsd-kafka: stdin:3: bad value 'x': expected a number
statsd-kafka: stdin:4: torn record 'torn\tc\t1\t1\t1700000000': the last line has no line end
statsd-kafka: 4 records, 1 delivered, 3 bad, 0 undelivered
END
    (($(wc -l <rejects) == 3))
    put bad --strict <in
    assert_failure 1
    assert_stderr_line --partial 'stdin:2: bad record'
    (($(records bad | grep -c '^a') == 2))
}

@test "topics that are not as they must be: the command that mends it" {
    local topics="run kafka-topics.sh --bootstrap-server $brokers"
    local configs="run kafka-configs.sh --bootstrap-server $brokers --alter --entity-type topics"
    refuse_topic none "there is no topic none: $topics --create --topic none --partitions N \
--replication-factor N --config message.timestamp.type=LogAppendTime"
    refuse_topic lonely "there is no topic lonely-state: $topics --create --topic lonely-state --partitions 3 \
--replication-factor 1 --config cleanup.policy=compact"
    refuse_topic created "topic created has message.timestamp.type=CreateTime: $configs --entity-name created \
--add-config message.timestamp.type=LogAppendTime"
    refuse_topic deleted "topic deleted-state has cleanup.policy=delete: $configs --entity-name deleted-state \
--add-config cleanup.policy=compact"
    refuse_topic fewer "topic fewer has 3 partitions and fewer-state 2: $topics --alter --topic fewer-state \
--partitions 3"
    refuse_topic more "topic more has 3 partitions and more-state 4: $topics --delete --topic more-state \
and start again"
    run_program statsd-kafka partition "$brokers" none a
    assert_failure 1
    assert_stderr 'statsd-kafka: topic none: Broker: Unknown topic or partition'
}

@test "the file of -F has librdkafka's properties, and not those that statsd-kafka sets" {
    printf '# ours\n\ncompression.codec = zstd\nclient.id=x\n' >good
    put two -F good <<<"$(rec a c 1)"
    assert_success
    refute_stderr
    for pair in 'x|expected NAME=VALUE' "acks=1|'acks' is set by statsd-kafka" \
        "bootstrap.servers=x|'bootstrap.servers' is set by statsd-kafka" \
        'no.such=1|No such configuration property: "no.such"'; do
        printf '\n%s\n' "${pair%%|*}" >bad
        put two -F bad <<<''
        assert_failure 2
        assert_stderr "statsd-kafka: bad:2: ${pair#*|}"
    done
    put two -F none <<<''
    assert_failure 1
    assert_stderr 'statsd-kafka: open none: No such file or directory'
}

@test "wrong usage" {
    run_program statsd-kafka
    assert_usage_error 'statsd-kafka: no verb'
    run_program statsd-kafka pull b t
    assert_usage_error "statsd-kafka: unknown verb 'pull'"
    run_program statsd-kafka put b
    assert_usage_error 'statsd-kafka: put: expected brokers and a topic'
    run_program statsd-kafka put b t more
    assert_usage_error 'statsd-kafka: put: expected brokers and a topic'
    run_program statsd-kafka partition b t
    assert_usage_error 'statsd-kafka: partition: expected brokers, a topic and series'
    run_program statsd-kafka partition --batch 1K b t s
    assert_usage_error 'statsd-kafka: --batch: partition does not take it'
    run_program statsd-kafka put -l 2M b t
    assert_usage_error 'statsd-kafka: --max-line: a message holds at most 983040 bytes'
    run_program statsd-kafka put --batch 2M b t
    assert_usage_error --partial '--batch'
}

@test "put waits for brokers that are away at the start" {
    local away
    away=$(free_port)
    statsd-kafka partition "127.0.0.1:$away" four a 2>asked &
    start_fed statsd-kafka put --no-self --drain 50ms "127.0.0.1:$away" four
    wait_for_file_line err "^statsd-kafka: 127.0.0.1:$away/bootstrap: Connect to .*: Connection refused .*: waiting$"
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(tail -n 1 err)" 'statsd-kafka: ended by a signal before Kafka answered'
    wait_for_file_line asked "^statsd-kafka: topic four: 127.0.0.1:$away does not answer$"
}

@test "put: a broker that takes nothing: the buffer fills, stdin waits, and nothing is lost" {
    local before after writer reader
    make_records 100 1000 >records.tsv
    start_fed statsd-kafka put --no-self -v --buffer 512K "$brokers" full
    reader=$background_pid
    make_records 4 1 1600000000 >&5
    wait_until has_records full 4
    server_freeze kafka
    cat records.tsv >&5 &
    writer=$!
    wait_for_file_line err '^statsd-kafka: the buffer is full: standard input waits$'
    before=$(rss "$reader")
    sleep "${AWAY:-2}"
    after=$(rss "$reader")
    ((after - before < 8192)) || fail "memory grows: $before to $after KiB"
    kill -0 "$writer" || fail 'stdin was read'
    server_thaw kafka
    wait "$writer"
    exec 5>&-
    wait_exit "$reader"
    assert_success
    grep -qx 'statsd-kafka: 100004 records, 100004 delivered, 0 bad, 0 undelivered' err
    same_in_order full records.tsv
}

# same_in_order TOPIC FILE: what of it is not older is the file, each partition's in the file's order.
same_in_order() {
    local partition
    : >all
    for partition in 0 1 2 3; do
        records "$1" "$partition" | grep -v $'\t1600000000' >got
        cut -f 1 got | sort -u >series
        awk -F '\t' 'NR == FNR { has[$1]; next } $1 in has' series "$2" >expected
        cmp got expected || fail "partition $partition is not in order"
        cat got >>all
    done
    (($(wc -l <all) == $(wc -l <"$2"))) || fail 'not all'
}

@test "put: a broker that is killed and started again: nothing is lost, twice or out of order" {
    make_records 100 1000 >records.tsv
    start_fed statsd-kafka put --no-self -v "$brokers" killed
    (for i in {0..19}; do
        tail -n +$((i * 5000 + 1)) records.tsv | head -n 5000
        sleep 0.1
    done) >&5 &
    local writer=$!
    wait_until has_records killed 20000
    server_kill kafka
    sleep "${AWAY:-0}"
    kafka_start kafka "${brokers##*:}"
    wait "$writer"
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    grep -q ': waiting$' err
    grep -qx 'statsd-kafka: Kafka answers again' err
    grep -qx 'statsd-kafka: 100000 records, 100000 delivered, 0 bad, 0 undelivered' err
    same_in_order killed records.tsv
}

@test "put: what the broker refuses is sent again until it is taken" {
    make_records 1 100 >in.tsv
    start_fed statsd-kafka put --no-self -v "$brokers" small
    cat in.tsv >&5
    wait_for_file_line err '^statsd-kafka: topic small, partition 2: Broker: Message size too large: trying again$'
    kafka_make set small max.message.bytes=1000000
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    grep -qx 'statsd-kafka: 100 records, 100 delivered, 0 bad, 0 undelivered' err
    assert_equal "$(records small)" "$(<in.tsv)"
}

@test "put: TERM delivers what was read; with the broker away it says what was not" {
    start_fed statsd-kafka put --no-self --linger 10s --drain 100ms "$brokers" term
    make_records 1 10 >&5
    wait_until_asleep "$background_pid"
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
    [[ ! -s err ]]
    (($(records term | wc -l) == 10))
    (($(messages term '%h\n' | grep -c 'end=$') == 4))
    start_fed statsd-kafka put --no-self -v --linger 10ms --drain 100ms "$brokers" term
    make_records 1 10 >&5
    wait_until has_records term 20
    server_freeze kafka
    make_records 1 10 >&5
    wait_until_asleep "$background_pid"
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_failure 1
    cat >expected <<'END'
statsd-kafka: 10 records not delivered
statsd-kafka: 20 records, 10 delivered, 0 bad, 10 undelivered
END
    assert_file err expected
}

rss() {
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}

has_records() {
    (($(records "$1" | wc -l) >= $2))
}

# make check-servers sets the limit to the third that it takes at most; under load it may seem more.
@test "put takes a part of the CPU time that kcat -P takes for the same records" {
    [[ $STATSD_BIN != */san-* ]] || skip 'sanitizers take their time'
    awk 'BEGIN { OFS = "\t"
        for (i = 0; i < 500000; i++)
            print "service.web" i % 7 ".requests.route" i % 997, "c", i % 10, 1, 1700000000 ".000" }' >in
    run_program "$ROOT/tests/servers/kafka/cpu" 3 in statsd-kafka put --no-self "$brokers" down -- \
        kcat -P -b "$brokers" -t two
    assert_success
    awk -v most="${KAFKA_PUT_MOST:-0.5}" '{ exit $3 > most }' <<<"$output" || fail 'too slow'
}

# unit_command FILE: what the unit runs, with our brokers, files and backend. Sets $command.
unit_command() {
    command=$(sed -n '/^ExecStart=/,/[^\\]$/p' "$ROOT/examples/kafka/$1")
    command=${command#ExecStart=}
    command=${command//\\$'\n'/}
    command=${command//\$\$/\$}
    command=${command//kafka1,kafka2,kafka3/$brokers}
    command=${command//\/etc\/statsd/$ROOT\/examples\/kafka}
    command=${command//:8125/127.0.0.1:0 --no-self --ready-fd 9}
    command=${command//\/usr\/local\/bin\//}
    command=${command//graphite.example.com/127.0.0.1:$port}
}

@test "examples/kafka: topics, the unit of receivers and that of aggregators" {
    local command receiver
    mkdir bin
    printf '#!/bin/bash\nsource "%s/tests/helper.bash"\nsource "%s/tests/servers/kafka.bash"
kafka_java org.apache.kafka.tools.TopicCommand "$@"\n' "$ROOT" "$ROOT" >bin/kafka-topics.sh
    chmod +x bin/kafka-topics.sh
    PATH=$PWD/bin:$PATH run_program "$ROOT/examples/kafka/topics" "$brokers" metrics 4 1
    assert_success
    assert_output $'Created topic metrics.\nCreated topic metrics-state.'
    start_tcp_sink got
    unit_command statsd-aggregate.service
    start_background sh -c "exec ${command/-e /-e -i 1 }"
    unit_command statsd-put.service
    : >ready
    start_background sh -c "exec 9>ready; exec ${command/--rcvbuf 64M/}"
    receiver=$background_pid
    wait_until has_whole_line ready
    port=$(sed -n 's/.*://p' ready)
    until matches_file_line got '^stats.counters.api.hits.count [1-9]'; do
        send_udp "$port" 'api.hits:1|c'
        sleep 0.2
        ((SECONDS < 60)) || fail 'nothing came' "$(tail -n 3 got)"
    done
    kill -TERM -- "-$receiver"
    for unit in "$ROOT"/examples/kafka/*.service; do
        systemd-analyze verify "$unit" 2>&1 | grep -a "^$unit" | grep -v 'is not executable' && fail "$unit"
    done
    true
}
