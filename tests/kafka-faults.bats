#!/usr/bin/env bats
# statsd-kafka where something is wrong: with Kafka, with the command, with the machine, or with memory.
# What no broker can be made to say comes from a library between us and librdkafka
# (faults/kafka_calls.c), and is named a fake there.

# shellcheck disable=SC2154,SC2016 # the helper's variables; $PARTITION is the command's

load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/kafka
load servers/kafka-run

# One start of Java makes all topics.
topics=()
for name in bad starts small version fenced long gone space offsets done memory; do
    topics+=(create $name 1 message.timestamp.type=LogAppendTime create $name-state 1 cleanup.policy=compact)
done
unset name

setup_file() {
    need_kafka
    kafka_start kafka
    echo "$port" >"$SERVERS/port"
    kafka_make "${topics[@]}" set small-state max.message.bytes=100
    export CALLS=$BATS_FILE_TMPDIR/kafka_calls.so FAIL=$BATS_FILE_TMPDIR/fail_alloc.so
    for library in kafka_calls fail_alloc; do
        ${CC:-cc} -shared -fPIC -O1 -Wall -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/$library.so" \
            "$ROOT/tests/faults/$library.c" 2>>"$BATS_FILE_TMPDIR/compiler" || true
    done
}

teardown_file() {
    servers_stop
}

setup() {
    begin_kafka_test
}

teardown() {
    server_thaw kafka || true
    stop_background
}

# need_library LIBRARY: skips the test where it was not compiled, or the program has a sanitizer, which
# has such functions of its own.
need_library() {
    [[ -e $1 ]] || skip "no library: $(head -n 1 "$BATS_FILE_TMPDIR/compiler")"
    [[ -z ${ASAN_OPTIONS:-} ]] || ! grep -qa __asan_init "$STATSD_BIN/statsd-kafka" || skip 'built with a sanitizer'
}

# What a process has said since it began, and exits with.
ended_with() {
    wait_exit "$background_pid"
    assert_equal "$status" "$1"
}

# --- the command ----------------------------------------------------------------------------------

@test "what is no time on descriptor 3 is reported, and ignored" {
    group=bad start_run bad 'echo x >&3; printf "\\001\\n" >&3; head -c 50 /dev/zero | tr "\\0" 9 >&3; echo >&3
        '"$agg | $sink"
    wait_for_rows bad 0 '^tick.c.count'
    wait_for_file_line err 'checkpoint at offset'
    end_run
    assert_success
    said | head -n 3 >said
    cat >expected <<'END'
statsd-kafka: partition 0: bad time 'x' on descriptor 3
statsd-kafka: partition 0: bad time '\x01' on descriptor 3
statsd-kafka: partition 0: bad time '99999999999999999999999999999999' on descriptor 3
END
    assert_file said expected
}

@test "a command that cannot be started is tried again" {
    local least=0
    group=starts start_run starts 'echo $$ >>pids; cat >/dev/null'
    wait_for_file_line pids .
    # It gets no descriptor but those that it gives back: two pipes take more for a moment.
    while [[ -e /proc/$background_pid/fd/$least ]]; do least=$((least + 1)); done
    prlimit --pid "$background_pid" --nofile="$least:"
    kill -KILL "$(<pids)"
    local message='the command cannot be started: Too many open files: it is started again in 0\.[0-9] s'
    wait_for_file_line err "^statsd-kafka: partition 0: $message\$"
    prlimit --pid "$background_pid" --nofile=1024:
    wait_until has_lines pids 2
    end_run
    assert_success
}

has_lines() {
    (($(wc -l <"$1") >= $2))
}

# --- checkpoints ----------------------------------------------------------------------------------

@test "a checkpoint that the broker refuses is reported, and tried again" {
    group=small start_run small "$agg | $sink"
    wait_for_rows small 0 '^tick.c.count'
    wait_for_file_line err \
        '^statsd-kafka: partition 0: a checkpoint could not be written: Broker: Message size too large$'
    kafka_make set small-state max.message.bytes=1000000
    wait_for_rows small 0 '^tick.c.count'
    PATIENCE=10 wait_until moves_on small 'checkpoint at offset'
    end_run
    assert_success
}

# moves_on TOPIC REGEX: such a line is in err. Else moves the clock on.
moves_on() {
    matches_file_line err "$2" || { tick "$1" 0 && false; }
}

@test "a checkpoint of another version ends the process" {
    printf 'version/7/id/end=position=7 end=none state=1 length=0 chunks=0 checksum=0000000000000000' |
        kcat -P -b "$brokers" -t version-state -p 0 -K = -D $'\001'
    group=version start_run version 'cat >/dev/null'
    ended_with 1
    grep -qx "statsd-kafka: partition 0: the checkpoint at offset 7 is none of this version's" err
}

