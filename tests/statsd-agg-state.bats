#!/usr/bin/env bats
# statsd-agg --state: what is known and what is open survive a restart, a crash, and a file that is damaged is never taken
# for an empty one.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

start_live() {
    mkfifo in
    exec 5<>in
    start_ready statsd-agg "$@" <in >out 2>err 5>&-
}

# Ends it with its input still open.
stop_live() {
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    rm in
}

has_taken() {
    kill -USR1 "$background_pid"
    sleep 0.02
    grep -q "^statsd-agg: $1 records" err
}

# --- by the records' time ----------------------------------------------------------------------------------------------

@test "a restart at any record changes no line" {
    run_program "$ROOT/tests/agg-model" restart 1 80
    assert_success
    assert_output ok
}

@test "at EOF open intervals go into the file, as records, and not out" {
    {
        rec a c 2 0.5 100
        rec g g 7 1 101
        rec g gd +2 1 111
        rec t ms 3 0.5 112
        rec t ms 4 0.25 112
        rec s s 'x\ty' 1 125
    } >input
    run_program statsd-agg -e --no-self --state state input
    assert_success
    refute_stderr
    assert_output "$(tsv a c count 4 110)
$(tsv a c rate 0.4 110)
$(tsv g g value 7 110)"
    assert_equal "$(<state)" "$(rec a c '' 1 109.999)
$(rec g g 7 1 109.999)
$(rec g gd 2 1 111.000)
$(rec t ms 3 0.3333333333333333 112.000)
$(rec t ms 4 0.3333333333333333 112.000)
$(rec s s 'x\ty' 1 125.000)
$(rec statsd.closed g 110 1 110.000)"
    test ! -e state.new
    rec b c 1 1 200 >input
    run_program statsd-agg -e --no-self -p '' --stats count,sum --state state input
    assert_equal "$(grep -v '	0	' <<<"$output" | head -5)" "$(tsv g g value 9 120)
$(tsv t ms count 6 120)
$(tsv t ms sum 7 120)
$(tsv g g value 9 130)
$(tsv s s count 1 130)"
    assert_equal "$(tail -1 <<<"$output")" "$(tsv s s count 0 190)"
}

@test "nothing known: no file" {
    run_program statsd-agg -e --state state </dev/null
    assert_success
    test ! -e state
    { rec a c 1 1 100 && rec a c 1 1 200; } | statsd-agg -e --state state >out
    test -e state
    # With no samples for longer than they are kept, nothing is known any more.
    rec statsd.closed g 100 1 100 >state
    run_program statsd-agg --no-self --state state </dev/null
    assert_success
    test ! -e state
}

# --- live --------------------------------------------------------------------------------------------------------------

@test "live: a restart within an interval continues it, with its samples, sums and gauges" {
    options=(-i 10000h --no-self -q --drain 0 --state state -p '' --stats 'count,sum')
    start_live "${options[@]}"
    { rec a c 5 && rec g g 10 && rec s s x && rec t ms 1 && rec t ms 2 0.5; } >&5
    wait_until has_taken 5
    stop_live
    assert_success
    assert_equal "$(<out)" ''
    closed=$(grep statsd.closed state | cut -f 3)
    ((closed % 36000000 == 0))
    awk -F'\t' -v closed="$closed" 'NF < 5 || $5 < closed || $5 >= closed + 36000000 { exit 1 }' state
    { rec a c 6 && rec g gd +1 && rec s s x && rec s s y && rec t ms 3; } >input
    # Without --state at the end it would all be kept once more: let the interval be over instead.
    statsd-agg "${options[@]}" input >out
    assert_equal "$(<out)" ''
    sed -i "s/$closed/$((closed - 72000000))/; s/\t[0-9.]*\$/\t$((closed - 72000000)).000/" state
    run_program statsd-agg "${options[@]}" --stamp end </dev/null
    assert_equal "$(cut -f 1-4 <<<"$output" | sort)" "$(sort <<END
$(tsv a c count 11)
$(tsv a c rate 3.0555555555555553e-7)
$(tsv g g value 11)
$(tsv s s count 2)
$(tsv t ms count 4)
$(tsv t ms sum 6)
END
    )"
    assert_equal "$(cut -f 5 <<<"$output" | uniq)" $((closed - 36000000))
}

