#!/usr/bin/env bats
# statsd-agg live: intervals aligned to the clock, rows as soon as an interval ends, its end by EOF
# or a signal, and a slow reader. unit/statsd-agg/test_live.c tests what happens when the clock is
# set.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

now() {
    date +%s%3N
}

# --- intervals ------------------------------------------------------------------------------------

@test "a record leaves at the end of the interval it arrived in, with the input still open" {
    start_live -i 0.5 --no-self
    before=$(now)
    rec a c 3 1 7 >&5
    after=$(now)
    wait_for_file_line out '^a.c.rate.[1-9]'
    seen=$(now)
    IFS=$'\t' read -r _ _ _ count time <out
    [[ $time == *.* ]] || time+=.000
    time=${time/./}
    assert_equal "$count" 3
    assert_equal $((time % 500)) 0
    # A record waits for the boundary after its arrival; a slow machine reads it late.
    ((time > before && time <= seen)) || fail "sent $before to $after, seen $seen, its interval ended $time"
    assert_equal "$(sed -n 2p out | cut -f 4)" 6
}

@test "every interval is written, even an empty one, and none twice" {
    start_live -i 0.1 --self-prefix me
    wait_until matches_many out numStats 12
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    awk -F'\t' '$3 == "numStats" { print $5 }' out >ends
    LC_ALL=C sort -n -u ends >expected
    assert_file ends expected
    # On an idle machine they are consecutive; on a busy one a wake-up may miss a boundary.
    awk 'NR > 1 { gap = ($1 - last) * 10; if (gap < 0.99 || gap - int(gap + 0.5) > 0.01) exit 1 } { last = $1 }' ends
    assert_equal "$(cut -f 1 out | sort -u)" me
    local figures='records_received bad_records late_records series series_refused series_evicted'
    figures+=' flushes_delayed processing_time numStats'
    assert_equal "$(sed '/numStats/q' out | cut -f 3 | paste -sd ' ')" "$figures"
}

matches_many() {
    (($(grep -c "$2" "$1") >= $3))
}

@test "idle series continue, a gauge forever, and a set starts again from nothing" {
    start_live -i 0.1 --no-self --idle c=0.2,s=0
    { rec c c 5 && rec g g 5 && rec s s x; } >&5
    wait_for_file_line out '^g'
    wait_until matches_many out '^g' 6
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$(awk '$1 == "c" && $3 == "count" { print $4 }' out | paste -sd ' ')" '5 0 0'
    assert_equal "$(awk '$1 == "s" { print $4 }' out)" 1
    assert_equal "$(awk '$1 == "g" { print $4 }' out | sort -u)" 5
}

@test "a gauge takes effect in the order of arrival, whatever its time" {
    { rec g g 1 1 2000 && rec g g 2 1 1000 && rec g gd +3 1 500; } >input
    run_program statsd-agg -i 1h --no-self -q <input
    assert_equal "$(cut -f 1-4 <<<"$output")" "$(tsv g g value 5)"
}

@test "timestamp_lag is the smallest lag of a record's time at its arrival; absent without records" {
    start_live -i 0.2
    wait_for_file_line out numStats
    run ! grep -q timestamp_lag out
    stamp=$(date +%s.%3N)
    { rec a c 1 1 "$stamp" && rec a c 1 1 7; } >&5
    wait_for_file_line out timestamp_lag
    lag=$(awk '$3 == "timestamp_lag" { print $4; exit }' out)
    awk -v lag="$lag" -v patience="$PATIENCE" 'BEGIN { exit !(lag >= 0 && lag < patience) }'
    assert_equal "$(grep -A1 timestamp_lag out | tail -1 | cut -f 3)" numStats
}

