#!/usr/bin/env bats
# statsd-agg's limits and its extensions to the reference: --max-series, --timer-samples,
# --set-members, --weighted, --histogram-cumulative, --tag, --offset, --late.
# unit/statsd-agg/test_sketch.c and test_hyperloglog.c test how exact the sketches are.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# at SERIES TIME: a counter's record.
at() {
    rec "$1" c 1 1 "$2"
}

# counts: the counts of each counter, `series count end` per line, without idle ones.
counts() {
    awk -F'\t' '$2 == "c" && $3 == "count" && $4 > 0 { print $1, $4, $5 }' <<<"$output"
}

# --- series ---------------------------------------------------------------------------------------

@test "--max-series: if none is idle, a new series is refused, counted and reported, and known ones continue" {
    { at a 100 && at b 100 && at c 101 && at a 102 && at c 103 && at b 104; } >input
    run_program statsd-agg -e --max-series 2 input
    assert_success
    assert_equal "$(counts)" $'a 2 110\nb 2 110'
    assert_line "$(tsv statsd own records_received 6 110)"
    assert_line "$(tsv statsd own bad_records 0 110)"
    assert_line "$(tsv statsd own series 2 110)"
    assert_line "$(tsv statsd own series_refused 2 110)"
    assert_line "$(tsv statsd own series_evicted 0 110)"
    assert_stderr "statsd-agg: input:3: new series 'c': the limit of --max-series, 2, is reached and no series is idle
statsd-agg: input:5: new series 'c': the limit of --max-series, 2, is reached and no series is idle"
}

@test "--max-series: evicts the series that has been idle longest, of equals the first to arrive" {
    { at a 100 && at b 100 && at a 110 && at c 120 && at d 130 && at a 140 && at e 150; } >input
    run_program statsd-agg -e --lateness 0 --max-series 2 input
    refute_stderr
    # c replaces b, d replaces a, a replaces c, and e replaces d.
    assert_equal "$(awk -F'\t' '$2 == "c" && $3 == "count" { print $5, $1 }' <<<"$output" | sort | paste -sd ,)" \
        '110 a,110 b,120 a,120 b,130 a,130 c,140 c,140 d,150 a,150 d,160 a,160 e'
    assert_equal "$(counts)" $'a 1 110\nb 1 110\na 1 120\nc 1 130\nd 1 140\na 1 150\ne 1 160'
    assert_equal "$(awk -F'\t' '$3 == "series_evicted" { n += $4 } END { print n }' <<<"$output")" 4
    assert_equal "$(awk -F'\t' '$3 == "numStats" && $4 > 2' <<<"$output")" ''
    { at a 100 && at b 100 && at c 110 && at end 120; } >input
    run_program statsd-agg -e --lateness 0 --max-series 2 input
    assert_equal "$(awk -F'\t' '$5 == 120 && $3 == "count" { print $1 }' <<<"$output" | paste -sd ' ')" 'b c'
}

@test "--max-series: a series and family takes one place; an evicted gauge starts from 0" {
    { rec a c 1 1 100 && rec a g 5 1 100 && rec a ms 1 1 100; } >input
    run_program statsd-agg -e --max-series 2 -q input
    assert_line "$(tsv statsd own series_refused 1 110)"
    { rec g g 5 1 100 && at a 110 && rec g gd +1 1 120; } >input
    run_program statsd-agg -e --lateness 0 --max-series 1 --no-self input
    assert_equal "$(tail -1 <<<"$output")" "$(tsv g g value 1 130)"
}

@test "--max-series: a hundred thousand names through a hundred places, and the books balance" {
    seq 100000 | awk '{ print "n" $1 "\tc\t1\t1\t" int($1 / 50) * 10 }' >input
    run_program statsd-agg -e --lateness 0 --max-series 100 input
    assert_success
    awk -F'\t' '$3 == "numStats" && $4 > 100 { exit 1 }' <<<"$output"
    assert_equal "$(awk -F'\t' '$2 == "c" && $3 == "count" { n += $4 }
        $3 == "series_refused" || $3 == "late_records" { n += $4 }
        END { print n }' <<<"$output")" 100000
    assert_equal "$(awk -F'\t' '$3 == "records_received" { n += $4 } END { print n }' <<<"$output")" 100000
}

