#!/usr/bin/env bats
# statsd-spool: intervals on disk until a sink has named them. The sink is tests/fake-sink.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # status, output and the like are the helper's

load helper

FAKE=$ROOT/tests/fake-sink

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# intervals FIRST COUNT ROWS [PADDING]: prints COUNT intervals of ROWS rows and numStats.
intervals() {
    awk -v first="$1" -v count="$2" -v rows="$3" -v padding="${4:-}" 'BEGIN {
        for (i = first; i < first + count; i++) {
            time = 1700000000 + 10 * i
            for (k = 1; k <= rows; k++) printf "api.%d%s\tc\tcount\t%d\t%d\n", k, padding, i, time
            printf "statsd\town\tnumStats\t%d\t%d\n", rows, time
        } }'
}

# segments: the names in the spool.
segments() {
    (cd d && for file in *; do [[ $file == lock || $file == '*' ]] || echo "$file"; done)
}

count_segments() {
    segments | grep -c '' || true
}

has_segments() {
    (($(count_segments) == $1))
}

# has_starts N: the sink has been started N times.
has_starts() {
    (($(cat sink.starts 2>/dev/null | wc -l) == $1))
}

# received: what all starts of the sink have read, one after the other.
received() {
    local number=1
    while [[ -e sink.$number ]]; do
        cat "sink.$number"
        number=$((number + 1))
    done
}

# times_of FILE: the times of the intervals that are in it whole.
times_of() {
    awk -F '\t' '$2 == "own" && $3 == "numStats" { print $5 }' "$1"
}

# start_spool OPTION… -- SCRIPT…: starts a spool in ./d whose input is the fifo ./in, open at
# descriptor 5.
start_spool() {
    local options=()
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    rm -f in
    mkfifo in
    exec 5<>in
    : >ready
    start_background statsd-spool --ready-fd 9 --drain 1 "${options[@]}" d -- \
        "$FAKE" sink "$@" <in >out 2>err 5>&- 9>ready
    wait_until has_whole_line ready || fail 'the spool did not become ready' "$(<err)"
}

# run_spool OPTION… DIR -- SCRIPT…: runs a spool to the end of its input.
run_spool() {
    local words=()
    while [[ $1 != -- ]]; do
        words+=("$1")
        shift
    done
    shift
    run_program statsd-spool "${words[@]}" -- "$FAKE" sink "$@"
}

stop_spool() {
    kill -TERM "$background_pid"
    exec 5>&-
    wait_exit "$background_pid"
    stderr=$(<err)
}

# --- intervals ------------------------------------------------------------------------------------

@test "every byte reaches the sink in order, and nothing stays" {
    intervals 1 50 40 >rows
    run_spool -v d -- read <rows
    assert_success
    assert_stderr 'statsd-spool: 2050 lines, 50 intervals, 50 done, 0 left, 0 lines dropped, 0 bad'
    assert_file sink.1 rows
    assert_equal "$(segments)" ''
    times_of rows >times.txt
    assert_file sink.named times.txt
}

