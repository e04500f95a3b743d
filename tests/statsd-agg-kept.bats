#!/usr/bin/env bats
# statsd-agg --state, however it ends: its reader has gone or takes nothing, it is killed, its own file
# cannot be written. And one process a file.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkfifo in pipe
    exec 5<>in
}

# start_piped OPTION…: starts it live with its output in ./pipe, which descriptor 6 keeps open.
start_piped() {
    exec 6<>pipe
    start_ready statsd-agg "$@" <in >pipe 2>err 5>&- 6>&-
}

start_live_again() {
    start_ready statsd-agg "$@" <in >out 2>err 5>&-
}

# Replays ./state: what a start after the end of its last interval writes, without idle series.
replay() {
    sleep 0.3
    statsd-agg -q -i 0.3 --no-self --idle c=0,ms=0 --state state </dev/null
}

# --- the reader has gone --------------------------------------------------------------------------

@test "the reader goes: what is open is saved, exit 1, no word" {
    exec 6<>pipe
    start_ready statsd-agg -i 10000h --no-self -q --state state <in >pipe 2>err 5>&- 6>&-
    { rec a c 5 && rec g g 10 && rec s s x && rec t ms 1; } >&5
    wait_until has_taken 4
    exec 6>&-
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(grep -v records err)" ''
    assert_equal "$(cut -f 1-4 state | sed '$d')" "$(rec a c 5 | cut -f 1-4)
$(rec g g 10 | cut -f 1-4)
$(rec s s x | cut -f 1-4)
$(rec t ms 1 | cut -f 1-4)"
    test ! -e state.lock
    test ! -e state.new
}

@test "the reader goes during a flush: its interval is kept whole, and the open one too" {
    start_piped -i 0.3 --no-self -q --state state
    seq 20000 | awk '{ print "first." $1 "\tc\t1\t1\t7" }' >&5
    wait_for_file_line state 'due=0$'
    rec second c 1 >&5
    wait_until has_taken 20001
    exec 6>&-
    wait_exit "$background_pid"
    assert_failure 1
    replay >out
    assert_equal "$(grep -c '^first.[0-9]*.c.count.1.' out)" 20000
    assert_equal "$(grep -c '^second.c.count.1.' out)" 1
}

@test "the reader goes, by event time: all that was read is kept" {
    {
        seq 20000 | awk '{ print "first." $1 "\tc\t1\t1\t100" }'
        rec g gd 7 1 103
        rec b c 1 1 131
        rec c c 1 1 132
    } >input
    run_shell 'statsd-agg -e --no-self --state state input | head -n 100 >some'
    assert_equal "${PIPESTATUS[0]:-}$stderr" 0
    assert_equal "$(wc -l <some)" 100
    rec z c 1 1 200 | statsd-agg -e -q --no-self --idle c=0 --state state >out
    cat some >>out
    assert_equal "$(grep '^first.*count.1' out | sort -u | wc -l)" 20000
    assert_equal "$(grep -P '^(g|b|c)\t.*\t(value|count)' out | head -3 | cut -f 1,4,5 | paste -sd ,)" \
        "$(tsv g 7 110),$(tsv g 7 120),$(tsv g 7 130)"
    assert_equal "$(grep -cP '^[bc]\tc\tcount\t1\t140$' out)" 2
}

@test "without --state a reader that has gone ends it without a word, as ever" {
    start_piped -i 10000h --no-self -q
    rec a c 5 >&5
    wait_until has_taken 1
    exec 6>&-
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(grep -v ' records, ' err)" ''
}

# --- the reader takes nothing ----------------------------------------------------------------------

# A stuck reader, TERM, and how long it took.
end_stuck() {
    seq 20000 | awk '{ print "first." $1 "\tc\t1\t1\t7" }' >lines
    cat lines >&5
    wait_until has_taken 20000
    wait_until pipe_is_full 6
    rec second c 1 >&5
    wait_until has_taken 20001
    before=$SECONDS
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    ((SECONDS - before <= 4)) || fail "it took $((SECONDS - before)) s"
    assert_failure 1
}

@test "TERM with a reader that takes nothing: it ends, says how many rows are left, and keeps them" {
    start_piped -i 1 --no-self -q --idle c=0 --drain 1 --state state
    end_stuck
    assert_equal "$(grep -c '^statsd-agg: state keeps the intervals whose rows were not written$' err)" 1
    lost=$(sed -n 's/^statsd-agg: stdout: its reader takes nothing: \([0-9]*\) lines .* not written$/\1/p' err)
    # A pipe took the rest of that interval, and cut one row in two. If a second began while the lines were
    # read, it also took the short interval before.
    timeout 2 cat <&6 >some || true
    head -n "$(wc -l <some)" some >whole
    end=$(tail -n 1 whole | cut -f 5)
    awk -F '\t' -v end="$end" '$5 == end' whole >twice
    assert_equal $((lost + $(wc -l <twice))) $((2 * $(grep -c 'due=0$' state)))
    replay >out
    assert_equal "$(cat whole out | grep '^first.[0-9]*.c.count.1.' | cut -f 1 | sort -u | wc -l)" 20000
    assert_equal "$(grep -c '^second.c.count.1.' out)" 1
    # What was written twice has the same time and value.
    head -n 100 twice >once
    assert_equal "$(grep -cFxf once out)" 100
}

