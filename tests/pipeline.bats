#!/usr/bin/env bats
# Promises that span programs: what goes in at one end comes out at the other, whatever is in
# between and however it ends, and nothing is lost silently.

load helper

setup() {
    cd "$BATS_TEST_TMPDIR"
}

# Starts `statsd-recv | BETWEEN` with bash; stdout goes to out, stderr to err. Sets $port.
start_pipeline() {
    local between=$1
    : >ready
    start_shell "statsd-recv --udp 127.0.0.1:0 --ready-fd 9 ${RECV:-} 9>ready | $between" >out 2>err
    wait_for_file_line ready '^udp'
    port=$(sed 's/.*://' ready)
}

# The process id of statsd-recv in the pipeline started last.
receiver() {
    pgrep -x -g "$background_pid" statsd-recv
}

# A day of samples: counters, timers, gauges and sets of a few series, in order of time, one value
# per second.
make_day() {
    awk -v OFS='\t' 'BEGIN {
        srand(4)
        for (i = 0; i < 3000; i++) {
            time = 1700000000 + i ".250"
            print "hits;host=h" i % 7, "c", 1 + int(rand() * 5), (i % 3 ? 1 : 0.5), time
            print "render;host=h" i % 5, "ms", int(rand() * 1000), 1, time
            if (i % 4 == 0) print "load", "g", int(rand() * 800) / 8, 1, time
            if (i % 4 == 2) print "load", "gd", "-1", 1, time
            print "users", "s", "u" int(rand() * 40), 1, time
        }
    }' >day.tsv
}

@test "what is sent over UDP arrives at Carbon, number for number" {
    start_tcp_sink "$PWD/sink"
    start_pipeline "statsd-agg -i 1 -p 50 | statsd-carbon 127.0.0.1:$port"
    send_udp "$port" 'hits:3|c\nhits:2|c|@0.5\nrender:10|ms\nrender:30|ms\nload:5|g\nload:-2|g\nusers:a|s\nusers:b|s\n'
    wait_for_file_line sink '^stats\.sets\.users\.count 2 [0-9]+$'
    for line in 'stats\.counters\.hits\.count 7' 'stats\.counters\.hits\.rate 7' 'stats\.timers\.render\.sum 40' \
        'stats\.timers\.render\.upper_50 10' 'stats\.timers\.render\.mean 20' 'stats\.gauges\.load 3' \
        'stats\.statsd\.numStats [0-9]+'; do
        wait_for_file_line sink "^$line [0-9]+$"
    done
}

@test "a live pipeline's only delay is its interval: a sample is seen without more input" {
    start_pipeline 'tee -i records | statsd-agg -i 0.1 --no-self | statsd-table -c count'
    send_udp "$port" 'hits:1|c'
    wait_for_file_line records '^hits'
    wait_for_file_line out '^hits +1$'
}

@test "^C on the whole pipeline delivers the last interval" {
    start_tcp_sink "$PWD/sink"
    RECV=--no-self start_pipeline "tee -i records | statsd-agg -i 1h | statsd-carbon --no-self 127.0.0.1:$port"
    send_udp "$port" 'hits:3|c'
    wait_for_file_line records '^hits'
    send_udp "$port" 'late:1|c'
    kill -INT -- "-$background_pid"
    wait_exit "$background_pid"
    wait_for_file_line sink '^stats\.counters\.hits\.count 3 '
    wait_for_file_line sink '^stats\.counters\.late\.count 1 '
    assert_equal "$(<err)" ''
}

@test "TERM for the receiver alone ends the pipeline, with success" {
    RECV=--no-self start_pipeline 'statsd-agg -i 1h --no-self | statsd-carbon -n --no-self'
    send_udp "$port" 'hits:3|c'
    kill -TERM "$(receiver)"
    wait_exit "$background_pid"
    assert_success
    assert_equal "$(cut -d' ' -f1,2 out | sort | head -n 1)" 'stats.counters.hits.count 3'
    assert_equal "$(<err)" ''
}

@test "a pipeline whose last program exits ends and reports it, even if nothing arrives" {
    RECV=--no-self start_pipeline 'statsd-agg -i 1h --no-self >/dev/null'
    pkill -KILL -x -g "$background_pid" statsd-agg
    wait_exit "$background_pid"
    assert_failure
    wait_for_file_line err '^statsd-recv: write stdout: Broken pipe$'
}

@test "a reader that closes the pipe early ends filters without a message" {
    make_day
    cat day.tsv day.tsv day.tsv >long.tsv
    run_program bash -c 'statsd-agg -e -i 1 long.tsv | statsd-carbon -n | head -n 1'
    assert_success
    refute_stderr
    assert_line --regexp '^stats\.'
    run_program bash -c 'yes "a:1|c" | statsd-parse | head -n 2 | wc -l'
    assert_success
    refute_stderr
    assert_output 2
}

@test "a full disk anywhere is reported and is a failure" {
    make_day
    run_program bash -c 'statsd-agg -e day.tsv | statsd-table >/dev/full'
    assert_failure 1
    assert_stderr 'statsd-table: write stdout: No space left on device'
    run_shell 'statsd-agg -e day.tsv | statsd-carbon -n >/dev/full'
    assert_failure 1
    assert_stderr_line 'statsd-carbon: write stdout: No space left on device'
}