@test "an interval is in a file before the sink gets it, under its time and number, and can be read" {
    intervals 1 3 2 >rows
    run_spool --drain 0.1 d -- hold <rows
    assert_success
    assert_stderr 'statsd-spool: 9 lines left in d'
    assert_equal "$(segments | xargs)" '1700000010-0000000001.tsv 1700000020-0000000002.tsv 1700000030-0000000003.tsv'
    cat d/*.tsv >kept
    assert_file kept rows
    run_shell 'cat d/*.tsv | statsd-table --tsv'
    assert_success
    assert_line --partial 'api.1'
}

@test "a segment is removed when the sink has named it, and not before" {
    start_spool -- hold=go
    intervals 1 4 3 >&5
    wait_until has_segments 4
    wait_for_file_line sink.1 'numStats.*1700000040$'
    has_segments 4
    touch go
    wait_until has_segments 0
    stop_spool
    assert_success
    refute_stderr
}

@test "what is named is done with all before it" {
    intervals 1 5 3 >rows
    run_spool --drain 0.5 d -- last <rows
    assert_success
    refute_stderr
    assert_equal "$(<sink.named)" 1700000050
    assert_equal "$(segments)" ''
}

@test "the oldest comes first: what is left of earlier runs, in the order in which it came" {
    # The second run's times are before the first's.
    intervals 5 2 1 >late
    intervals 1 2 1 >early
    intervals 3 1 1 >new
    run_spool --drain 0.1 d -- hold <late
    run_spool --drain 0.1 d -- hold <early
    rm sink.*
    run_spool d -- read <new
    assert_success
    refute_stderr
    cat late early new >expected
    assert_file sink.1 expected
    assert_equal "$(segments)" ''
}

@test "the sink is at most eight intervals ahead of what it has named" {
    intervals 1 20 3 >rows
    run_spool --drain 0.3 d -- hold <rows
    assert_success
    assert_equal "$(times_of sink.1 | wc -l)" 8
    assert_equal "$(count_segments)" 20
}

@test "of large intervals it gets 8 MiB, or one" {
    intervals 1 3 50000 "$(printf 'x%.0s' {1..60})" >rows
    run_spool --drain 0.3 d -- hold <rows
    assert_success
    assert_equal "$(times_of sink.1 | wc -l)" 1
}

@test "an interval without numStats ends at the next time, and at the end of input" {
    intervals 1 3 2 | grep -v numStats >rows
    run_spool --drain 0.1 d -- hold <rows
    assert_equal "$(segments | xargs)" '1700000010-0000000001.tsv 1700000020-0000000002.tsv 1700000030-0000000003.tsv'
    cat d/*.tsv >kept
    assert_file kept rows
}

@test "an interval without numStats is complete after a second without input; with it, it is waited for" {
    start_spool -- read
    tsv a c count 1 1700000010 >&5
    wait_until has_segments 1
    wait_for_file_line sink.1 '^a'
    intervals 2 1 1 >&5
    wait_for_file_line sink.1 'numStats.*1700000020$'
    tsv b c count 1 1700000030 >&5
    wait_until test -e d/1700000030-0000000003.tsv.part
    sleep 1.3
    [[ -e d/1700000030-0000000003.tsv.part ]]
    stop_spool
    assert_success
}

@test "times with a fraction, times before 1970, and times that go back" {
    {
        tsv statsd own numStats 0 1700000000.500
        tsv statsd own numStats 0 -5
        tsv statsd own numStats 0 1700000000
    } >rows
    run_spool d -- read <rows
    assert_success
    assert_file sink.1 rows
    for time in +5 .5 5. 007 1e3; do
        tsv a g value 1 "$time"
    done >odd
    run_program statsd-spool d -- statsd-carbon -n --no-self <odd
    assert_success
    refute_stderr
    assert_equal "$(segments)" ''
    run_spool --drain 0.1 d -- hold <rows
    assert_equal "$(segments | sort | xargs)" \
        '-5-0000000002.tsv 1700000000-0000000003.tsv 1700000000.500-0000000001.tsv'
}

@test "lines with CR, and rows of a type that is not known, are passed on as they are" {
    {
        tsv a new value 1 1700000010
        tsv a c count 1 $'1700000010\r'
        tsv a new value 1 1700000010
        tsv 'a\tb' g value 17.25e3 1700000010 more
        tsv statsd own numStats 2 1700000010
    } >rows
    run_spool d -- read <rows
    assert_success
    refute_stderr
    assert_file sink.1 rows
}

@test "what is no aggregate is refused, a torn last line too; it is counted, and told in an own row" {
    {
        echo rubbish
        intervals 1 1 1
        rec a c 1
        echo
        intervals 2 1 1
        printf 'api.1\tc\tcount\t1\t17'
    } >rows
    run_spool -v --rejects rejects d -- read <rows
    assert_success
    assert_stderr "statsd-spool: stdin:1: bad aggregate 'rubbish': expected five columns separated by TABs
statsd-spool: stdin:4: bad aggregate 'a\\tc\\t1\\t1\\t1700000000.000': this looks like a record: \
is statsd-agg missing before statsd-spool?
statsd-spool: stdin:8: torn aggregate 'api.1\\tc\\tcount\\t1\\t17': the last line has no line end
statsd-spool: 7 lines, 2 intervals, 2 done, 0 left, 0 lines dropped, 3 bad"
    assert_equal "$(cut -f 2 rejects | xargs)" 'stdin:1 stdin:4 stdin:8'
    {
        intervals 1 1 1 | head -n 1
        tsv statsd own spool.bad_lines 1 1700000010
        intervals 1 1 1 | tail -n 1
        intervals 2 1 1 | head -n 1
        tsv statsd own spool.bad_lines 1 1700000020
        intervals 2 1 1 | tail -n 1
    } >expected
    assert_file sink.1 expected
}

@test "a line that is too long is refused; --strict ends at the first, and keeps what was before" {
    { intervals 1 1 1 && intervals 2 1 1 "$(printf 'x%.0s' {1..100})"; } >rows
    run_spool -l 100 --no-self d -- read <rows
    assert_success
    assert_stderr --partial "statsd-spool: stdin:3: bad aggregate 'api.1xxxxx"
    assert_stderr --partial 'the line is longer than --max-line'
    { intervals 1 1 1 && intervals 2 1 1 | tail -n 1; } >expected
    assert_file sink.1 expected
    run_spool -s -q -l 100 d -- read <rows
    assert_failure 1
    intervals 1 1 1 >expected
    assert_file sink.2 expected
}

# --- the sink -------------------------------------------------------------------------------------

@test "a sink that dies is started again, and gets everything that is not done, from its beginning" {
    intervals 1 12 7 >rows
    run_spool d -- kill=3 kill=1 half=700 kill=4 read <rows
    assert_success
    local again="statsd-spool: $FAKE: killed by signal 9: it is started again in"
    assert_stderr --regexp "^$again 0\.1 s
$again 0\.[12] s
$again 0\.[345] s
$again 0\.1 s$"
    # Each start begins where the one before was done.
    local start first begins=(1 3 3 3 6)
    for start in 1 2 3 4 5; do
        first=${begins[start - 1]}
        intervals "$first" $((13 - first)) 7 >expected
        head -c "$(wc -c <"sink.$start")" expected >part
        assert_file "sink.$start" part
    done
    assert_equal "$(sort -u sink.named | wc -l)" 12
    assert_equal "$(segments)" ''
}

@test "the pause between starts doubles" {
    start_spool -- exit=3 exit=3 exit=3 exit=3 hold
    wait_until has_starts 5
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    sed 's/.*: //; s/[0-9.]* s$/N s/' err | sort | uniq -c | xargs >said
    assert_equal "$(<said)" '4 it is started again in N s'
    grep -q "^statsd-spool: $FAKE: ended with status 3: it is started again in 0\.[0-9] s$" err
    awk 'NR > 2 { pause = $1 - last; if (pause < most * 1.15) bad = 1; most = pause } NR > 1 { last = last }
        { if (NR > 1 && NR < 3) most = ($1 - last); last = $1 } END { exit bad }' sink.starts ||
        fail 'the pauses do not grow' "$(<sink.starts)"
}

@test "a sink that cannot be executed ends the spool with status 1" {
    intervals 1 1 1 >rows
    run_program statsd-spool d -- ./no-such-sink <rows
    assert_failure 1
    assert_stderr 'statsd-spool: execute ./no-such-sink: No such file or directory'
    touch not-executable
    run_program statsd-spool d -- ./not-executable <rows
    assert_failure 1
    assert_stderr 'statsd-spool: execute ./not-executable: Permission denied'
}

@test "a sink that exits 2 at its first start ends the spool with status 2, and later does not" {
    start_spool -- exit=2
    wait_exit "$background_pid"
    exec 5>&-
    assert_failure 2
    assert_equal "$(<err)" "statsd-spool: $FAKE: ended with status 2 at its first start"
    rm sink.*
    intervals 1 2 1 >rows
    run_spool d -- exit=1 exit=2 read <rows
    assert_success
    assert_stderr --partial 'ended with status 2: it is started again in 0.'
    assert_file sink.3 rows
}

@test "a sink that is gone when it is to be started again is tried again" {
    # It goes by itself, before it can be started again.
    printf '#!/bin/sh\nmv own-sink elsewhere\nexec "%s" "$@"\n' "$FAKE" >own-sink
    chmod +x own-sink
    mkfifo in
    exec 5<>in
    start_background statsd-spool d -- ./own-sink sink exit=1 read <in 2>err 5>&-
    wait_for_file_line err '^statsd-spool: execute ./own-sink: No such file or directory$'
    mv elsewhere own-sink
    intervals 1 1 1 >&5
    wait_for_file_line sink.named 1700000010
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
}

@test "a sink's death is noticed where the parent ignores SIGCHLD" {
    intervals 0 1 2 >rows
    run timeout -k 1 5 env --ignore-signal=CHLD statsd-spool d -- "$FAKE" sink read <rows
    assert_equal "$status $output" '0 '
    has_segments 0
}

# has_size FILE BYTES
has_size() {
    [[ $(stat -c %s "$1") == "$2" ]]
}

@test "what is held for a whole block is written before a pause, and every byte arrives in order" {
    start_spool -- read
    intervals 0 1 9000 .padding >rows
    head -n 3000 rows >first
    head -n 3001 rows >second
    cat first >&5
    wait_until has_size d/1700000000-0000000001.tsv.part "$(stat -c %s first)"
    tail -n +3001 rows | head -n 1 >&5
    wait_until has_size d/1700000000-0000000001.tsv.part "$(stat -c %s second)"
    tail -n +3002 rows >&5
    wait_for_file_line sink.named 1700000000
    stop_spool
    assert_file sink.1 rows
}

@test "a sink that closes its standard input, or its --done-fd, is not waited for at full speed" {
    start_spool -- close read
    intervals 1 1 3 >&5
    wait_until has_starts 2
    wait_until has_segments 0
    stop_spool
    assert_success
    assert_stderr --regexp "^statsd-spool: $FAKE: killed by signal 15: it is started again in 0\.[0-9] s$"
}

@test "a time that the sink was never given is ignored, and a word that is none is reported" {
    intervals 1 3 1 >rows
    run_spool d -- 'words=rubbish\n1700000999\n' <rows
    assert_success
    assert_stderr "statsd-spool: $FAKE: bad time 'rubbish' on --done-fd: expected Unix seconds"
    assert_file sink.1 rows
    assert_equal "$(segments)" ''
}

@test "the sink inherits no descriptor of ours but its own, and SIGPIPE as it was" {
    cat >look <<'END'
#!/bin/sh
ls -l /proc/self/fd >fds
echo "$2" >number
echo 'a time' >&"$2" 2>shell # dash takes one digit
grep SigIgn /proc/self/status >ignored
exec >/dev/null
cat
END
    chmod +x look
    run_program statsd-spool --drain 1 --done-fd 8 d -- ./look </dev/null 8>named 3>&- 4>&-
    grep -q " $(<number) -> pipe:" fds
    [[ $(<number) == 3 && ! -s shell ]] || fail "descriptor $(<number), which was not the lowest, or out of reach of sh"
    ! grep -E '/d/lock|eventpoll|signalfd|/named| -> .*/d$' fds || fail 'a descriptor of the spool'
    [[ $(awk '{ print substr($2, length($2) - 3, 1) }' ignored) == [02468ace] ]] || fail 'SIGPIPE is ignored'
}

