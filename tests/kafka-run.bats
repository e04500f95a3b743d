#!/usr/bin/env bats
# statsd-kafka run with a real Kafka: commands, checkpoints, and what goes wrong. The last test is the
# promise: whatever is killed when, the rows are those of one statsd-agg over all records.
# `make check-kafka` kills more often.

# shellcheck disable=SC2154,SC2016 # the helper's variables; $PARTITION is the command's

load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/kafka
load servers/kafka-run

setup_file() {
    need_kafka
    kafka_start kafka
    echo "$port" >"$SERVERS/port"
    kafka_make "${topics[@]}"
    # Ten starts take a minute.
    mkdir "$SERVERS/fail"
    (
        cd "$SERVERS/fail" || exit
        timeout 200 statsd-kafka run -g fail "127.0.0.1:$port" fail 'exit 3' 2>err 3>&- 4>&- &
        echo "$!" >pid
        wait "$!" || echo "$?" >status
    ) &
}

teardown_file() {
    [[ ! -e $SERVERS/fail/pid ]] || kill "$(<"$SERVERS/fail/pid")" 2>/dev/null || true
    servers_stop
}

setup() {
    begin_kafka_test
}

# One start of Java makes all topics.
topics=()
for name in two env kill fail odd hole trim short slow group many chance; do
    topics+=(create "$name" "$([[ $name == two ]] && echo 2 || { [[ $name == chance ]] && echo 4; } || echo 1)"
        message.timestamp.type=LogAppendTime
        create "$name-state" "$([[ $name == two ]] && echo 2 || { [[ $name == chance ]] && echo 4; } || echo 1)"
        cleanup.policy=compact)
done
unset name

@test "each partition has a command of its own, and is begun again where its checkpoint is" {
    local at
    start_run two "$agg | $sink"
    at=$(now)
    count a 1 "$at" | tell two 0 one "$at"
    count b 2 "$at" | tell two 1 one "$at"
    wait_for_rows two 0 '^a.c.count.1.'
    wait_for_rows two 1 '^b.c.count.2.'
    wait_for_file_line err 'partition 0: checkpoint at offset'
    wait_for_file_line err 'partition 1: checkpoint at offset'
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    ls -d statsd-kafka-run.*
    : >err
    # The next one has the state, and does not read the log again.
    start_run two "cp \"\$STATE\" state.\$PARTITION; $agg | $sink"
    wait_for_file_line err 'partition 0: begins'
    wait_for_file_line err 'partition 1: begins'
    wait_for_file_line state.0 'statsd.closed.*saved='
    at=$(now)
    count a 4 "$at" | tell two 0 one "$at"
    wait_for_rows two 0 '^a.c.count.4.'
    end_run
    assert_success
    # The row of before may have come twice, with one time.
    assert_equal "$(sort -u rows.0 | grep -c '^a.c.count.1.')" 1
    assert_equal "$(said | grep -v 'dropped$')" ''
    assert_equal "$(ls -d statsd-kafka-run.* 2>&1 | grep -c 'No such')" 1
}

@test "a checkpoint is chunks and a marker, and the older ones are taken back" {
    group=chunks start_run two "$agg | $sink"
    local round at
    for round in 1 2 3; do
        at=$(now)
        count "r$round" 1 "$at" | tell two 0 one "$at"
        wait_for_rows two 0 "^r$round.c.count.1."
    done
    PATIENCE=10 wait_until has_taken_back
    end_run
    kcat -C -b "$brokers" -t two-state -p 0 -e -q -f '%k %S\n' | grep '^chunks/' >keys
    # The newest one is whole.
    local newest
    newest=$(grep '/end [1-9]' keys | tail -n 1)
    grep -q "^${newest%/end*}/0 [1-9]" keys
    grep -Eq '^chunks/[0-9]+/[^/]+/end -1$' keys
    grep -Eq '^chunks/[0-9]+/[^/]+/0 -1$' keys
    kcat -C -b "$brokers" -t two-state -p 0 -e -q -f '%k %s\n' >markers
    grep -E '^chunks/[0-9]+/.*/end position=[0-9]+ end=[0-9.]+ state=[0-9]+ length=[0-9]+ chunks=1 checksum=[0-9a-f]+' \
        markers
    # The group's offset is there for tools that show its lag.
    grep -q 'partition 0: checkpoint at offset' err
}