# peak RECORDS OPTION…: the peak memory, in KiB, of aggregating the first RECORDS records of
# ./input.
peak() {
    head -n "$1" input >part
    shift
    python3 -c '
import os, subprocess, sys
done = subprocess.Popen(["statsd-agg"] + sys.argv[1:], stdin=open("part"), stdout=subprocess.DEVNULL)
status, usage = os.wait4(done.pid, 0)[1:]
print(usage.ru_maxrss if status == 0 else "failed")' "$@"
}

@test "--max-series: memory does not grow, however many names come and go" {
    # A sanitizer keeps freed memory for a while; turn that off.
    export ASAN_OPTIONS="${ASAN_OPTIONS-}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    # 200 intervals with 5,000 new names each.
    seq 1000000 | awk '{
        print "some.name.of.a.series." $1 "\t" ($1 % 2 ? "c" : "ms") "\t1\t1\t" int(($1 - 1) / 5000) * 10
    }' >input
    few=$(peak 50000 -e --lateness 0 --max-series 5000)
    many=$(peak 1000000 -e --lateness 0 --max-series 5000)
    ((many < few + 2000)) || fail "$few KiB, then $many KiB"
    few=$(peak 50000 -e --lateness 0 --idle c=0,ms=0)
    many=$(peak 1000000 -e --lateness 0 --idle c=0,ms=0)
    ((many < few + 2000)) || fail "$few KiB, then $many KiB"
}

@test "--max-series: a series evicted while the reader is stopped loses no row" {
    mkfifo in pipe
    exec 5<>in 6<>pipe
    start_ready statsd-agg -q -i 0.2 --max-series 20000 <in >pipe 2>err 5>&- 6>&-
    for names in one two; do
        seq 20000 | awk -v names=$names '{ print names ".number." $1 "\tc\t1\t1\t7" }' >"$names"
    done
    timeout "$PATIENCE" cat one >&5
    wait_until pipe_is_full 6
    timeout "$PATIENCE" cat two >&5
    wait_until_asleep "$background_pid"
    exec 5>&-
    exec 7<pipe 6>&-
    timeout "$PATIENCE" cat <&7 >all &
    reader=$!
    exec 7<&-
    wait_exit "$background_pid"
    assert_success
    wait "$reader"
    assert_equal "$(awk -F'\t' 'NF != 5' all)" ''
    awk -F'\t' '$2 == "c" && $3 == "count" && $4 == 1 { print $1 "\tc\t1\t1\t7" }' all | LC_ALL=C sort >is
    LC_ALL=C sort one two >expected
    assert_file is expected
    assert_equal "$(awk -F'\t' '$3 == "series_evicted" { n += $4 } $3 == "series_refused" { n += $4 }
        END { print n }' all)" 20000
}

@test "a large flush is written at once even without input" {
    mkfifo in
    exec 5<>in
    start_ready statsd-agg -q -i 0.5 <in >out 2>err 5>&-
    seq 30000 | awk '{ print "some.series." $1 "\tms\t1\t1\t7" }' >&5
    wait_until has_intervals 4
    exec 5>&-
    wait_exit "$background_pid"
    # If nothing blocks it, a flush does not take an interval.
    assert_equal "$(awk -F'\t' '$3 == "processing_time" && $4 > 450' out)" ''
}

has_intervals() {
    (($(grep -c numStats out) >= $1))
}

@test "-l 1G: a series longer than a series can be is refused, and the next line is read" {
    (($(free -m | awk '/^Mem/ { print $7 }') > 3000)) || skip 'there are less than 3 GB of memory'
    # 2^29 + 5 bytes: the lower 29 bits of this length say 5.
    long_series() {
        head -c $((2 ** 29 + 5)) /dev/zero | tr '\0' "$1"
        tsv '' c 1 1 100
    }
    { rec aaaaa c 1 1 100 && long_series a && rec b c 1 1 100; } >input
    run_program statsd-agg -e --no-self -l 1G input
    rm input
    assert_success
    local why='expected a series of at most 536870911 bytes'
    assert_stderr "statsd-agg: input:2: bad series '$(printf 'a%.0s' {1..60})'…: $why"
    assert_output "$(tsv aaaaa c count 1 110)
$(tsv aaaaa c rate 0.1 110)
$(tsv b c count 1 110)
$(tsv b c rate 0.1 110)"
}