# --- files ----------------------------------------------------------------------------------------

@test "of a torn file the whole rows are fed, and it is reported" {
    intervals 1 4 3 >rows
    run_spool --drain 0.1 d -- hold <rows
    rm sink.*
    head -c 50 d/1700000010-0000000001.tsv >torn && cp torn d/1700000010-0000000001.tsv
    : >d/1700000020-0000000002.tsv
    third=d/1700000030-0000000003.tsv
    { head -n 1 $third && head -c 3000 /dev/zero && echo && tail -n 2 $third; } >torn
    cp torn $third
    run_spool --drain 0.5 d -- last </dev/null
    assert_success
    assert_stderr - <<'END'
statsd-spool: d/1700000010-0000000001.tsv: torn: 1 whole lines are kept
statsd-spool: d/1700000020-0000000002.tsv: torn: 0 whole lines are kept
statsd-spool: d/1700000030-0000000003.tsv: torn: 3 whole lines are kept
END
    {
        intervals 1 1 3 | head -n 1
        intervals 3 1 3 | sed '2d'
        intervals 4 1 3
    } >expected
    assert_file sink.1 expected
    assert_equal "$(segments)" ''
}

@test "of an interval that was being written when the spool was killed, the whole rows are fed" {
    start_spool -- read
    intervals 1 1 3 >&5
    wait_for_file_line sink.named 1700000010
    intervals 2 1 3 | head -n 2 >&5
    wait_until test -s d/1700000020-0000000002.tsv.part
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    printf 'api.9\tc\tcount\t1' >>d/1700000020-0000000002.tsv.part
    : >d/1700000030-0000000003.tsv.part
    intervals 4 1 1 >rows
    run_spool d -- read <rows
    assert_success
    assert_stderr - <<'END'
statsd-spool: d/1700000020-0000000002.tsv.part: interrupted: its whole lines are kept
statsd-spool: d/1700000020-0000000002.tsv: torn: 2 whole lines are kept
END
    { intervals 2 1 3 | head -n 2 && cat rows; } >expected
    assert_file sink.2 expected
    # The number goes on after the highest that was there.
    grep -q . sink.named
    assert_equal "$(segments)" ''
}