has_taken_back() {
    kcat -C -b "$brokers" -t two-state -p 0 -e -q -f '%k %S\n' 2>/dev/null | grep -Eq '^chunks/.*/0 -1$'
}

@test "a command finds its names, and no descriptors but four; its group is killed with it" {
    group=env start_run env 'echo "$TOPIC $PARTITION ${STATE##*/}" >names; ls /proc/self/fd | xargs >fds; \
        ps -o pgid= -p $$ | xargs >pgid; trap "" TERM; (trap "" TERM; echo $BASHPID >&2; exec sleep 1000) & sleep 1000'
    wait_for_file_line pgid .
    assert_equal "$(<names)" 'env 0 0.1'
    # 4 is the folder that ls reads.
    assert_equal "$(<fds)" '0 1 2 3 4'
    assert_equal "$(pgrep -cg "$(<pgid)")" 3
    # Its own standard input stays what it was.
    assert_equal "$(readlink "/proc/$background_pid/fd/0")" "$(readlink "/proc/$$/fd/0")"
    end_run
    assert_success
    assert_equal "$(pgrep -cg "$(<pgid)")" 0
}

@test "a command outlives neither its process nor the end of its input" {
    group=kill start_run kill 'echo $$ >pid; cat >/dev/null; echo over >over'
    wait_for_file_line pid .
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    wait_for_file_line over over
}

@test "each way in which a command ends is named" {
    group=ways start_run fail 'n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) >n
        case $n in 0) kill -9 $$ ;; 1) exec <&-; sleep 1000 ;; *) cat >/dev/null ;; esac'
    wait_for_file_line err 'killed by signal 9: it is started again in 0\.[0-9] s$'
    wait_for_file_line n 2
    rec a c 1 1 1 | tell fail 0 one 1000
    wait_for_file_line err 'the command has closed its input: it is started again in 0\.[0-9] s$'
    wait_for_file_line n 3
    end_run
    assert_success
}

@test "what is odd in the log is reported" {
    local at
    group=odd start_run odd "$agg | $sink"
    at=$(now)
    { count a 1 "$at" && rec statsd.clock g 7 1 9999999999; } | tell odd 0 one "$at"
    count a 1 "$at" | tell odd 0 ahead "$(now 300)"
    printf 'a\tc\t1\t1\t%s' "$at" | kcat -P -b "$brokers" -t odd -p 0 -D $'\001'
    wait_for_rows odd 0 '^a.c.count.3.'
    end_run
    assert_success
    said | sed -E 's/is (300|299)\.[0-9]/is 300.0/; s/^(statsd-kafka: )[0-9]+ check/\1N check/' >said
    assert_equal "$(<said)" \
        "statsd-kafka: partition 0, offset 0: a line of statsd.clock dropped
statsd-kafka: partition 0: the clock of source 'ahead' is 300.0 s ahead of the broker's
statsd-kafka: N checkpoints, 1 lines of statsd.clock dropped"
}

@test "a hole in the offsets ends the process" {
    count a 1 1000 | tell hole 0 one 1000
    kafka_java Faults "$brokers" transaction hole 0 "$(count b 1 1000)" >/dev/null 2>&1
    count c 1 1001 | tell hole 0 one 1001
    group=hole start_run hole "$agg | $sink"
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(said)" "statsd-kafka: partition 0: offset 3 follows 1: messages are missing
statsd-kafka: 0 checkpoints, 0 lines of statsd.clock dropped"
}