@test "live: a start after the open interval's end sends it at once with its own stamp" {
    { rec a c 5 1 1700000003 && rec g g 3 1 1699999999.999 && rec statsd.closed g 1700000000 1 1700000000; } >state
    run_program statsd-agg --no-self --state state </dev/null
    assert_success
    assert_equal "$(sort <<<"$output")" "$(tsv a c count 5 1700000010)
$(tsv a c rate 0.5 1700000010)
$(tsv g g value 3 1700000010)"
}

@test "live: a kill -9 loses the open interval at most" {
    start_live -i 0.2 --no-self --state state
    { rec a c 1 && rec g g 42; } >&5
    wait_for_file_line out '^g'
    wait_for_file_line state 'statsd.closed'
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    assert_equal "$(cut -f 1-3 state | grep -v closed | sort)" "$(tsv a c '')
$(tsv g g 42)"
    run_shell "$(declare -f tsv rec); rec g gd +1 | statsd-agg -q -i 0.2 --no-self --idle g=forever,c=0 --state state; statsd-agg -i 0.2 --no-self --state state </dev/null"
    wait_until eventually_gauge_43
}

# A live interval may have been open when the delta came; then it is sent by a later start.
eventually_gauge_43() {
    statsd-agg -i 0.2 --no-self --state state </dev/null >>later
    grep -q '^g.g.value.43' later <(printf '%s\n' "$output")
}

# --- what is wrong -----------------------------------------------------------------------------------------------------

@test "a damaged file is an error that says what to do" {
    advice='restore the file, or remove it to begin anew'
    { rec a c 1 1 105 && rec g g 3 1 99.999 && rec statsd.closed g 100 1 100; } >good
    for case in \
        ":state: the file is cut: its last record is not statsd.closed: $advice" \
        "$(head -2 good)"$'\n'":state: the file is cut: its last record is not statsd.closed: $advice" \
        "$(<good):state:3: torn record 'statsd.closed\\tg\\t100\\t1\\t100': the last line has no line end: $advice" \
        "garbage"$'\n'":state:1: bad record 'garbage': expected five columns separated by TABs: $advice"; do
        printf '%s' "${case%%:state*}" >state
        cp state before
        for mode in '' -e; do
            # shellcheck disable=SC2086 # words
            run_program statsd-agg $mode --state state </dev/null
            assert_failure 1
            refute_output
            assert_stderr "statsd-agg: state${case#*:state}"
            assert_file state before
        done
    done
}

@test "with any one byte of the file cut off at its end, it is no longer taken" {
    { rec a c 1 1 105 && rec g g 3 1 99.999 && rec statsd.closed g 100 1 100; } >good
    size=$(wc -c <good)
    for ((length = 0; length < size; length++)); do
        head -c $length good >state
        run_program statsd-agg -e --state state </dev/null
        assert_failure 1
        assert_stderr --partial "restore the file, or remove it to begin anew"
    done
}

@test "a file that cannot be read or written" {
    mkdir folder
    run_program statsd-agg -e --state folder </dev/null
    assert_failure 1
    assert_stderr 'statsd-agg: read folder: Is a directory'
    rec a c 1 >input
    run_program statsd-agg -e --state missing/state input
    assert_failure 1
    assert_stderr_line 'statsd-agg: write missing/state.new: No such file or directory'
    { rec a c 1 1 105 && rec b c 1 1 105 && rec statsd.closed g 100 1 100; } >state
    run_program statsd-agg -e --max-series 1 --state state </dev/null
    assert_failure 1
    assert_stderr "statsd-agg: state:2: too many series at 'b': --max-series is smaller than when it was written: restore the file, or remove it to begin anew"
}

@test "--once with --state is wrong usage" {
    run_program statsd-agg --once --state state
    assert_usage_error 'statsd-agg: --state: --once has no restart to survive'
}