@test "foreign files are left alone, and reported" {
    mkdir -p d/folder
    touch d/notes d/1700000010-1.tsv d/.hidden d/1700000010-0000000001.tsv.bak
    mkdir d/1700000010-0000000007.tsv
    intervals 1 1 1 >rows
    run_spool d -- read <rows
    assert_success
    assert_file sink.1 rows
    assert_stderr - <<'END'
statsd-spool: d/.hidden: left alone: not a segment
statsd-spool: d/1700000010-0000000001.tsv.bak: left alone: not a segment
statsd-spool: d/1700000010-0000000007.tsv: left alone: not a segment
statsd-spool: d/1700000010-1.tsv: left alone: not a segment
statsd-spool: d/folder: left alone: not a segment
statsd-spool: 1 more files left alone
END
    assert_equal "$(segments | wc -l)" 5
    [[ -e d/.hidden ]]
}

@test "a directory that another process uses is refused, its process named; the sink has no lock" {
    start_spool -- hold
    run_spool d -- read </dev/null
    assert_failure 1
    assert_stderr "statsd-spool: d: in use by process $background_pid"
    # Its sink lives on for a while, and holds no lock.
    wait_for_file_line sink.starts ' '
    kill -STOP "$(awk '{ print $2 }' sink.starts)"
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    run_spool d -- read </dev/null
    assert_success
    kill -KILL "$(awk 'NR == 1 { print $2 }' sink.starts)"
}

@test "a directory that a process of another container uses is refused" {
    unshare --pid true 2>/dev/null || skip 'no right to make a namespace'
    start_spool -- hold
    run_program unshare --pid --fork statsd-spool d -- "$FAKE" sink read </dev/null
    assert_failure 1
    assert_stderr 'statsd-spool: d: in use by another process'
}

@test "a directory whose lock may not be opened is an error" {
    ((EUID == 0)) || skip 'needs root, to be somebody else'
    mkdir -m 755 d
    touch d/lock
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")"
    setpriv --reuid=65534 --regid=65534 --clear-groups test -r d -a -x "$STATSD_BIN/statsd-spool" ||
        skip 'nobody cannot come here'
    run_program setpriv --reuid=65534 --regid=65534 --clear-groups statsd-spool d -- cat </dev/null
    assert_failure 1
    assert_stderr 'statsd-spool: open d/lock: Permission denied'
}

@test "a directory that cannot be made or used is an error" {
    touch file
    run_spool file -- read </dev/null
    assert_failure 1
    assert_stderr 'statsd-spool: open file: Not a directory'
    run_spool no/where -- read </dev/null
    assert_failure 1
    assert_stderr 'statsd-spool: mkdir no/where: No such file or directory'
}

@test "a segment that somebody has removed is lost, and reported" {
    start_spool -- stall read
    intervals 1 10 3 >&5
    wait_until test -e d/1700000100-0000000010.tsv
    wait_until has_starts 1
    rm d/1700000100-0000000010.tsv
    kill -KILL "$(awk '{ print $2 }' sink.starts)"
    wait_until has_segments 0
    stop_spool
    assert_failure 1
    assert_equal "$(sed '1d' err)" "statsd-spool: read d/1700000100-0000000010.tsv: \
No such file or directory: 4 lines lost
statsd-spool: 4 lines dropped"
    assert_equal "$(times_of sink.2 | wc -l)" 9
}

# start_holding OPTION…: starts a spool with twelve intervals of an earlier run. Its sink holds the first eight; once
# it is killed, the next reads all.
start_holding() {
    intervals 1 12 3 >rows
    run_spool --drain 0.1 d -- hold <rows
    rm sink.*
    start_spool "$@" -- hold read
    wait_for_file_line sink.1 'numStats.*1700000080$'
}

@test "a segment of an earlier run that cannot be read counts as at least one line when --max drops it" {
    start_holding -v --max 4K
    rm d/1700000100-0000000010.tsv d/1700000120-0000000012.tsv
    # The ninth and the tenth must go.
    intervals 13 1 2 "$(printf 'x%.0s' {1..1150})" >&5
    wait_for_file_line err 'dropped, the oldest first$'
    kill -USR1 "$background_pid"
    wait_for_file_line err '0 bad$'
    stop_spool
    assert_failure 1
    sed -E -i 's/process [0-9]+/process P/; s/\([0-9]+ bytes/(N bytes/' err
    assert_equal "$(<err)" "statsd-spool: read d/1700000100-0000000010.tsv: No such file or directory: \
its lines are not counted
statsd-spool: --max of 4096 bytes is reached: at least 5 lines dropped, the oldest first
statsd-spool: $FAKE process P: 3 lines, 1 intervals, 0 done, 11 waiting (N bytes), at least 5 lines dropped, 0 bad
statsd-spool: read d/1700000120-0000000012.tsv: No such file or directory: its lines are not counted
statsd-spool: at least 41 lines left in d
statsd-spool: at least 5 lines dropped
statsd-spool: 3 lines, 1 intervals, 0 done, 11 left, at least 5 lines dropped, 0 bad"
    # What is told is the least, too.
    assert_equal "$(grep -h spool.lines_dropped d/*)" "$(tsv statsd own spool.lines_dropped 5 1700000130)"
}