@test "the offset of a checkpoint is committed, and no process begins there" {
    local offset
    for _ in 1 2 3; do count a 1 1000 | tell offsets 0 one 1000; done
    kafka_java Faults "$brokers" commit offsets 0 2 offsets 2>&1
    group=offsets start_run offsets "$agg | $sink"
    wait_for_file_line err '^statsd-kafka: partition 0: begins at offset 0, [0-9]\.[0-9] s$'
    wait_for_rows offsets 0 '^a.c.count.3.100[0-9]$'
    wait_for_file_line err '^statsd-kafka: partition 0: checkpoint at offset [0-9]+, [0-9]+ bytes, [0-9]\.[0-9] s$'
    end_run
    assert_success
    [[ $(said) =~ ^statsd-kafka:\ [0-9]+\ checkpoints,\ 0\ lines\ of\ statsd.clock\ dropped$ ]]
    (($(grep -cx 'statsd-kafka: partition 0: ends' err) == 1))
    offset=$(sed -n 's/.*checkpoint at offset \([0-9]*\),.*/\1/p' err | tail -n 1)
    assert_equal "$(kafka_java Faults "$brokers" committed offsets 0 "$offset" offsets 2>/dev/null)" "$offset"
}

@test "there is no room for a state, or no folder" {
    local at
    TMPDIR=/proc run_program statsd-kafka run -g space "$brokers" space true
    assert_failure 1
    assert_stderr_line 'statsd-kafka: make a folder in /proc: No such file or directory'
    unshare --mount true 2>/dev/null || skip 'no namespaces of mounts here: they need root'
    group=space start_run space "$agg | $sink"
    at=$(now)
    awk -v at="$at" 'BEGIN { for (i = 1; i <= 4000; i++) printf "service.%d.requests\tc\t1\t1\t%s\n", i, at }' |
        tell space 0 one "$at"
    wait_for_rows space 0 '^service.4000.requests.c.count'
    wait_until moves_on space 'checkpoint at offset [0-9]+, 1[0-9]{5} bytes'
    end_run
    mkdir little
    group=space start_background unshare --mount sh -c 'mount -t tmpfs -o size=64k none little &&
        TMPDIR=$PWD/little exec statsd-kafka run -g space "$0" space true' "$brokers" 2>err
    ended_with 1
    assert_equal "$(sed -E 's/run\.[^/]*/run.x/' err)" \
        "statsd-kafka: write $PWD/little/statsd-kafka-run.x/0.1: No space left on device"
}

# --- the group ------------------------------------------------------------------------------------

@test "a member that another one takes the place of ends" {
    local first
    echo group.instance.id=one >>properties
    group=fenced start_run fenced 'echo $$ >>pids; cat >/dev/null'
    wait_for_file_line pids .
    first=$background_pid
    group=fenced start_run fenced 'echo $$ >>pids; cat >/dev/null'
    wait_exit "$first"
    assert_failure 1
    local reason='Static consumer fenced by other consumer with same group.instance.id'
    grep -Eqx "statsd-kafka: group fenced: .*$reason" err || fail 'not fenced' "$(said)"
    wait_until has_lines pids 2
    end_run
    assert_success
}

@test "a member that was not heard for max.poll.interval.ms lets its partitions go, and begins again" {
    printf '%s\n' session.timeout.ms=1000 max.poll.interval.ms=1000 heartbeat.interval.ms=100 >properties
    # Nobody writes to this state, so that the process waits for it, but not librdkafka's threads.
    group=long start_run long 'echo $$ >>pids; [ -p state ] || { mkfifo "$STATE"; mv "$STATE" state
        ln -s "$PWD/state" "$STATE"; }; cat >/dev/null'
    wait_for_file_line pids .
    wait_until is_held_up "$background_pid"
    : >state
    wait_until has_lines pids 2
    end_run
    assert_success
    grep -Eqx 'statsd-kafka: group long: Application maximum poll interval \(1000ms\) exceeded by [0-9]+ms' err ||
        fail 'not reported' "$(said)"
}

# is_held_up PID: its first thread, which looks at its command four times a second, has not run for
# longer than it may. Else moves the clock on.
is_held_up() {
    local before
    before=$(switches "$1")
    sleep 1.5
    [[ -n $before && $(switches "$1") == "$before" ]] || { tick long 0 && false; }
}

@test "a topic that is deleted while it is read is reported" {
    echo topic.metadata.refresh.interval.ms=200 >>properties
    group=gone start_run gone 'echo $$ >>pids; cat >/dev/null'
    wait_for_file_line pids .
    kafka_java Faults "$brokers" delete gone >/dev/null 2>&1
    wait_for_file_line err \
        '^statsd-kafka: group gone: Subscribed topic not available: gone: Broker: Unknown topic or partition$'
    end_run
}

@test "a group that cannot be left is reported (a fake of librdkafka's)" {
    need_library "$CALLS"
    group=done KAFKA_CALLS_REFUSE=close LD_PRELOAD=$CALLS start_run done 'cat >/dev/null'
    wait_for_file_line err ': begins'
    end_run
    assert_success
    assert_equal "$(said | head -n 1)" 'statsd-kafka: group done: leave: a fake'
}

