# shellcheck shell=bash
# kafka_start FOLDER [PORT]: one Kafka that is broker and controller, from the jars that
# servers/kafka/fetch has fetched. Sets $port and $brokers. It keeps its topics when it is started
# again in the same folder and at the same port.
#
#     kafka_make create metrics 4 message.timestamp.type=LogAppendTime create metrics-state 4 …
#                                           makes topics at $brokers (servers/kafka/Topics.java)
#     kafka_pair metrics 4                  makes both topics as statsd-kafka wants them

# A program that ends with librdkafka's threads running may leave what only those know.
export LSAN_OPTIONS=suppressions=$ROOT/tests/servers/kafka/lsan

# kafka_jars: where they are. A build with sanitizers uses those of build.
kafka_jars() {
    local jars=$STATSD_BIN/../servers/kafka
    [[ -e $jars/ready ]] || jars=$ROOT/build/servers/kafka
    echo "$jars"
}

# need_kafka: skips the test where there is no Kafka, kcat or statsd-kafka.
need_kafka() {
    [[ -x $STATSD_BIN/statsd-kafka ]] || skip 'there is no statsd-kafka here: install librdkafka-dev'
    [[ -e $(kafka_jars)/ready ]] ||
        skip 'there is no kafka here: tests/servers/kafka/fetch BUILD fetches it with maven and default-jdk-headless'
    command -v kcat >/dev/null || skip 'there is no kcat here: install kcat'
}

# kafka_java CLASS [ARGUMENT]…: runs a class of Kafka's.
kafka_java() {
    local jars
    jars=$(kafka_jars)
    java -Xms64m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$jars/classes:$jars/lib/*" "$@"
}

kafka_make() {
    kafka_java Topics "$brokers" "$@" >/dev/null 2>"$SERVERS/topics" || fail 'no topics' "$(<"$SERVERS/topics")"
}

kafka_pair() {
    kafka_make create "$1" "$2" message.timestamp.type=LogAppendTime create "$1-state" "$2" cleanup.policy=compact
}

kafka_answers() {
    listens "$port" && kcat -b "$brokers" -L -m 1 2>/dev/null | grep -q '^ *broker 1 '
}

kafka_start() {
    local folder=$SERVERS/$1 jars voter
    jars=$(kafka_jars)
    port=${2:-$(free_port)}
    voter=$port
    until ((voter != port)); do
        voter=$(free_port)
    done
    brokers=127.0.0.1:$port
    if [[ ! -e $folder/server.properties ]]; then
        mkdir -p "$folder"
        cat >"$folder/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$voter
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$voter
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$folder/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
log.flush.offset.checkpoint.interval.ms=1000
controlled.shutdown.enable=false
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
END
        kafka_java kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c "$folder/server.properties" \
            >"$folder/format" 2>&1 || fail 'Kafka is not formatted' "$(<"$folder/format")"
    fi
    server_run "$1" java -Xms256m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        -cp "$jars/classes:$jars/lib/*" kafka.Kafka server.properties
    PATIENCE=60 server_wait "$1" kafka_answers
}