@test "a segment of an earlier run that somebody has removed is lost, at least one line" {
    start_holding
    rm d/1700000100-0000000010.tsv
    kill -KILL "$(awk '{ print $2 }' sink.starts)"
    wait_until has_segments 0
    stop_spool
    assert_failure 1
    assert_equal "$(sed '1d' err)" "statsd-spool: read d/1700000100-0000000010.tsv: \
No such file or directory: at least 1 line lost
statsd-spool: at least 1 line dropped"
}

@test "lines that wait in a file that cannot be read are not counted, and the exit status is 1" {
    start_holding
    rm d/1700000100-0000000010.tsv
    stop_spool
    assert_failure 1
    assert_equal "$(<err)" "statsd-spool: read d/1700000100-0000000010.tsv: \
No such file or directory: its lines are not counted
statsd-spool: at least 45 lines left in d"
}

@test "segments that cannot be opened for want of descriptors are fed later, and none is lost" {
    command -v prlimit >/dev/null || skip 'prlimit is not installed: it is in util-linux'
    intervals 1 20 3 >rows
    run_spool --drain 0.1 d -- hold <rows
    rm sink.*
    start_spool -v -- hold=go
    wait_for_file_line sink.1 'numStats.*1700000080$'
    prlimit --pid "$background_pid" --nofile=4: || skip 'no right to limit a process'
    touch go
    wait_for_file_line err 'trying again'
    has_segments 12
    # A second later it tries again, which is not reported.
    sleep 1.2
    has_segments 12
    prlimit --pid "$background_pid" --nofile=1024:
    wait_until has_segments 0
    stop_spool
    assert_success
    assert_stderr 'statsd-spool: read d/1700000090-0000000009.tsv: Too many open files: trying again
statsd-spool: 0 lines, 0 intervals, 20 done, 0 left, 0 lines dropped, 0 bad'
    assert_file sink.1 rows
}

@test "a segment that cannot be read for another reason is left for the next start" {
    intervals 1 5 3 >rows
    run_spool --drain 0.1 d -- hold <rows
    rm sink.*
    # The file is there, and can be opened again later.
    start_spool -- stall read
    wait_until has_starts 1
    mv d/1700000030-0000000003.tsv aside
    ln -s 1700000030-0000000003.tsv d/1700000030-0000000003.tsv
    kill -KILL "$(awk '{ print $2 }' sink.starts)"
    wait_for_file_line sink.named 1700000050
    stop_spool
    assert_failure 1
    assert_equal "$(sed '1d' err)" 'statsd-spool: read d/1700000030-0000000003.tsv: '"\
Too many levels of symbolic links: left for the next start"
    { intervals 1 2 3 && intervals 4 2 3; } >expected
    assert_file sink.2 expected
    run_spool d -- read </dev/null
    assert_success
    assert_stderr 'statsd-spool: d/1700000030-0000000003.tsv: left alone: Too many levels of symbolic links'
    mv aside d/1700000030-0000000003.tsv
    rm sink.*
    run_spool d -- read </dev/null
    assert_success
    refute_stderr
    intervals 3 1 3 >expected
    assert_file sink.1 expected
    assert_equal "$(segments)" ''
}

@test "a segment that becomes shorter while it waits is lost, and reported" {
    intervals 1 3 3 >rows
    start_spool -- stall read
    cat rows >&5
    wait_until has_segments 3
    wait_until has_starts 1
    truncate -s 20 d/1700000020-0000000002.tsv
    kill -KILL "$(awk '{ print $2 }' sink.starts)"
    wait_until has_segments 0
    stop_spool
    assert_failure 1
    assert_stderr --partial 'statsd-spool: read d/1700000020-0000000002.tsv: it has become shorter: 4 lines lost'
}

@test "a second signal on a full disk: what is in memory is lost, and reported" {
    intervals 1 8 200 >rows
    # shellcheck disable=SC2016
    in_small_disk '
        head -c 40960 /dev/zero >d/filler
        mkfifo in; exec 5<>in
        statsd-spool d -- "$1" sink hold=go <in 2>err 5>&- & pid=$!
        cat rows >&5
        wait_for "grep -q \"intervals are kept in memory\" err"
        kill -TERM $pid
        for _ in {1..100}; do sleep 0.1; kill -INT $pid 2>/dev/null || break; done
        wait $pid || exit $?
        ' "$FAKE"
    assert_failure 1
    grep -Eqx 'statsd-spool: ended by a second signal: [0-9]+ bytes of intervals in memory not written' err ||
        fail 'not said' "$(<err)"
}