@test "input that lags the clock by more than an interval is reported once per interval" {
    { rec a c 1 1 1000000000 && rec a c 1 1 1000000001; } >input
    run_program statsd-agg -i 1h --no-self <input
    assert_success
    ((${#stderr_lines[@]} == 1))
    assert_stderr --regexp '^statsd-agg: input runs [0-9]+ s behind the clock: '
    assert_stderr --partial ' s behind the clock: it is a recording, which needs -e'
    run_program statsd-agg -i 1h --no-self input
    assert_stderr --partial ' s behind the clock: it is a recording, which needs -e'
    run_shell 'cat input | statsd-agg -i 1h --no-self'
    assert_stderr --partial ' s behind the clock: a filter in the pipe may not be line-buffered'
    rec a c 1 1 "$(date +%s)" >>input
    run_program statsd-agg -i 1h --no-self <input
    refute_stderr
    rec a c 1 1 "$(awk -v now="$EPOCHREALTIME" 'BEGIN { printf "%.3f", now - 0.2 }')" >input
    run_program statsd-agg -i 50ms --no-self <input # a lag below a second is none
    refute_stderr
}

# --- the end --------------------------------------------------------------------------------------

@test "at EOF the cut interval keeps its regular timestamp, and its rates are over the whole interval" {
    rec a c 7200 >input
    run_program statsd-agg -i 1h --no-self -q <input
    assert_success
    assert_equal "$(cut -f 1-4 <<<"$output")" "$(tsv a c count 7200)
$(tsv a c rate 2)"
    time=$(cut -f 5 <<<"${lines[0]}")
    ((time % 3600 == 0 && time > $(date +%s) && time <= $(date +%s) + 3600))
    run_program statsd-agg -i 1h --no-self -q --stamp start <input
    time=$(cut -f 5 <<<"${lines[0]}")
    ((time % 3600 == 0 && time <= $(date +%s) && time > $(date +%s) - 3600))
}

@test "TERM and INT: it reads on for --drain, finishes its last interval and exits 0" {
    for signal in TERM INT; do
        start_live -i 1h --no-self --drain 0.3
        rec a c 1 >&5
        wait_until has_taken 1
        before=$(now)
        kill -$signal "$background_pid"
        rec a c 1 >&5
        wait_exit "$background_pid"
        took=$(($(now) - before))
        exec 5>&-
        rm in
        assert_success
        assert_equal "$(cut -f 1-4 out)" "$(tsv a c count 2)
$(tsv a c rate 0.0005555555555555556)"
        ((took >= 300)) || fail "it drained for $took ms"
    done
}

@test "TERM: EOF ends the drain" {
    start_live -i 1h --no-self --drain 1h
    kill -TERM "$background_pid"
    rec a c 1 >&5
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    assert_equal "$(cut -f 1-4 out | head -1)" "$(tsv a c count 1)"
}

@test "TERM by event time writes what is open" {
    start_live -e --no-self --drain 0
    rec a c 1 >&5
    wait_until has_taken 1
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    assert_success
    assert_equal "$(head -1 out)" "$(tsv a c count 1 1700000010)"
}

@test "TERM ends it even if the input is always readable" {
    start_ready statsd-agg -i 1h --no-self --drain 0.2 </dev/zero >out 2>err
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
}

@test "a second signal ends it at once" {
    start_live -i 1h --drain 1h
    rec a c 1 >&5
    wait_until has_taken 1
    kill -TERM "$background_pid"
    interrupt_again "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    assert_failure 1
    assert_equal "$(<out)" ''
}

@test "USR1: one status line" {
    start_live -i 1h
    { rec a c 1 && rec b c 1 && echo bad; } >&5
    wait_until has_taken 3
    tail -n 1 err >last
    assert_equal "$(<last)" 'statsd-agg: 3 records, 1 bad, 0 late, 2 series'
    exec 5>&-
}

# --- a slow reader --------------------------------------------------------------------------------

@test "it continues reading while its reader is stopped" {
    mkfifo in pipe
    exec 5<>in 6<>pipe
    start_ready statsd-agg -i 0.2 --self-prefix me -p 50,90,99 <in >pipe 2>err 5>&- 6>&-
    # Far more than a pipe and all buffers hold, repeated.
    seq 30000 | awk '{ print "series.number." $1 "\tms\t" $1 "\t1\t7" }' >round
    for round in 1 2 3 4 5 6; do
        timeout "$PATIENCE" cat round >&5
        wait_until has_taken $((round * 30000))
        sleep 0.1
    done
    exec 5>&-
    exec 7<pipe 6>&-
    timeout "$PATIENCE" cat <&7 >all &
    reader=$!
    exec 7<&-
    wait_exit "$background_pid"
    assert_success
    wait "$reader"
    assert_equal "$(awk -F'\t' '$2 == "ms" && $3 == "count" { n += $4 } END { print n }' all)" 180000
    assert_equal "$(awk -F'\t' '$3 == "records_received" { n += $4 } END { print n }' all)" 180000
    # Boundaries that passed meanwhile are counted. Each interval's rates cover all the time that it
    # stands for.
    assert_equal "$(awk -F'\t' 'NF != 5' all)" ''
    awk -F'\t' '$3 == "flushes_delayed" { n += $4 } END { exit !(n > 0) }' all
    awk -F'\t' '$2 == "ms" && $3 == "count" { n = $4 } $3 == "count_ps" && n > 0 && $4 > 5 * n + 1e-9 { exit 1 }' all
    assert_equal "$(awk -F'\t' '$3 == "numStats" { print $5 }' all)" \
        "$(awk -F'\t' '$3 == "numStats" { print $5 }' all | LC_ALL=C sort -n -u)"
}