@test "a topic that is made as put and run begin is waited for" {
    local java
    kafka_java Topics "$brokers" wait go create late 1 message.timestamp.type=LogAppendTime \
        create late-state 1 cleanup.policy=compact >waits 2>java.err &
    java=$!
    wait_for_file_line waits waits
    start_background statsd-kafka put --no-self "$brokers" late <<<"$(rec a c 1 1 1000)" 2>put.err
    local put=$background_pid
    group=late start_run late 'cat >got'
    wait_until_asleep "$background_pid"
    touch go
    wait_exit "$put"
    assert_success
    assert_equal "$(<put.err)" ''
    wait_for_file_line got '^a'
    end_run
    assert_success
    wait "$java"
}

# --- librdkafka -----------------------------------------------------------------------------------

@test "what librdkafka cannot mend ends put (fakes of librdkafka's)" {
    need_library "$CALLS"
    { rec a c 1 && rec b c 1; } >in
    KAFKA_CALLS_FATAL=1 LD_PRELOAD=$CALLS run_program statsd-kafka put --no-self "$brokers" done <in
    assert_failure 1
    assert_stderr - <<'END'
statsd-kafka: topic done: test_fatal_error: a fake
statsd-kafka: 2 records not delivered
END
    KAFKA_CALLS_REFUSE=describe LD_PRELOAD=$CALLS run_program statsd-kafka put --no-self "$brokers" done <in
    assert_failure 1
    assert_stderr 'statsd-kafka: describe topics: a fake'
}

# No lock is needed where this holds, and no sanitizer of threads has anything of ours to look at.
@test "librdkafka calls us in one thread alone, and we start none" {
    local name calls=()
    need_library "$CALLS"
    export LD_PRELOAD=$CALLS
    KAFKA_CALLS_REPORT=put.calls statsd-kafka put -v --no-self "$brokers" done <<<"$(rec a c 1)"
    KAFKA_CALLS_REPORT=partition.calls statsd-kafka partition -v "$brokers" done a >/dev/null
    group=calls KAFKA_CALLS_REPORT=run.calls start_run done 'unset LD_PRELOAD KAFKA_CALLS_REPORT; '"$agg | $sink"
    unset LD_PRELOAD
    wait_for_rows done 0 '^tick.c.count'
    wait_for_file_line err 'checkpoint at offset'
    server_freeze kafka
    sleep 0.1
    server_thaw kafka
    end_run
    for name in put partition run; do
        [[ $(<$name.calls) =~ ^([0-9]+)\ callbacks,\ 0\ in\ other\ threads,\ 0\ threads\ of\ our\ own$ ]] ||
            fail "$name" "$(<$name.calls)"
        calls+=("${BASH_REMATCH[1]}")
    done
    ((calls[0] > 1 && calls[2] > 10)) || fail 'too few callbacks' "${calls[*]}"
}

# --- memory ---------------------------------------------------------------------------------------

# withstands SCRIPT [OPTION…]: the judge finds nothing wrong. Of allocations, those fail that are our
# own; librdkafka ends the process by itself where it has none.
withstands() {
    need_library "$FAIL"
    export FAIL_ALLOC_OWN=1 brokers
    run_program "$ROOT/tests/faults/out-of-memory" "$FAIL" statsd-kafka "$@"
    assert_success
    assert_output --regexp "statsd-kafka: [0-9]+ allocations, [0-9]+ of them failed: [1-9][0-9]* runs ended, .* 0 wrong"
    echo "# $output" >&3
}

@test "memory that runs out: partition" {
    withstands '$FAULT statsd-kafka partition -F <(echo client.id=x) "$brokers" memory a "b;y=1;x=2" c'
}

@test "memory that runs out: put" {
    export INPUT=$PWD/in
    { rec 'a;y=2;x=1' c 1 && rec no && seq 2000 | sed 's/.*/b\tms\t&\t1\t1700000001/'; } >"$INPUT"
    withstands '
        end=$(kcat -Q -b "$brokers" -t memory:0:-1)
        $FAULT statsd-kafka put --no-self --batch 4K --rejects rejects "$brokers" memory <"$INPUT"; code=$?
        kcat -C -b "$brokers" -X fetch.wait.max.ms=10 -t memory -p 0 -o "${end##* }" -e -q -D ""
        exit "$code"'
}

@test "memory that runs out: run" {
    for i in 1 2 3; do
        at=$(now)
        count "a$i" 1 "$at" | tell memory 0 one "$at"
    done
    withstands '
        group=memory.$RANDOM$RANDOM
        $FAULT statsd-kafka run -v -F <(echo session.timeout.ms=6000) -g "$group" --checkpoint 100ms "$brokers" memory \
            "unset LD_PRELOAD; tee out | statsd-agg -e --clock statsd.clock --state \"\$STATE\"; exec cat" 2>said &
        until grep -q " checkpoint at " said || ! kill -0 "$!" 2>/dev/null; do sleep 0.02; done
        kill -TERM "$!" 2>/dev/null
        wait "$!"; code=$?
        cat said >&2
        grep "^a" out | sort -u
        exit "$code"'
}