# leave_checkpoint TOPIC: one process of the group TOPIC reads a message, keeps a checkpoint and ends.
# What it says last of a checkpoint is not where the next one begins: one that is in flight at the end
# may arrive as well.
leave_checkpoint() {
    local at
    group=$1 start_run "$1" "$agg | $sink"
    at=$(now)
    count a 1 "$at" | tell "$1" 0 one "$at"
    wait_for_rows "$1" 0 '^a.c.count.1.'
    wait_for_file_line err 'checkpoint at offset'
    end_run
    : >err
}

# Where the process has begun.
begin_offset() {
    sed -n 's/^statsd-kafka: partition 0: begins at offset \([0-9]*\), .*/\1/p' err
}

@test "what retention has taken is counted" {
    local at first number
    leave_checkpoint trim
    at=$(now)
    for number in {1..12}; do
        count lost 1 "$at" | tell trim 0 one "$at"
    done
    first=$(($(kcat -Q -b "$brokers" -t trim:0:-1 | sed 's/.* offset //') - 5))
    kafka_java Faults "$brokers" trim trim 0 "$first" >/dev/null 2>&1
    group=trim start_run trim "$agg | $sink"
    at=$(now)
    count b 1 "$at" | tell trim 0 one "$at"
    wait_for_rows trim 0 '^b.c.count.1.'
    end_run
    at=$(begin_offset)
    ((first - at >= 7)) || fail 'it has begun behind what is lost'
    grep -Fxq "statsd-kafka: partition 0: $((first - at)) messages lost: the log's retention has taken offsets $at to \
$((first - 1))" err || fail 'not counted' "$(said)"
}

@test "a log that ends before the checkpoint is refused" {
    local at
    leave_checkpoint short
    kafka_java Faults "$brokers" delete short >/dev/null 2>&1
    kafka_make create short 1 message.timestamp.type=LogAppendTime
    count b 1 1000 | tell short 0 one 1000
    group=short start_run short "$agg | $sink"
    wait_exit "$background_pid"
    assert_failure 1
    at=$(begin_offset)
    grep -Fxq "statsd-kafka: partition 0: the log ends at offset 1, before $at: it is not the one that the checkpoint \
was made of" err || fail 'not refused' "$(said)"
}

@test "a command that does not take part in checkpoints is named" {
    local at command
    for command in 'cat >/dev/null' "$agg >rows.0"; do
        group=slow$((number += 1)) start_run slow --checkpoint 100ms "$command"
        at=$(now)
        count a 1 "$at" | tell slow 0 one "$at"
        for _ in {1..20}; do
            sleep 0.1
            tick slow 0
        done
        wait_for_file_line err 'no checkpoint for'
        end_run
        said >"said$number"
        : >err
    done
    grep -Eq '^statsd-kafka: partition 0: no checkpoint for 1\.[0-9] s: the command has not saved its state$' said1
    sed -E 's/for 1\.[0-9] s/for N s/; s/named [0-9]{10}/named TIME/' said2 | grep -Fx \
        'statsd-kafka: partition 0: no checkpoint for N s: the command has not named TIME on descriptor 3'
}

@test "USR1 says how far it is, and a folder that cannot be made is an error" {
    group=group start_run group "$agg | $sink"
    wait_for_file_line err 'begins'
    kill -USR1 "$background_pid"
    wait_for_file_line err '^statsd-kafka: group group: 1 partitions, 0 checkpoints$'
    wait_for_file_line err \
        '^statsd-kafka: partition 0: process [0-9]+, offset -1, checkpoint -1, clock none, 0 sources$'
    end_run
    TMPDIR=/nowhere run_program statsd-kafka run -g group "$brokers" group true
    assert_failure 1
    assert_stderr_line 'statsd-kafka: make a folder in /nowhere: No such file or directory'
}