@test "a segment that cannot be removed is reported" {
    intervals 1 1 3 >rows
    # shellcheck disable=SC2016
    in_small_disk '
        mkfifo in; exec 5<>in
        statsd-spool d -- "$1" sink hold=go <in 2>err 5>&- & pid=$!
        cat rows >&5
        wait_for "compgen -G \"d/*.tsv\" >/dev/null && [[ -e sink.starts ]]"
        segment=$(echo d/*.tsv)
        mount --bind "$segment" "$segment" # a mount point: EBUSY
        touch go
        wait_for "grep -q remove err"
        echo "statsd-spool: remove $segment: Device or resource busy" >expected
        head -n 1 err | cmp - expected
        exec 5>&-
        wait $pid
        ' "$FAKE"
    assert_success
}

@test "on a full disk it goes on from memory, and on disk again when there is room" {
    intervals 1 8 200 >rows # 5 KB each
    # shellcheck disable=SC2016
    in_small_disk '
        head -c 40960 /dev/zero >d/filler
        mkfifo in; exec 5<>in
        statsd-spool -v --done-fd 7 d -- "$1" sink hold=go <in 2>err 7>done-times 5>&- & pid=$!
        cat rows >&5
        wait_for "grep -q \"intervals are kept in memory\" err"
        wait_for "grep -q \"numStats.*1700000080\" sink.1 2>/dev/null"
        wc -l <done-times >before
        rm d/filler
        wait_for "grep -q \"can be written again\" err"
        ls d | grep -c tsv >count
        cat d/*.tsv | cmp - rows
        cat done-times >after
        touch go
        exec 5>&-
        wait $pid' "$FAKE"
    assert_success
    refute_output
    sed -i 's/: [0-9]* intervals moved/: N intervals moved/; s/[0-9]*-[0-9]*.tsv.part/X/' err
    assert_equal "$(<err)" "statsd-spool: d/filler: left alone: not a segment
statsd-spool: write d/X: No space left on device: intervals are kept in memory
statsd-spool: d can be written again: N intervals moved from memory
statsd-spool: 1608 lines, 8 intervals, 8 done, 0 left, 0 lines dropped, 0 bad"
    assert_file sink.1 rows
    assert_equal "$(<count)" 8
    # What is only in memory is not safe.
    (($(<before) < 8))
    times_of rows >times.txt
    assert_file after times.txt
}

@test "memory is bounded by --buffer: what is lost is counted, and the exit status is 1" {
    intervals 1 20 200 >rows
    # shellcheck disable=SC2016
    in_small_disk '
        head -c 61440 /dev/zero >d/filler
        statsd-spool -v --drain 0.3 --buffer 20K d -- "$1" sink stall <rows 2>err || echo $? >code' "$FAKE"
    assert_success
    assert_equal "$(<code)" 1
    grep -q '^statsd-spool: the buffer of 20480 bytes is full: [0-9]* lines dropped, the oldest first$' err
    grep -q '^statsd-spool: [0-9]* lines in memory could not be written to d$' err
    # In the books: all that came is dropped.
    dropped=$(sed -n 's/^statsd-spool: \([0-9]*\) lines dropped$/\1/p' err)
    assert_equal "$(grep intervals, err)" \
        "statsd-spool: 4020 lines, 20 intervals, 0 done, 0 left, $dropped lines dropped, 0 bad"
    ((dropped >= 4020))
}

# is_first_and_last: ./kept is the newest intervals of ./rows, ten lines each, after at most eight of the first: those
# that the sink had.
is_first_and_last() {
    local first last
    last=$(wc -l <kept)
    for first in {0..8}; do
        head -n $((first * 10)) rows >expected
        tail -n $((last - first * 10)) rows >>expected
        ! cmp -s kept expected || return 0
    done
    return 1
}

@test "past --max the oldest goes, counted in lines, told in an own row; the exit status is 1" {
    intervals 1 30 9 >rows # 10 lines each
    start_spool -v --max 4K -- exit=1
    wait_for_file_line sink.starts ' '
    head -n 100 rows >&5
    wait_until has_segments 10
    tail -n 200 rows >&5
    wait_for_file_line err 'lines dropped, the oldest first'
    wait_until test -e d/1700000300-0000000030.tsv
    exec 5>&-
    wait_exit "$background_pid"
    assert_failure 1
    (($(cat d/*.tsv | wc -c) <= 4096))
    dropped=$(sed -n 's/^statsd-spool: \([0-9]*\) lines dropped$/\1/p' err)
    # The rows that tell it are lines too: some of them were dropped with their interval.
    left=$(cat d/*.tsv | wc -l)
    told=$(cat d/*.tsv | awk -F '\t' '$3 == "spool.lines_dropped" { sum += $4 } END { print sum }')
    own=$(cat d/*.tsv | grep -c lines_dropped)
    ((dropped + left >= 300 && own > 0))
    cat d/*.tsv | grep -v lines_dropped >kept
    is_first_and_last || fail 'the wrong intervals are left' "$(times_of kept)"
    ((told == dropped)) || fail "told $told of $dropped"
    grep -q '^statsd-spool: --max of 4096 bytes is reached: [0-9]* lines dropped, the oldest first$' err
}

@test "without own rows the count is exact, numStats among the lines" {
    intervals 1 30 9 >rows
    run_spool --no-self --max 4K --drain 0.1 d -- exit=1 <rows
    assert_failure 1
    cat d/*.tsv >kept
    is_first_and_last || fail 'the wrong intervals are left' "$(times_of kept)"
    left=$(wc -l <kept)
    assert_stderr --partial "statsd-spool: $((300 - left)) lines dropped"
    assert_stderr --partial "statsd-spool: $left lines left in d"
}

@test "what the sink has is not dropped by --max, and an interval larger than it is" {
    intervals 1 20 9 >rows
    run_spool --no-self --max 4K --drain 0.3 d -- hold <rows
    assert_failure 1
    cat d/*.tsv >kept
    is_first_and_last || fail 'the wrong intervals are left' "$(times_of kept)"
    left=$(wc -l <kept)
    assert_stderr --partial "statsd-spool: $((200 - left)) lines dropped"
    rm -rf d sink.*
    { intervals 1 1 3 && intervals 2 1 1000 && intervals 3 1 3; } >rows
    run_spool --max 4K d -- read <rows
    assert_failure 1
    assert_stderr 'statsd-spool: --max of 4096 bytes is reached: 1001 lines dropped, the oldest first
statsd-spool: 1001 lines dropped'
    {
        intervals 1 1 3
        intervals 3 1 3 | head -n 3
        tsv statsd own spool.lines_dropped 1001 1700000030
        intervals 3 1 3 | tail -n 1
    } >expected
    assert_file sink.1 expected
}

@test "own rows have the series of those in the input, or --self-prefix" {
    { echo rubbish && tsv shop own numStats 0 1700000010; } >rows
    run_spool -q d -- read <rows
    assert_equal "$(head -n 1 sink.1)" "$(tsv shop own spool.bad_lines 1 1700000010)"
    run_spool -q --self-prefix mine d -- read <rows
    assert_equal "$(head -n 1 sink.2)" "$(tsv mine own spool.bad_lines 1 1700000010)"
}

@test "--fsync: an interval is on the disk before it has its name, and its name before it is fed" {
    command -v strace >/dev/null || skip 'strace is not installed'
    [[ -z ${ASAN_OPTIONS:-} ]] || ! grep -qa __asan_init "$STATSD_BIN/statsd-spool" || skip 'built with a sanitizer'
    intervals 1 2 2 >rows
    strace -o calls -e trace=fsync,renameat,renameat2,sendfile \
        statsd-spool --fsync d -- "$FAKE" sink read <rows || skip 'strace cannot trace here'
    assert_equal "$(sed -nE 's/^(fsync|renameat|sendfile).*/\1/p' calls | head -n 6 | xargs)" \
        'fsync renameat fsync fsync renameat fsync'
    strace -o calls -e trace=fsync statsd-spool d -- "$FAKE" sink read <rows
    ! grep -q fsync calls
}

@test "--done-fd names each interval that is safe, in order" {
    intervals 1 5 2 >rows
    run_spool --drain 0.1 --done-fd 7 d -- hold <rows 7>safe
    times_of rows >times.txt
    assert_file safe times.txt
}

@test "--done-fd: none is named after one that was never safe" {
    { intervals 1 1 3 && intervals 2 1 1000 && intervals 3 1 3; } >rows
    run_spool --max 4K --done-fd 7 d -- read <rows 7>safe
    assert_equal "$(<safe)" 1700000010
    run_spool --done-fd 7 d -- read <rows 7>&-
    assert_failure 1
    assert_stderr 'statsd-spool: --done-fd 7: Bad file descriptor'
    run_spool --done-fd 7 d -- read <rows 7<rows
    assert_failure 1
    assert_stderr 'statsd-spool: --done-fd 7: Bad file descriptor'
}

@test "--done-fd: a write that fails is reported, every interval is delivered, and the exit status is 1" {
    intervals 1 2 3 >rows
    run_spool --done-fd 7 d -- read <rows 7>/dev/full
    assert_failure 1
    assert_stderr 'statsd-spool: write --done-fd: No space left on device'
    assert_file sink.1 rows
    rm sink.*
    mkfifo safe
    exec 6<>safe 7>safe 6<&-
    run_spool --done-fd 7 d -- read <rows
    exec 7>&-
    assert_failure 1
    assert_stderr 'statsd-spool: write --done-fd: Broken pipe'
    assert_file sink.1 rows
}

# --- the end --------------------------------------------------------------------------------------

@test "an empty input empties the spool; what the sink leaves stays, and is counted" {
    intervals 1 30 3 >rows
    run_spool --drain 0.1 d -- exit=1 <rows
    assert_success
    assert_stderr --partial 'statsd-spool: 120 lines left in d'
    run_spool --drain 0.5 d -- hold </dev/null
    assert_success
    assert_stderr 'statsd-spool: 120 lines left in d'
    run_spool d -- read </dev/null
    assert_success
    refute_stderr
    assert_equal "$(segments)" ''
    assert_file "sink.$(wc -l <sink.starts)" rows
}

@test "at the end of input feeding goes on as long as intervals are done" {
    cat >slow <<'END'
#!/usr/bin/python3 -SE
import os, sys, time
for row in sys.stdin:
    if "numStats" in row:
        time.sleep(0.15)
        os.write(int(sys.argv[2]), row.split("\t")[4].encode())
END
    chmod +x slow
    intervals 1 12 3 >rows
    run_program statsd-spool --drain 0.8 d -- ./slow <rows
    assert_success
    refute_stderr
    assert_equal "$(segments)" ''
}

@test "TERM: the rest of the input is taken within --drain, and what is not done stays" {
    start_spool -- hold
    intervals 1 2 3 >&5
    wait_until has_segments 2
    stop_spool
    assert_success
    assert_stderr 'statsd-spool: 8 lines left in d'
}

@test "a sink that does not end is ended" {
    intervals 1 1 3 >rows
    run_spool --drain 0.1 d -- stubborn <rows
    assert_success
    assert_stderr "statsd-spool: $FAKE: it does not end, and is killed
statsd-spool: $FAKE: killed by signal 9
statsd-spool: 4 lines left in d"
}

@test "a second signal ends at once; the open interval is there at the next start" {
    start_spool -- read
    tsv a c count 1 1700000010 >&5
    wait_until test -s d/1700000010-0000000001.tsv.part
    kill -INT "$background_pid"
    interrupt_again "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    assert_failure 1
    assert_equal "$(<err)" 'statsd-spool: ended by a second signal'
    run_spool --drain 0.2 d -- read </dev/null
    assert_success
    assert_stderr --partial 'statsd-spool: 1 line left in d'
    tsv a c count 1 1700000010 >expected
    assert_file sink.2 expected
}

@test "USR1 says so while the sink is not running" {
    rm -f in
    mkfifo in
    exec 5<>in
    printf '#!/bin/sh\nexit 1\n' >failing
    chmod +x failing
    start_background statsd-spool d -- ./failing <in 2>err 5>&-
    wait_until test -e d/lock
    intervals 1 1 1 >&5
    wait_until has_segments 1
    local totals='2 lines, 1 intervals, 0 done, 1 waiting (60 bytes), 0 lines dropped, 0 bad'
    says_not_running() {
        kill -USR1 "$background_pid"
        grep -qx "statsd-spool: ./failing not running: $totals" err
    }
    wait_until says_not_running || fail 'not said' "$(tail -n 3 err)"
    kill -TERM "$background_pid"
    exec 5>&-
    wait_exit "$background_pid"
}

@test "USR1 prints a status line" {
    start_spool -- hold
    intervals 1 2 3 >&5
    wait_for_file_line sink.1 'numStats.*1700000020$'
    kill -USR1 "$background_pid"
    wait_for_file_line err bad
    assert_equal "$(<err)" "statsd-spool: $FAKE process $(awk '{ print $2 }' sink.starts): 8 lines, 2 intervals, \
0 done, 2 waiting (228 bytes), 0 lines dropped, 0 bad"
    stop_spool
}

@test "wrong usage" {
    run_program statsd-spool </dev/null
    assert_usage_error 'statsd-spool: no directory'
    run_program statsd-spool d </dev/null
    assert_usage_error 'statsd-spool: no sink: expected a program and its arguments after --'
    run_program statsd-spool '' -- x </dev/null
    assert_usage_error 'statsd-spool: empty operand: expected a directory, --, and a program'
    run_program statsd-spool --max 1 d -- x </dev/null
    assert_usage_error --partial 'statsd-spool: --max: '
    run_program statsd-spool --self-prefix '' d -- x </dev/null
    assert_usage_error 'statsd-spool: --self-prefix: expected a name'
    [[ ! -e d ]]
}

# --- with statsd-carbon ---------------------------------------------------------------------------

# lines_of ROWS: what statsd-carbon sends for them, sorted.
lines_of() {
    statsd-carbon -n <"$1" | sort
}

# arrived FILE: the lines that a peer has got, each once, without what statsd-carbon tells of itself.
arrived() {
    grep -v graphiteStats "$1" | sort -u
}

assert_all_arrived() {
    lines_of rows >expected
    arrived lines >got
    assert_file got expected
    assert_equal "$(segments)" ''
}

# Skips a test if the statsd-carbon that is there has no --done-fd.
need_carbon() {
    statsd-carbon --help | grep -q -- --done-fd || skip 'statsd-carbon has no --done-fd yet'
}

@test "with statsd-carbon: every line arrives, and nothing stays" {
    need_carbon
    intervals 1 40 20 >rows
    start_peer --lines lines read
    run_program statsd-spool d -- statsd-carbon "127.0.0.1:$port" <rows
    assert_success
    refute_stderr
    assert_all_arrived
}

@test "with statsd-carbon: a Carbon that resets at first, and is killed with lines unread, loses none" {
    need_carbon
    intervals 1 40 20 >rows
    start_peer --lines lines reset eat=3000,close read=5000,reset read
    run_program statsd-spool d -- statsd-carbon "127.0.0.1:$port" <rows
    assert_success
    assert_all_arrived
}

@test "with statsd-carbon: without a Carbon all stays, and another gets it" {
    need_carbon
    intervals 1 12 20 >rows
    start_peer --lines nothing read
    stop_background
    run_program statsd-spool --drain 0.5 d -- statsd-carbon --drain 0.3 "127.0.0.1:$port" <rows
    assert_success
    assert_stderr --partial 'statsd-spool: 252 lines left in d'
    assert_equal "$(count_segments)" 12
    start_peer --lines lines read
    run_program statsd-spool d -- statsd-carbon "127.0.0.1:$port" </dev/null
    assert_success
    refute_stderr
    assert_all_arrived
}

@test "with statsd-carbon --wait: intervals larger than its buffer, and a slow Carbon" {
    need_carbon
    intervals 1 4 3000 >rows
    start_peer --lines lines read=20000,wait=10,again
    run_program statsd-spool d -- statsd-carbon --wait --buffer 64K "127.0.0.1:$port" <rows
    assert_success
    refute_stderr
    assert_all_arrived
}

@test "with statsd-carbon: kill -9 of it loses nothing" {
    need_carbon
    intervals 1 300 50 >rows
    start_peer --lines lines read
    mkfifo pipe
    exec 6<>pipe
    start_background statsd-spool d -- statsd-carbon "127.0.0.1:$port" <pipe 2>err 6>&-
    local part
    for part in 1 2 3 4 5; do
        tail -n +$(((part - 1) * 3060 + 1)) rows | head -n 3060 >&6
        wait_until test -s lines
        pkill -KILL -P "$background_pid" statsd-carbon || true
    done
    exec 6>&-
    wait_exit "$background_pid"
    assert_success
    assert_all_arrived
}

# --- death ----------------------------------------------------------------------------------------

@test "kill -9 of the spool and of its sink at random: every interval whose file was there arrives, none torn" {
    local round pid
    intervals 1 400 20 >rows
    RANDOM=12
    for round in {1..12}; do
        # Each run goes on with the intervals after the last one that is safe.
        last=$(tail -n 1 safe 2>/dev/null || true)
        awk -F '\t' -v last="${last:-0}" '$5 > last' rows >rest
        start_background bash -c 'exec statsd-spool --done-fd 7 d -- "$1" sink read <rest 7>>safe 2>>err' _ "$FAKE"
        sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
        kill -KILL "$background_pid" 2>/dev/null || true
        pid=$(tail -n 1 sink.starts 2>/dev/null | cut -d ' ' -f 2)
        ((RANDOM % 2)) || kill -KILL "$pid" 2>/dev/null || true
        { wait "$background_pid" || true; } 2>/dev/null
    done
    last=$(tail -n 1 safe)
    awk -F '\t' -v last="$last" '$5 > last' rows >rest
    run_spool d -- read <rest
    assert_success
    received | sort -u >arrived
    sort -u rows >expected
    # A row that a dead sink has read in part is whole in the next.
    comm -13 arrived expected >missing
    [[ ! -s missing ]] || fail 'missing rows' "$(head missing)"
    local number
    for number in $(seq "$(wc -l <sink.starts)"); do
        [[ -e sink.$number ]] || continue
        # All but an unfinished last line are rows of the input.
        head -n "$(wc -l <"sink.$number")" "sink.$number" | sort -u | comm -23 - expected >strange
        [[ ! -s strange ]] || fail "strange rows in sink.$number" "$(head strange)"
    done
    assert_equal "$(segments)" ''
}
