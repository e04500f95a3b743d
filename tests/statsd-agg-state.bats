#!/usr/bin/env bats
# statsd-agg --state: known series and open intervals survive a restart or a crash, and a damaged
# file is never mistaken for an empty one.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# Ends it while its input is still open.
stop_live() {
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    rm in
}

now() {
    date +%s%3N
}

# --- by the records' time -------------------------------------------------------------------------

@test "a restart at any record changes no line" {
    run_program "$ROOT/tests/agg-model" restart 1 80
    assert_success
    assert_output ok
}

@test "at EOF open intervals are saved as records, not written out" {
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

@test "if nothing is known, there is no file" {
    run_program statsd-agg -e --state state </dev/null
    assert_success
    test ! -e state
    { rec a c 1 1 100 && rec a c 1 1 200; } | statsd-agg -e --state state >out
    test -e state
    # After no samples for longer than series are kept, nothing is known.
    rec statsd.closed g 100 1 100 >state
    run_program statsd-agg --no-self --state state </dev/null
    assert_success
    test ! -e state
}

@test "a closed interval stays closed: after a crash, its records are late when given again" {
    { rec a c 1 1 41 && rec a c 2 1 61; } | statsd-agg -e --no-self --state state >out
    assert_equal "$(cut -f 1-5 out)" "$(tsv a c count 1 50)
$(tsv a c rate 0.1 50)"
    sed -i '/^a.*\t61/d' state # as a crash leaves it
    { rec a c 1 1 41 && rec a c 2 1 61 && rec a c 4 1 85; } >input
    run_program statsd-agg -e --no-self --state state input
    assert_success
    assert_stderr --partial "late record 'a\\tc\\t1\\t1\\t41'"
    assert_output "$(tsv a c count 0 60)
$(tsv a c rate 0 60)
$(tsv a c count 2 70)
$(tsv a c rate 0.2 70)"
}

@test "with less --lateness than before, records of an interval that is due are late" {
    { rec a c 1 1 21 && rec b c 1 1 1; } >first
    { rec b c 1 1 2 && rec a c 1 1 22; } >second
    for no_self in '' --no-self; do
        rm -f state
        # shellcheck disable=SC2086 # an option or none
        statsd-agg -e $no_self --state state --lateness 60 first
        # shellcheck disable=SC2086 # an option or none
        run_program statsd-agg -e $no_self --state state --lateness 0 second
        assert_success
        assert_stderr --partial "second:1: late record 'b\\tc\\t1\\t1\\t2'"
    done
}

@test "a different --interval than before begins at its own boundaries" {
    { rec g g 5 1 41 && rec a c 2 1 101 && rec a c 3 1 161; } | statsd-agg -e --no-self --state state >out
    assert_equal "$(grep -c 'statsd.closed.g.150' state)" 1
    rec a c 2 1 361 | statsd-agg -e -i 60 --no-self --state state >out
    assert_equal "$(cut -f 5 out | LC_ALL=C sort -nu | paste -sd ' ')" '180 240 300'
    assert_equal "$(awk -F'\t' '$1 == "a" && $3 == "count" { print $4 }' out | paste -sd ' ')" '3 0 0'
    # And back, twice: what is known stays known, and is not a sample.
    statsd-agg -e -i 10 --no-self --state state </dev/null >out
    assert_equal "$(grep '^g' state)" "$(rec g g 5 1 59.999)"
}

# Records of four intervals of two seconds with mixed rates, so that a timer's samples have no
# common weight.
timers_and_sets() {
    local t i
    for t in 101 103 105 108; do
        for i in 1 2 3 4 5; do
            rec t ms $((i * t)) 0.5 $t
            rec s s m$((i * t % 7)) 1 $t
        done
        rec t ms 7 1 $t
        rec u ms 9 0.25 $t
    done
}

@test "a longer --interval than before merges open intervals, whether samples are kept or not" {
    timers_and_sets >input
    rec z c 1 1 131 >later
    # With 2, each cell is already a sketch; with 9, only the merged cell is; with 1000, neither.
    for keep in 2 9 1000; do
        rm -f state
        statsd-agg -e -i 2 --lateness all --state state --timer-samples $keep --set-members $keep input
        statsd-agg -e -i 10 --no-self --state state --timer-samples $keep --set-members $keep later >out
        statsd-agg --once -i 10 --no-self --timer-samples $keep --set-members $keep input >expected
        assert_equal "$(grep -P '\t110$' out | cut -f -4)" "$(cut -f -4 expected)"
        assert_equal "$(grep -cP '^t\tms\tcount\t44\t110$' out)" 1
    done
}

@test "a client's gauge may be called statsd.closed" {
    { rec statsd.closed g 1e300 1 101 && rec a c 1 1 102 && rec a c 1 1 131; } |
        statsd-agg -e --no-self --state state >out
    rec statsd.closed gd -1 1 152 >input
    run_program statsd-agg -e --no-self --state state input
    assert_success
    assert_line "$(tsv statsd.closed g value 1e+300 140)"
}

@test "a count that has overflowed a double is kept" {
    for options in '' --weighted; do
        for samples in 1 2 3; do
            rm -f state
            # shellcheck disable=SC2086 # words
            { rec t ms 2 1e-320 100 && rec t ms 2 1 100 && rec t ms 0 1 100; } |
                statsd-agg -e $options --timer-samples $samples --state state
            rec t ms 7 1 131 >input
            # shellcheck disable=SC2086
            run_program statsd-agg -e $options --timer-samples $samples --state state input
            assert_success
            assert_line "$(tsv t ms upper 2 110)"
            refute_line --partial "$(tsv t ms count 3)"
        done
    done
}

@test "self-metrics also count what was received before the restart" {
    { rec a c 1 1 100 && echo bad && rec b c 1 1 101 && rec a c 1 1 102; } >one
    { rec a c 1 1 103 && rec a c 1 1 131 && rec a c 1 1 90 && rec a c 1 1 141; } >two
    options=(-e -q --max-series 1)
    cat one two | statsd-agg "${options[@]}" --state whole >expected
    { statsd-agg "${options[@]}" --state parts one && statsd-agg "${options[@]}" --state parts two; } >is
    assert_file is expected
    assert_file parts whole
    # Each of them is in some row of some run.
    rec a c 1 1 300 | statsd-agg "${options[@]}" --state parts >>is
    for figure in 'records_received 8' 'bad_records 1' 'late_records 1' 'series_refused 1'; do
        assert_equal "$(awk -F'\t' -v figure="${figure% *}" '$3 == figure { n += $4 } END { print n }' is)" \
            "${figure#* }"
    done
}

# --- live -----------------------------------------------------------------------------------------

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
    # Without --state at the end, everything would be kept again, so let the interval end instead.
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

@test "live: a start after the open interval's end sends it at once with its own timestamp" {
    { rec a c 5 1 1700000003 && rec g g 3 1 1699999999.999 && rec statsd.closed g 1700000000 1 1700000000; } >state
    run_program statsd-agg --no-self --state state </dev/null
    assert_success
    assert_equal "$(sort <<<"$output")" "$(tsv a c count 5 1700000010)
$(tsv a c rate 0.5 1700000010)
$(tsv g g value 3 1700000010)"
}

@test "live: kill -9 loses at most the open interval" {
    start_live -i 0.2 --no-self --state state
    { rec a c 1 && rec g g 42; } >&5
    wait_for_file_line out '^g'
    wait_for_file_line state 'statsd.closed'
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    assert_equal "$(cut -f 1-3 state | grep -v closed | sort)" "$(tsv a c '')
$(tsv g g 42)"
    run_shell "$(declare -f tsv rec); rec g gd +1 |
        statsd-agg -q -i 0.2 --no-self --idle g=forever,c=0 --state state
        statsd-agg -i 0.2 --no-self --state state </dev/null"
    wait_until eventually_gauge_43
}

# A live interval may have been open when the delta came; then a later start sends it.
eventually_gauge_43() {
    statsd-agg -i 0.2 --no-self --state state </dev/null >>later
    grep -q '^g.g.value.43' later <(printf '%s\n' "$output")
}

@test "live: a restart within an interval: one sum, one stamp" {
    # From the start of an interval, there is time for both.
    while (($(now) % 3000 > 300)); do sleep 0.02; done
    start_live -i 3 --state state --drain 0
    { rec a c 5 && rec a c 1; } >&5
    wait_until has_taken 2
    stop_live
    assert_equal "$(<out)" ''
    start_live -i 3 --state state --drain 0
    rec a c 6 >&5
    wait_for_file_line out numStats
    stop_live
    assert_equal "$(awk -F'\t' '$1 == "a" || $3 == "records_received" { print $1, $3, $4 }' out | head -3)" 'a count 12
a rate 4
statsd records_received 3'
}

# It has a line for each series, and the last line.
is_whole() {
    local closed='^statsd.closed.g.[0-9.]*.1.[0-9.]*(.(due|current|open)=[0-9.,]+( (due|current|open)=[0-9.,]+)*)?$'
    [[ -e $1 ]] && (($(wc -l <"$1") == 20001)) && tail -n 1 "$1" | grep -qE "$closed"
}

@test "live: the file is complete whenever it is read" {
    start_live -i 0.05 --no-self --state state
    seq 20000 | awk '{ print "some.series." $1 "\tc\t1\t1\t7" }' >&5
    wait_until is_whole state
    deadline=$((SECONDS + PATIENCE))
    touch times
    while (($(sort -u times | wc -l) < 8)); do
        ((SECONDS <= deadline)) || fail 'it is not written again'
        stat -c %.Y state >>times
        cp state copy
        is_whole copy || fail 'a torn file' "$(wc -l copy)" "$(tail -n 2 copy)"
    done
    stop_live
    assert_success
    test ! -e state.new
}

# --- errors ---------------------------------------------------------------------------------------

@test "a damaged file is an error with advice" {
    advice='restore the file, or remove it to start from scratch'
    written="expected what statsd-agg has written: $advice"
    { rec a c 1 1 105 && rec g g 3 1 99.999 && rec statsd.closed g 100 1 100; } >good
    for case in \
        ":state: the file is truncated: its last record is not statsd.closed: $advice" \
        "$(head -2 good)"$'\n'":state: the file is truncated: its last record is not statsd.closed: $advice" \
        "$(<good):state:3: torn record 'statsd.closed\\tg\\t100\\t1\\t100': the last line has no line end: $advice" \
        "garbage"$'\n'":state:1: bad record 'garbage': expected five columns separated by TABs: $advice" \
        "$(<good)"$'\tnone open=1,2\n'":state:3: bad counts '1,2': $written" \
        "$(<good)"$'\tnone waiting=1,2,x,4,5,6\n'":state:3: bad counts '1,2,x,4,5,6': $written" \
        "$(<good)"$'\tnone open=5,1,-2\n'":state:3: bad counts '5,1,-2': $written" \
        "$(<good)"$'\tnone due=5,4,1,2,3,4,5\n'":state:3: bad interval '5,4,1,2,3,4,5': $written"; do
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

@test "a file with any number of bytes cut off its end is rejected" {
    { rec a c 1 1 105 && rec g g 3 1 99.999 && rec statsd.closed g 100 1 100; } >good
    size=$(wc -c <good)
    for ((length = 0; length < size; length++)); do
        head -c $length good >state
        run_program statsd-agg -e --state state </dev/null
        assert_failure 1
        assert_stderr --partial "restore the file, or remove it to start from scratch"
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
    local reason='--max-series is smaller than when it was written'
    reason+=': restore the file, or remove it to start from scratch'
    assert_stderr "statsd-agg: state:2: too many series at 'b': $reason"
}

@test "full disk: the old file stays, no temporary file is left, and the exit status is 1" {
    { rec a c 1 1 105 && rec statsd.closed g 100 1 100; } >state
    cp state before
    seq 2000 | awk '{ print "some.series." $1 "\tc\t1\t1\t106" }' >input
    # Ignoring the signal turns the limit into an error, like a full disk.
    run_shell 'trap "" XFSZ; ulimit -f 8; statsd-agg -e --state state input'
    assert_failure 1
    assert_stderr 'statsd-agg: write state.new: File too large'
    assert_file state before
    test ! -e state.new
}

@test "--once with --state is wrong usage" {
    run_program statsd-agg --once --state state
    assert_usage_error 'statsd-agg: --state cannot be combined with --once'
}
