#!/usr/bin/env bats
# statsd-agg --clock: the times of one gauge, and nothing else, close intervals, and its value asks
# for the state. tests/properties.bats has its property.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# tick TIME [N]: a record of the clock.
tick() {
    rec the.clock g "${2:-0}" 1 "$1"
}

# by_clock OPTION…: runs it on ./input.
by_clock() {
    run_program statsd-agg -e --clock the.clock --no-self --idle c=0 "$@" input
}

counts() {
    awk -F'\t' '$3 == "count" { print $5, $1, $4 }' <<<"$output"
}

@test "only the clock closes intervals, and it makes records late" {
    { rec a c 1 1 1000 && rec a c 1 1 1100 && rec a c 2 1 1005; } >input
    by_clock --state state
    refute_output
    { tick 1019.999 && rec a c 4 1 1009 && tick 1020 && rec a c 8 1 1009 && tick 1030; } >input
    by_clock --state state
    assert_success
    assert_equal "$(counts)" '1010 a 7'
    assert_stderr "statsd-agg: input:4: late record 'a\\tc\\t8\\t1\\t1009': its interval has been written: \
--lateness 11s, or input sorted by time, would have kept it"
}

@test "a clock that goes back changes nothing, and --lateness is kept" {
    { rec a c 1 1 1000 && tick 1014 && tick 5 && tick 1013 && rec a c 2 1 1009 && tick 1015; } >input
    by_clock --lateness 5
    assert_equal "$(counts)" '1010 a 3'
}

@test "its records are no samples, and other types and names are" {
    {
        rec a c 1 1 1000
        rec the.clock c 5 1 1000
        rec the.clockwork g 6 1 1000
        tick 1020
    } >input
    run_program statsd-agg -e --clock the.clock input
    assert_output --partial "$(tsv the.clock c count 5 1010)"
    assert_output --partial "$(tsv the.clockwork g value 6 1010)"
    assert_output --partial "$(tsv statsd own records_received 3 1010)"
    [[ $output != *the.clock$'\t'g* ]] || fail "$output"
}

@test "the clock counts as a record: intervals that it comes through are written without any" {
    { rec a g 1 1 1000 && for time in 1011 1021 1031 1041; do tick $time; done; } >input
    by_clock
    assert_equal "$(cut -f 5 <<<"$output" | xargs)" '1010 1020 1030'
    { rec a g 1 1 1000 && tick 1011 && tick 2000 && tick 2025; } >input
    by_clock --max-gap 60
    assert_equal "$(cut -f 5 <<<"$output" | xargs)" '1010 1020 2010'
}

@test "what is open at the end is dropped, reported, and a failure" {
    { rec a c 1 1 1000 && rec b c 1 1 1000; } >input
    by_clock
    assert_failure 1
    refute_output
    assert_stderr 'statsd-agg: an open interval of 2 series dropped: not closed by the clock'
    { rec a c 1 1 1000 && rec b c 1 1 1030; } >input
    by_clock --state folder/state
    assert_failure 1
    refute_output
    assert_stderr 'statsd-agg: lock folder/state.lock: No such file or directory
statsd-agg: write folder/state.new: No such file or directory
statsd-agg: 2 open intervals of 2 series dropped: not closed by the clock'
}

@test "TERM drops it too, and --state keeps it" {
    mkfifo in
    exec 5<>in
    for state in '' '--state state'; do
        # shellcheck disable=SC2086
        start_ready statsd-agg -e --clock the.clock --no-self $state <in >out 2>err 5>&-
        rec a c 1 1 1000 >&5
        wait_until has_taken 1
        kill -TERM "$background_pid"
        wait_exit "$background_pid"
        assert_equal "$status" "$([[ $state ]] && echo 0 || echo 1)"
        assert_equal "$(<out)" ''
    done
    assert_equal "$(cut -f 1-3 state | head -n 1)" "$(tsv a c 1)"
}

last_of_state() {
    tail -n 1 state | cut -f 6
}

@test "the state is saved when the number changes, after the rows, and not at a flush" {
    mkfifo in
    exec 5<>in
    start_ready statsd-agg -e --clock the.clock --no-self --state state <in >out 2>err 5>&-
    { rec a c 1 1 1000 && tick 1020 && rec a c 2 1 1021; } >&5
    wait_for_file_line out '^a'
    test ! -e state
    tick 1030 1 >&5
    wait_for_file_line state 'saved=1$'
    assert_equal "$(head -n 1 state)" "$(rec a c '' 1 1009.999)"
    assert_equal "$(sed -n 2p state)" "$(rec a c 2 1 1021.000)"
    assert_equal "$(tail -n 1 state | cut -f 1-3)" "$(tsv statsd.closed g 1020)"
    cp state before
    { tick 1040 1 && tick 1050 1; } >&5
    wait_for_file_line out 'count.2.1030'
    wait_until_asleep "$background_pid"
    assert_file state before
    tick 1050 2 >&5
    wait_for_file_line state 'saved=2$'
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    # At the end it is another one, which nobody asked for.
    [[ $(last_of_state) != *saved* ]] || fail "$(<state)"
    # It goes on from the one that was asked for, and does not ask itself again.
    cp before state
    tick 1040 1 >input
    by_clock --state state
    assert_equal "$(counts)" '1030 a 2'
}

@test "it is saved even if there are no series" {
    mkfifo in
    exec 5<>in
    start_ready statsd-agg -e --clock the.clock --state state <in >out 2>err 5>&-
    tick 1000 7 >&5
    wait_for_file_line state 'none.*saved=7$'
    exec 5>&-
}

@test "a number that is none is a bad record" {
    for number in -1 0.5 1e300; do
        { rec a c 1 1 1000 && tick 1020 $number && tick 1030; } >input
        by_clock
        assert_success
        assert_equal "$(counts)" '1010 a 1'
        assert_stderr "statsd-agg: input:2: bad clock '$number': expected the number of a state"
    done
}

@test "wrong usage" {
    run_program statsd-agg --clock the.clock
    assert_failure 2
    assert_stderr --partial 'statsd-agg: --clock needs --event-time'
    run_program statsd-agg -e --once --clock the.clock
    assert_failure 2
    assert_stderr --partial 'statsd-agg: --clock needs --event-time'
    run_program statsd-agg -e --lateness all --clock the.clock
    assert_failure 2
    assert_stderr --partial 'statsd-agg: --clock cannot be combined with --lateness all'
    run_program statsd-agg -e --clock ''
    assert_failure 2
    assert_stderr --partial "statsd-agg: --clock: bad series '': expected at least one character"
}