@test "TERM with a reader that takes nothing, without --state: all rows are counted as lost" {
    start_piped -i 1 --no-self -q --drain 1
    end_stuck
    lost=$(sed -n 's/^statsd-agg: stdout: its reader takes nothing: \([0-9]*\) lines .* not written$/\1/p' err)
    timeout 2 cat <&6 >some || true
    # The second interval has rows for all 20001 series. How many the first has depends on the clock.
    all=$((lost + $(wc -l <some)))
    ((all > 40002 && all <= 80002)) || fail "$all rows"
}

@test "TERM with a reader that takes nothing, by event time" {
    start_piped -e --no-self -q --drain 1 --state state
    {
        seq 20000 | awk '{ print "first." $1 "\tc\t1\t1\t100" }'
        rec b c 1 1 131
    } >&5
    wait_until pipe_is_full 6
    wait_until_asleep "$background_pid"
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(grep -c 'stdout: its reader takes nothing: [0-9]* lines ([0-9]* bytes) not written' err)" 1
    rec z c 1 1 200 | statsd-agg -e -q --no-self --idle c=0 --state state >out
    assert_equal "$(grep -c '^first.[0-9]*.c.count.1.110' out)" 20000
    assert_equal "$(grep -c '^b.c.count.1.140' out)" 1
}

# --- kill -9 --------------------------------------------------------------------------------------

@test "kill -9 at any moment with a slow reader: what was received and what is replayed is everything" {
    for moment in 0.35 0.45 0.6 0.8 1.1; do
        rm -f state state.new state.lock out some
        exec 6<>pipe
        start_ready statsd-agg -q -i 0.3 --no-self --state state <in >pipe 2>err 5>&- 6>&-
        # 10 KB at a time, fifty times a second.
        start_background python3 -c '
import os, sys, time
while True:
    part = os.read(0, 10000)
    if not part: break
    os.write(1, part)
    time.sleep(0.02)' <pipe >some 5>&- 6>&-
        agg=${background[-2]}
        seq 10000 | awk '{ print "first." $1 "\tc\t1\t1\t7" }' >&5
        wait_for_file_line state 'due=0$'
        # The last of them may have come in the next interval, which is open.
        awk -F'\t' '/due=0$/ { print $1 }' state >kept
        sleep $moment
        kill -KILL "$agg"
        wait_exit "$agg"
        exec 6>&-
        wait_exit "${background[-1]}"
        replay >out
        # The last row may be cut. Each of the others is there at least once, always with the same value.
        sed -i '$d' some
        assert_equal "$(cat some out | awk -F'\t' '/^first/ && $3 == "count" { print $1, $5, $4 }' | sort -u |
            cut -d ' ' -f 1,2 | uniq -d)" ''
        cat some out | grep -P '^first.*\tcount\t1\t' | cut -f 1 | sort -u >seen
        assert_equal "$(sort kept | comm -23 - seen)" ''
    done
}

@test "an interval is closed in the file only once its rows have left" {
    start_piped -i 0.3 --no-self -q --state state
    seq 20000 | awk '{ print "first." $1 "\tc\t1\t1\t7" }' >&5
    wait_for_file_line state 'due=0$'
    wait_until pipe_is_full 6
    wait_until_asleep "$background_pid"
    closed=$(tail -n 1 state | cut -f 3)
    stamp=$(timeout 1 head -n 1 <&6 | cut -f 5)
    awk -v closed="$closed" -v stamp="$stamp" 'BEGIN { exit !(closed < stamp) }' || fail "$closed, $stamp"
    start_background cat <pipe >some 5>&- 6>&-
    wait_until closed_later
}

closed_later() {
    awk -v closed="$(tail -n 1 state | cut -f 3)" -v stamp="$stamp" 'BEGIN { exit !(closed >= stamp) }'
}

# --- its own file ---------------------------------------------------------------------------------

@test "the file cannot be written at the end: the open interval goes out, cut short, and exit 1" {
    rec a c 5 1 1700000003 >input
    for mode in '' -e; do
        rm -rf folder && mkdir folder
        # shellcheck disable=SC2086 # none is no word
        start_live_again $mode -q -i 10000h --no-self --state folder/state --drain 0.1
        cat input >&5
        wait_until_asleep "$background_pid"
        rm -r folder
        kill -TERM "$background_pid"
        wait_exit "$background_pid"
        assert_failure 1
        assert_equal "$(<err)" 'statsd-agg: write folder/state.new: No such file or directory'
        assert_equal "$(head -n 1 out | cut -f 1-4)" "$(tsv a c count 5)"
    done
    # A full disk.
    seq 2000 | awk '{ print "some.series." $1 "\tc\t1\t1\t106" }' >many
    run_shell 'trap "" XFSZ; ulimit -f 8; statsd-agg -e --no-self --state state many | cat'
    assert_failure 1
    assert_stderr 'statsd-agg: write state.new: File too large'
    assert_equal "$(grep -c 'count.1.110' <<<"$output")" 2000
}