@test "with -e a million deltas of a gauge take bounded memory, and their sum is exact" {
    export ASAN_OPTIONS="${ASAN_OPTIONS-}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    seq 1000000 | awk '{ print "g\tgd\t1\t1\t" 100 + $1 / 200000 }' >input
    few=$(peak 100000 -e)
    many=$(peak 1000000 -e)
    ((many < few + 2000)) || fail "$few KiB, then $many KiB"
    run_program statsd-agg -e --no-self input
    assert_output "$(tsv g g value 1000000 110)"
}

# --- samples and members --------------------------------------------------------------------------

@test "--timer-samples: exact up to the limit; beyond it, quantiles are within 1 % and the rest exact" {
    seq 1 2000 | awk '{ print "t\tms\t" $1 * 7919 % 2003 "\t1\t5" }' >input
    options=(--once --no-self -i 10 -p "1,50,99,99.9,-10")
    statsd-agg "${options[@]}" input >exact
    statsd-agg "${options[@]}" --timer-samples 2000 input >is
    assert_file is exact
    statsd-agg "${options[@]}" --timer-samples 1999 input >is
    run ! cmp -s is exact
    paste exact is | awk -F'\t' '
        $3 ~ /^(count|count_ps|lower|upper|sum|sum_squares|mean|count_.*)$/ { if ($4 != $9) exit 1; checked++ }
        $3 ~ /^(median|(upper|lower)_.*)$/ { if ($9 < $4 * 0.99 || $9 > $4 * 1.01) exit 1; checked++ }
        $3 != $8 { exit 1 }
        END { if (checked < 18) exit 1 }' || fail "$(paste exact is)"
}

@test "--set-members: exact up to the limit, an estimate beyond it" {
    seq 50000 | awk '{ print "s\ts\t" $1 "\t1\t5" }' >input
    run_program statsd-agg --once --no-self --set-members 50000 input input
    assert_output "$(tsv s s count 50000 5)"
    run_program statsd-agg --once --no-self --set-members 1000 input input
    estimate=$(cut -f 4 <<<"$output")
    # Five standard errors.
    ((estimate > 47500 && estimate < 52500)) || fail "$estimate"
}

# --- statistics -----------------------------------------------------------------------------------

@test "--weighted: a sample of rate r counts as 1/r samples" {
    { rec t ms 1 && rec t ms 20 0.1; } >weighted
    { rec t ms 1 && for _ in {1..10}; do rec t ms 20; done; } >repeated
    for percentiles in 50 1,10,90,99.9,-1,-10,-99 ''; do
        options=(--once --no-self -i 10 -p "$percentiles" --histogram "=5,20,inf")
        statsd-agg "${options[@]}" --weighted weighted >is
        statsd-agg "${options[@]}" repeated >expected
        # The deviation's last digits depend on the order of its sums.
        assert_equal "$(grep -v std is)" "$(grep -v std expected)"
    done
    run_program statsd-agg --once --no-self --stats count,sum,mean weighted
    assert_equal "$(cut -f 4 <<<"$output" | paste -sd ' ')" '11 21 10.5'
}

@test "--histogram-cumulative: up to each limit, which is a tag" {
    for value in 1 5 10 10 11; do rec 't;le=x;k=v' ms $value; done >input
    run_program statsd-agg --once --no-self --stats histogram --histogram =1,10,inf --histogram-cumulative input
    assert_output "$(tsv 't;_le=x;k=v;le=1' ms histogram 1 1700000000)
$(tsv 't;_le=x;k=v;le=10' ms histogram 4 1700000000)
$(tsv 't;_le=x;k=v;le=+Inf' ms histogram 5 1700000000)"
}

@test "--histogram-cumulative: a series' own le becomes _le in all of its rows, which is reported once" {
    { rec 't;le=5' ms 1 && rec 't;_le=1;le=5;z=1' ms 2 && rec 'plain;le=5' ms 3 && rec 't;le=5' c 4; } >input
    options=(-e -i 10 --no-self -p '' --stats count,histogram --histogram t=5 --histogram-cumulative)
    run_program statsd-agg "${options[@]}" --idle c=0 input
    assert_output "$(tsv 't;_le=5' ms count 1 1700000010)
$(tsv 't;_le=5;le=5' ms histogram 1 1700000010)
$(tsv 't;_le=5;le=+Inf' ms histogram 1 1700000010)
$(tsv 't;__le=5;_le=1;z=1' ms count 1 1700000010)
$(tsv 't;__le=5;_le=1;le=5;z=1' ms histogram 1 1700000010)
$(tsv 't;__le=5;_le=1;le=+Inf;z=1' ms histogram 1 1700000010)
$(tsv 'plain;le=5' ms count 1 1700000010)
$(tsv 't;le=5' c count 4 1700000010)
$(tsv 't;le=5' c rate 0.4 1700000010)"
    assert_stderr "statsd-agg: series 't;le=5' is written as 't;_le=5': --histogram-cumulative needs the tag le
statsd-agg: series 't;_le=1;le=5;z=1' is written as 't;__le=5;_le=1;z=1': --histogram-cumulative needs the tag le"
}