@test "wrong usage" {
    run_program statsd-kafka run "$brokers" group true
    assert_usage_error 'statsd-kafka: run: expected a group: --group NAME'
    run_program statsd-kafka run -g metrics "$brokers" group
    assert_usage_error 'statsd-kafka: run: expected brokers, a topic and a command'
    run_program statsd-kafka run -g metrics --checkpoint 0 "$brokers" group true
    assert_failure 2
    run_program statsd-kafka put --checkpoint 1m "$brokers" group
    assert_usage_error 'statsd-kafka: --checkpoint: put does not take it'
}

@test "a state of many series is kept in chunks, and begun with again" {
    local series=${KAFKA_SERIES:-20000} at
    local all=${agg/-i 1/-i 1 --max-series 2000000}
    group=many start_run many "cp \"\$STATE\" began; $all | grep --line-buffered numStats | $sink"
    at=$(now)
    awk -v at="$at" -v count="$series" 'BEGIN {
        for (i = 0; i < count; i++) printf "service.%d.requests;host=h%d\tc\t1\t1\t%s\n", i, i % 100, at }' |
        statsd-kafka put --no-self "$brokers" many
    wait_for_rows many 0 'numStats'
    at=$(kcat -Q -b "$brokers" -t many:0:-1)
    wait_for_kept many "${at##* }"
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    rm -f began
    group=many start_run many 'cp "$STATE" began; cat >/dev/null'
    wait_for_file_line began 'saved='
    end_run
    (($(grep -c '^service' began) == series)) || fail "$(wc -l began)"
    echo "# $(grep -h 'bytes,' err | tail -n 1) $(grep 'begins at' err | tail -n 1)" >&3
}

# wait_for_kept TOPIC OFFSET: until a checkpoint was made that has all messages before the offset.
wait_for_kept() {
    local deadline=$((SECONDS + PATIENCE))
    until awk -v least="$2" '/ checkpoint at / && $7 + 0 >= least { found = 1 } END { exit !found }' err; do
        ((SECONDS < deadline)) || fail 'no checkpoint after this offset' "$(tail -n 20 err)"
        tick "$1" 0
        sleep 0.2
    done
}

# In the background: kafka-by-chance asks for its brokers to be restarted.
restart_brokers() {
    local asked
    for asked in restart.*; do
        [[ -e $asked ]] || continue
        rm "$asked"
        server_kill kafka
        kafka_start kafka "$port"
        touch "restarted.${asked#*.}"
    done
    ! kill -0 "$background_pid" 2>/dev/null
}

@test "whatever is killed when, the rows are those of one statsd-agg over all records" {
    local seed=${SEED:-$RANDOM}
    start_background "$ROOT/tests/kafka-by-chance" "$STATSD_BIN/.." "$brokers" chance "${KAFKA_FAULTS:-3}" \
        "${KAFKA_RESTARTS:-0}" "$seed" >out 2>&1
    PATIENCE=1200 wait_until restart_brokers
    wait_exit "$background_pid"
    ((status == 0)) || fail "seed $seed" "$(tail -n 30 out)" "$(said | tail -n 30)"
}

@test "a command that ends is started again, and ten times without a checkpoint end the process" {
    PATIENCE=90 wait_for_file_line "$SERVERS/fail/status" 1
    assert_equal "$(sed -E 's/in [0-9.]+ s/in N s/' "$SERVERS/fail/err" | uniq -c | sed 's/^ *//')" \
        "9 statsd-kafka: partition 0: the command ended with status 3: it is started again in N s
1 statsd-kafka: partition 0: the command ended with status 3: it has failed 10 times without a checkpoint"
}

# It comes last: the test above does not bear that the broker stands still.
@test "a broker that is mute while a checkpoint is looked for is reported, and TERM is heard" {
    PATIENCE=90 wait_for_file_line "$SERVERS/fail/status" .
    group=looks start_run kill 'echo $$ >>starts; cat >/dev/null'
    wait_for_file_line starts .
    server_freeze kafka
    kill -KILL "$(<starts)"
    wait_for_file_line err 'kill-state, partition 0: its end is not known yet: no answer$'
    end_run
    server_thaw kafka
    assert_success
    assert_equal "$(wc -l <starts)" 1
}