@test "a folder that is not there is a warning at the start" {
    rec a c 1 >input
    run_program statsd-agg -e --no-self --state missing/state input
    assert_failure 1
    assert_stderr 'statsd-agg: lock missing/state.lock: No such file or directory
statsd-agg: write missing/state.new: No such file or directory'
    assert_output "$(tsv a c count 1 1700000010)
$(tsv a c rate 0.1 1700000010)"
}

@test "one process a file: the second ends with the pid of the first, which goes on" {
    ln -s state link
    start_live_again -i 10000h --no-self --state state
    local why="in use by process $background_pid: each statsd-agg needs a file of its own"
    for name in state link ./state; do
        run_program timeout 10 statsd-agg -e --state $name </dev/null
        assert_failure 1
        assert_stderr "statsd-agg: ${name/link/state}: $why"
    done
    rec a c 1 >&5
    wait_until has_taken 1
    # One that was killed leaves a lock file behind that is not locked.
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    test -e state.lock
    run_program statsd-agg -e --state state </dev/null
    assert_success
    refute_stderr
    test ! -e state.lock
}

# are_refused COUNT: so many of the starts have ended.
are_refused() {
    (($(cat refused 2>/dev/null | wc -l) >= $1))
}

@test "of many that start at once, one has the file" {
    for _ in {1..20}; do
        { statsd-agg -e -q --state state <in 2>&1 | grep -c 'in use by' >>refused; } 5>&- &
    done
    wait_until are_refused 19
    exec 5>&-
    wait
    assert_equal "$(sort refused | uniq -c | xargs)" '1 0 19 1'
}

@test "a symbolic link is followed, even to a file that is not there yet" {
    mkdir folder
    ln -s folder/state link
    ln -s "$PWD/link" far
    rec a c 1 1 100 | statsd-agg -e --state far
    test -L link && test -L far && test -f folder/state && test ! -L folder/state
    rec a c 2 1 101 | statsd-agg -e --state link
    test -L link
    assert_equal "$(rec b c 1 1 200 | statsd-agg -e --no-self --state folder/state | grep -c 'a.c.count.3.110')" 1
    ln -s loop loop
    run_program statsd-agg -e --state loop </dev/null
    assert_failure 1
    assert_stderr 'statsd-agg: open loop: Too many levels of symbolic links'
}

@test "a device, pipe or socket is not replaced" {
    for file in /dev/null pipe; do
        run_program statsd-agg -e --state $file </dev/null
        assert_failure 1
        assert_stderr "statsd-agg: $file: expected a file or nothing, not a device, pipe or socket"
    done
    test -c /dev/null && test -p pipe
}

# --- times ----------------------------------------------------------------------------------------

@test "what is written can be loaded, whatever times it holds" {
    local times=(8640000000000 -8640000000000 8639999999999.999 -8639999999999.999 0 -0.001 1e12 -1e12 4102444800
        1700000000 1700000011)
    RANDOM=1
    for _ in {1..60}; do
        rm -f state
        options=(-e -q --state state)
        case $((RANDOM % 5)) in
        0) options+=(-i 0.001) ;;
        1) options+=(-i 8784000h --offset 1000h) ;;
        2) options+=(-i 7 --lateness all) ;;
        3) options+=(--offset 3.5 --max-gap 0 --lateness 0) ;;
        esac
        for _ in {1..3}; do
            for _ in {1..4}; do
                rec "n$((RANDOM % 3))" "$(shuf -n 1 -e c g gd ms s)" 5 1 "${times[RANDOM % ${#times[@]}]}"
            done >input
            cp state before 2>/dev/null || : >before
            run_program timeout 10 statsd-agg "${options[@]}" input
            assert_success
            ((${#stderr} == 0)) || fail "${options[*]}" "$(cat before)" -- "$(cat input)"
        done
    done
}

@test "live: a series known from a day in the future, as of a clock set back, is idle from now on" {
    tomorrow=$(($(date +%s) + 86400))
    { rec a c '' 1 $tomorrow.000 && rec statsd.closed g $((tomorrow + 1)) 1 $tomorrow; } >state
    start_live_again -i 0.1 --no-self --idle c=0.3 --state state
    wait_for_file_line out '^a'
    sleep 0.6
    rows=$(grep -c '^a' out)
    sleep 0.4
    assert_equal "$(grep -c '^a' out)" "$rows"
    ((rows <= 10)) || fail "$rows rows"
}