@test "the same records give the same bytes, however they arrive" {
    make_day
    statsd-agg -e -p 50,99 day.tsv >expected
    [[ -s expected ]]
    statsd-agg -e -p 50,99 <day.tsv >is
    assert_file is expected
    dd if=day.tsv bs=37 status=none | statsd-agg -e -p 50,99 >is
    assert_file is expected
    split -l 1000 day.tsv piece.
    statsd-agg -e -p 50,99 piece.* >is
    assert_file is expected
    gzip -c day.tsv | zcat | statsd-agg -e -p 50,99 >is
    assert_file is expected
    LC_ALL=de_DE.UTF-8 statsd-agg -e -p 50,99 day.tsv >is
    assert_file is expected
    awk -v OFS='\t' '{ $6 = "192.0.2.1:4000"; print }' day.tsv | statsd-agg -e -p 50,99 >is
    assert_file is expected
    sed 's/$/\r/' day.tsv | statsd-agg -e -p 50,99 >is
    assert_file is expected
}

@test "a day split by series over two aggregators gives the same lines" {
    make_day
    statsd-agg -e --no-self day.tsv | sort >expected
    { grep '^[a-k]' day.tsv | statsd-agg -e --no-self; grep -v '^[a-k]' day.tsv | statsd-agg -e --no-self; } | sort >is
    assert_file is expected
}

@test "hosts merged by time give the same result as one" {
    make_day
    statsd-agg -e --no-self day.tsv | sort >expected
    awk '{ print > "host" int(NR / 4) % 2 ".tsv" }' day.tsv
    sort -m -s -t $'\t' -k5,5n host0.tsv host1.tsv | statsd-agg -e --no-self | sort >is
    assert_file is expected
}

@test "records edited by other tools are the same series" {
    printf 'a:1|c|#x:1,y:2\na;y=2;x=1:2|c\na,y=2,x=1:4|c\n' | statsd-parse --time 5 >records
    assert_equal "$(cut -f1 records | sort -u)" 'a;x=1;y=2'
    awk -F'\t' -v OFS='\t' '{ print; $1 = "a;y=2;x=1"; print; $1 = "a;x=0;y=2;x=1"; print }' records |
        statsd-agg --once --no-self >aggregates
    assert_equal "$(<aggregates)" "$(tsv 'a;x=1;y=2' c count 21 5)"
}

@test "a missing or doubled statsd-agg is reported" {
    make_day
    run_shell 'head -n 2 day.tsv | statsd-carbon -n'
    assert_stderr_line --partial 'is statsd-agg missing before statsd-carbon?'
    run_shell 'head -n 2 day.tsv | statsd-table'
    assert_stderr_line --partial 'is statsd-agg missing before statsd-table?'
    run_shell 'statsd-agg -e day.tsv | statsd-agg -e'
    assert_stderr_line --partial 'this looks like an aggregate: it has been through statsd-agg already'
}

@test "the books balance: values on the wire = records + bad + other, and each record is aggregated or counted" {
    local own
    start_pipeline 'tee -i records | statsd-agg -i 1h | tee -i aggregates >/dev/null'
    for i in {1..40}; do
        send_udp "$port" 'good:1|c\npacked:1:2:3|ms\nbad:x|c\nworse\n_e{1,1}:a|b\nhalf:1|c:y|c\n'
    done
    wait_until eval '(($(grep -c ^half records) == 40))'
    kill -TERM "$(receiver)"
    wait_exit "$background_pid"
    assert_success
    total() {
        awk -F'\t' -v name="statsd.$1" '$1 == name && $2 == "c" { n += $3 } END { print n + 0 }' records
    }
    assert_equal "$(total packets_received)" 40
    assert_equal "$(total packets_dropped)" 0
    assert_equal "$(total metrics_received)" $((40 * 5))
    assert_equal "$(total bad_lines_seen)" $((40 * 3))
    assert_equal "$(total events_received)" 40
    own=$(awk -F'\t' '$2 == "own" && $3 == "records_received" { n += $4 } END { print n }' aggregates)
    assert_equal "$own" "$(wc -l <records)"
    assert_equal "$(awk -F'\t' '$3 == "bad_records" || $3 == "late_records" { n += $4 } END { print n }' aggregates)" 0
    assert_equal "$(awk -F'\t' '$1 == "packed" && $3 == "count" { n += $4 } END { print n }' aggregates)" 120
}

@test "no program leaves a descriptor that others share non-blocking" {
    make_day
    mkfifo pipe
    cat pipe >/dev/null 3>&- &
    exec 7>pipe
    statsd-parse --time 1 "$ROOT/examples/lines.txt" >&7 2>/dev/null
    statsd-agg -e day.tsv >&7
    statsd-agg -e day.tsv | statsd-carbon -n >&7
    statsd-agg -e day.tsv | statsd-table >&7
    statsd-recv --udp 127.0.0.1:0 --for 100ms >&7
    run_shell 'sed -n "s/^flags:[[:space:]]*//p" /proc/self/fdinfo/7'
    exec 7>&-
    (((8#$output & 8#4000) == 0)) || fail 'O_NONBLOCK was left'
}

@test "a German locale changes nothing, from the wire to the table" {
    # If the system has no such locale, makes one.
    mkdir -p locale
    export LOCPATH=$PWD/locale
    localedef -i de_DE -f UTF-8 "$LOCPATH/de_DE.UTF-8" 2>/dev/null || skip 'no German locale can be made'
    assert_equal "$(LC_ALL=de_DE.UTF-8 bash -c 'printf "%.1f" 0,5')" 0,5
    whole() {
        printf 'a:1.5|c|@0.3\nb:2.25|ms\nc:1e-7|g\n' | statsd-parse --time 1.5 |
            statsd-agg --once -i 0.5 -p 99.9 >between
        statsd-carbon -n --no-self <between
        statsd-table --numbers short <between
        statsd-table --tsv <between
    }
    whole >expected
    LC_ALL=de_DE.UTF-8 whole >is
    assert_file is expected
    grep -q '0\.5\|1\.5\|2\.25' is
}