@test "an own le is renamed in idle rows too, is matched as it was sent, and is not reported again" {
    { rec 't;le=5' ms 1 1 1700000000 && rec other c 1 1 1700000012 && rec 't;le=5' ms 1 1 1700000025; } >input
    run_program statsd-agg -e -i 10 --no-self --stats count --histogram 't;le=5=5' --histogram-cumulative input
    assert_line "$(tsv 't;le=5' ms count 1 1700000010)"
    refute_stderr
    run_program statsd-agg -e -i 10 --no-self --stats count,histogram --histogram 't;le=5=5' --histogram-cumulative \
        input
    for value in 1:10 0:20 1:30; do
        assert_line "$(tsv 't;_le=5' ms count "${value%:*}" "17000000${value#*:}")"
    done
    refute_line --partial 't;le=5'
    assert_equal "${#stderr_lines[@]}" 1
}

@test "of many series with a tag le the first few are reported, the others counted" {
    for i in {1..12}; do rec "t$i;le=5" ms 1; done >input
    run_program statsd-agg --once --no-self --histogram =5 --histogram-cumulative input
    assert_equal "${#stderr_lines[@]}" 6
    assert_stderr_line 'statsd-agg: 7 more series with a tag le of their own'
}

@test "without --histogram-cumulative, and with --tag, le is a tag like any other" {
    rec 't;le=5' ms 1 >input
    run_program statsd-agg --once --no-self --stats count,histogram --histogram =5 input
    assert_line "$(tsv 't;le=5' ms histogram.bin_5 1 1700000000)"
    refute_stderr
    rec t ms 1 >input
    run_program statsd-agg --once --no-self --stats histogram --tag le:x --histogram =5 --histogram-cumulative input
    assert_line "$(tsv 't;_le=x;le=5' ms histogram 1 1700000000)"
}

@test "--tag: added, sanitized, to every series without the key, but not to self-metrics" {
    { rec 'a;z=1' c 1 && rec 'b;env=test' c 1; } >input
    run_program statsd-agg --once --tag env:prod --tag 'a b:c;d' input
    assert_line "$(tsv 'a;a_b=c_d;env=prod;z=1' c count 1 1700000000)"
    assert_line "$(tsv 'b;a_b=c_d;env=test' c count 1 1700000000)"
    assert_line "$(tsv statsd own numStats 2 1700000000)"
    for value in a a: :b '' '!:b'; do
        run_program statsd-agg --tag "$value"
        assert_usage_error "statsd-agg: --tag: bad tag '$value': expected KEY:VALUE"
    done
}

# --- time -----------------------------------------------------------------------------------------

@test "--offset moves the boundaries" {
    { at a 2.999 && at b 3 && at c 12.999 && at d 13; } >input
    run_program statsd-agg -e --offset 3 --idle c=0 input
    assert_equal "$(counts)" $'a 1 3\nb 1 13\nc 1 13\nd 1 23'
    run_program statsd-agg -e --offset 3 --stamp start input
    assert_equal "$(counts)" $'a 1 -7\nb 1 3\nc 1 3\nd 1 13'
    run_program statsd-agg -i 1h --offset 59m --no-self -q input
    assert_equal $(($(cut -f 5 <<<"${lines[0]}") % 3600)) 3540
    for offset in 10 11; do
        run_program statsd-agg --offset $offset
        assert_usage_error 'statsd-agg: --offset: expected less than the interval'
    done
}

@test "--late keeps late lines unchanged, so that they can still be aggregated" {
    {
        at a 100
        at a 200
        printf '%s\tsource\r\n' "$(at 'b;y=1;x=2' 101)"
        at a 205
        at a 109
    } >input
    run_program statsd-agg -e -q --no-self --late late input
    assert_success
    assert_equal "$(<late)" "$(at 'b;y=1;x=2' 101)	source
$(at a 109)"
    run_program statsd-agg -e --no-self late
    assert_equal "$(counts)" $'b;x=2;y=1 1 110\na 1 110'
    run_program statsd-agg -e -q --late late input
    assert_equal "$(wc -l <late)" 4
    run_program statsd-agg -e --late missing/late input
    assert_failure 1
    assert_stderr 'statsd-agg: open missing/late: No such file or directory'
    run_program statsd-agg -e -q --late /dev/full input
    assert_failure 1
    assert_stderr 'statsd-agg: write /dev/full: No space left on device
statsd-agg: /dev/full: 2 lines lost'
}

@test "a record with a wild time: nothing crashes, spins or floods; records it makes late are counted and reported" {
    for time in 1700000000123 0 -5 -1e9 4102444800 8640000000000 -8640000000000 1e12; do
        for option in '' --lateness=0 --lateness=all --interval=0.5 --interval=1000h --max-gap=0 --offset=0.5 \
            --state=state; do
            rm -f state
            { at a 1700000000 && at w $time && at a 1700000011 && at b 1700000012 && at a 1700000100; } >input
            # shellcheck disable=SC2086 # none is no word
            run_program timeout 10 statsd-agg -e -v $option input
            assert_success
            ((${#output} < 300000)) || fail "${#output} bytes"
            late=$(awk -F'\t' '$3 == "late_records" { n += $4 } END { print n + 0 }' <<<"$output")
            if [[ $option == --state=state ]]; then
                run_program timeout 10 statsd-agg -e $option /dev/null
                assert_success
            else
                # Each is in some row or counted as late.
                assert_equal "$(awk -F'\t' '$2 == "c" && $3 == "count" { n += $4 } END { print n }' <<<"$output")" \
                    $((5 - late))
                assert_stderr_line --partial ": 5 records, 0 bad, $late late,"
                assert_equal "$(grep -c 'late record' <<<"$stderr")" $late
            fi
        done
    done
}

@test "two captures with a weekend between them are aggregated whole" {
    { at a 1700000000 && at a 1700000095 && at a 1700172800 && at b 1700172815; } >input
    run_program statsd-agg -e --idle c=forever input
    assert_success
    refute_stderr
    assert_equal "$(awk -F'\t' '$3 == "numStats" { print $5 }' <<<"$output" | paste -sd ' ')" \
        "$(seq -s ' ' 1700000010 10 1700000100) 1700172810 1700172820"
    assert_equal "$(awk -F'\t' '$2 == "c" && $3 == "count" { n += $4 } END { print n }' <<<"$output")" 4
}

@test "wrong usage: bounds" {
    for option in --max-series --timer-samples --set-members; do
        for value in x -1 1.5 ''; do
            run_program statsd-agg "$option" "$value"
            assert_usage_error "statsd-agg: $option: bad number '$value': expected a whole number"
        done
        for value in 0 99999999999; do
            run_program statsd-agg "$option" "$value"
            assert_usage_error --partial "statsd-agg: $option: bad number '$value': expected 1 to "
        done
    done
}

@test "--tag makes one series of those that it makes equal" {
    printf 'a\tc\t1\t1\t100\na;env=prod\tc\t2\t1\t100\na;env=test\tc\t4\t1\t100\n' >in
    run_program statsd-agg --once --no-self --tag env:prod in
    assert_success
    assert_output $'a;env=prod\tc\tcount\t3\t100\na;env=test\tc\tcount\t4\t100'
}

@test "--tag: the state file has series with their tags, however they came" {
    local -a agg=(statsd-agg -e --no-self --tag env:prod --state state)
    printf 'a\tc\t1\t1\t1700000000\na;env=prod\tc\t2\t1\t1700000000\n' >first
    printf 'b;env=prod\tc\t3\t1\t1700000001\nb\tc\t4\t1\t1700000001\na\tc\t5\t1\t1700000001\n' >second
    run_program "${agg[@]}" first
    assert_success
    assert_equal "$(grep -v '^statsd' state)" "$(tsv 'a;env=prod' c 3 1 1700000000.000)"
    run_program "${agg[@]}" second
    assert_success
    assert_equal "$(grep -v '^statsd' state)" "$(tsv 'a;env=prod' c 8 1 1700000001.000)
$(tsv 'b;env=prod' c 7 1 1700000001.000)"
}
