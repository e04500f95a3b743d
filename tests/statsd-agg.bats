#!/usr/bin/env bats
# statsd-agg: records → aggregates, what it refuses and reports, odd input and odd surroundings. Its
# options are tested in statsd-agg-options.bats, its two notions of time in statsd-agg-event.bats
# and statsd-agg-live.bats.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# agg INPUT [OPTION...]: --once over INPUT, in the syntax of printf %b, without self-metrics.
agg() {
    printf '%b' "$1" >input
    shift
    run_program statsd-agg --once --no-self "$@" <input
}

# The rows of a series, `statistic value` per line.
rows() {
    awk -F'\t' -v series="$1" -v type="$2" '$1 == series && $2 == type { print $3, $4 }' <<<"$output"
}

# --- each family ----------------------------------------------------------------------------------

@test "a counter: values divided by their rates, and per second if there is an interval" {
    agg "$(rec hits c 1)\n$(rec hits c 2 0.1)\n$(rec hits c -0.5 0.25)\n"
    assert_success
    refute_stderr
    assert_output "$(tsv hits c count 19 1700000000)"
    agg "$(rec hits c 1)\n$(rec hits c 2 0.1)\n$(rec hits c -0.5 0.25)\n" -i 10
    assert_output - <<END
$(tsv hits c count 19 1700000000)
$(tsv hits c rate 1.9 1700000000)
END
}

@test "a timer: all its statistics in order" {
    agg "$(rec t ms 10 0.5)\n$(rec t ms 20)\n$(rec t ms 60)\n$(rec t ms 30)\n" -i 2 -p 50,-50
    assert_success
    assert_equal "$(rows t ms)" "$(printf '%s\n' 'count 5' 'count_ps 2.5' 'lower 10' 'upper 60' 'sum 120' \
        'sum_squares 5000' 'mean 30' 'median 25' 'std 18.708286933869708' \
        'count_50 2' 'mean_50 15' 'upper_50 20' 'sum_50 30' 'sum_squares_50 500' \
        'count_top50 2' 'mean_top50 45' 'lower_top50 30' 'sum_top50 90' 'sum_squares_top50 4500')"
}

@test "a timer of one sample: every percentile contains it" {
    agg "$(rec t ms 7)\n" -p 1,-1
    assert_equal "$(rows t ms)" "$(printf '%s\n' 'count 1' 'lower 7' 'upper 7' 'sum 7' 'sum_squares 49' 'mean 7' \
        'median 7' \
        'std 0' 'count_1 1' 'mean_1 7' 'upper_1 7' 'sum_1 7' 'sum_squares_1 49' \
        'count_top1 1' 'mean_top1 7' 'lower_top1 7' 'sum_top1 7' 'sum_squares_top1 49')"
}

@test "a percentile that contains no sample is left out" {
    agg "$(rec t ms 1)\n$(rec t ms 2)\n" -p 10,25,-24 --stats count_10,count_25,upper_25,count_top24
    assert_equal "$(rows t ms)" "$(printf '%s\n' 'count_25 1' 'upper_25 1')"
}

@test "a negative percentile that takes every sample gives the timer's own sum, mean and sum of squares" {
    agg "$(rec t ms 1)\n$(rec t ms 2)\n" -p -100,-90 \
        --stats sum_top100,mean_top100,sum_squares_top100,sum_top90,lower_top90
    assert_equal "$(rows t ms)" \
        "$(printf '%s\n' 'mean_top100 1.5' 'sum_top100 3' 'sum_squares_top100 5' 'lower_top90 1' 'sum_top90 3')"
}

@test "ms, h and d of one name are one timer, which is written as ms" {
    agg "$(rec t ms 1)\n$(rec t h -2)\n$(rec t d 3)\n" -p '' --stats count,lower,upper
    assert_equal "$output" "$(tsv t ms count 3 1700000000)
$(tsv t ms lower -2 1700000000)
$(tsv t ms upper 3 1700000000)"
}

@test "a gauge: the last value, deltas added to it, or to 0 if there is none" {
    agg "$(rec g g 5)\n$(rec g gd +3)\n$(rec g gd -10)\n$(rec h gd -10)\n$(rec i g -7)\n$(rec i g 4.5)\n$(rec j g -0)\n"
    assert_output - <<END
$(tsv g g value -2 1700000000)
$(tsv h g value -10 1700000000)
$(tsv i g value 4.5 1700000000)
$(tsv j g value 0 1700000000)
END
}

@test "a set counts its distinct members, which may be any bytes" {
    for member in bob eve bob '\t' '\\' $'\xff' 1 1.0 '\t'; do
        rec u s "$member"
    done >input
    run_program statsd-agg --once --no-self <input
    assert_output "$(tsv u s count 7 1700000000)"
    seq 100000 | awk '{ print "u\ts\tm" $1 % 70000 "\t1\t7" }' >input
    run_program statsd-agg --once --no-self <input
    assert_output "$(tsv u s count 70000 7)"
}

@test "one name and four families are four series" {
    agg "$(rec a s x)\n$(rec a g 1)\n$(rec a c 1)\n$(rec a ms 1)\n" --stats count
    assert_output - <<END
$(tsv a s count 1 1700000000)
$(tsv a g value 1 1700000000)
$(tsv a c count 1 1700000000)
$(tsv a ms count 1 1700000000)
END
}

@test "numbers are printed as ECMAScript does" {
    for pair in 1e21:1e+21 1e20:100000000000000000000 0.000001:0.000001 0.00000015:1.5e-7 1e-400:0 -0:0 .1:0.1 5.:5 \
        9007199254740993:9007199254740992 123456789.125:123456789.125 1E5:100000; do
        agg "$(rec a g "${pair%:*}")\n"
        assert_output "$(tsv a g value "${pair#*:}" 1700000000)"
    done
    agg "$(rec a c 0.1)\n$(rec a c 0.2)\n"
    assert_output "$(tsv a c count 0.30000000000000004 1700000000)"
}

@test "rate and set values: a rate on a gauge or a set has no effect" {
    agg "$(rec g g 3 0.1)\n$(rec g gd +1 0.1)\n$(rec s s x 0.1)\n"
    assert_output - <<END
$(tsv g g value 4 1700000000)
$(tsv s s count 1 1700000000)
END
}

# --- non-finite values ----------------------------------------------------------------------------

@test "a statistic that is not finite is left out" {
    agg "$(rec t ms 1e200)\n$(rec t ms 1e200)\n" -p 50
    assert_success
    assert_equal "$(rows t ms)" "$(printf '%s\n' 'count 2' 'lower 1e+200' 'upper 1e+200' 'sum 2e+200' 'mean 1e+200' \
        'median 1e+200' 'std 0' 'count_50 1' 'mean_50 1e+200' 'upper_50 1e+200' 'sum_50 1e+200')"
    agg "$(rec t ms 1 1e-320)\n" --stats count,upper -i 1
    assert_equal "$(rows t ms)" 'upper 1'
    refute_stderr
}

@test "a value that would make a counter non-finite is refused, and the counter continues" {
    agg "$(rec a c 1e308)\n$(rec a c 1e308)\n$(rec a c -1e308)\n$(rec b c 10 1e-320)\n$(rec a c 7)\n"
    assert_success
    assert_output "$(tsv a c count 7 1700000000)"
    assert_stderr - <<'END'
statsd-agg: stdin:2: bad value '1e308': the counter would not be finite
statsd-agg: stdin:4: bad value '10': the counter would not be finite
END
}

@test "a value that would make a gauge non-finite is refused, and the old value stays" {
    agg "$(rec a g 1.7e308)\n$(rec a gd +1e308)\n$(rec b g 1)\n$(rec a gd -1e308)\n"
    assert_output - <<END
$(tsv a g value 6.999999999999999e+307 1700000000)
$(tsv b g value 1 1700000000)
END
    assert_stderr "statsd-agg: stdin:2: bad value '+1e308': the gauge would not be finite"
}

# --- series ---------------------------------------------------------------------------------------

@test "tags in any order, given twice, bare or without a value are one series" {
    local same
    same="$(rec 'a;x=1;y=2' c 1)\n$(rec 'a;y=2;x=1' c 1)\n$(rec 'a;y=3;x=1;y=2' c 1)\n$(rec 'a;x=1;;y=2;z=' c 1)\n"
    agg "$same$(rec 'a;b' c 1)\n$(rec 'a;b=true' c 1)\n"
    assert_output - <<END
$(tsv 'a;x=1;y=2' c count 4 1700000000)
$(tsv 'a;b=true' c count 2 1700000000)
END
}

@test "tags reordered by awk are the same series, thousands of them" {
    seq 3000 | awk '{ print "n;host=h" $1 % 1500 ";az=" $1 % 7 "\tc\t1\t1\t5" }' >records
    statsd-agg --once --no-self records | sort >expected
    awk -F'\t' -v OFS='\t' '{ split($1, part, ";"); $1 = part[1] ";" part[3] ";" part[2]; print }' records >edited
    statsd-agg --once --no-self edited | sort >is
    assert_file is expected
    sort -R records edited | statsd-agg --once --no-self | sort | awk -F'\t' -v OFS='\t' '{ $4 /= 2; print }' >is
    assert_file is expected
}

@test "escapes are kept, and differently escaped names are one series" {
    for series in 'a\tb' 'x\\y' 'x\y' 'x\y;k=\0' 'a\rb' $'a\rb'; do
        rec "$series" c 1
    done >input
    run_program statsd-agg --once --no-self <input
    assert_output - <<'END'
a\tb	c	count	1	1700000000
x\\y	c	count	2	1700000000
x\\y;k=\0	c	count	1	1700000000
a\rb	c	count	2	1700000000
END
}

@test "a series of 60,000 bytes, and one of a single byte that is not UTF-8" {
    long=$(printf '%060000d' 1)
    agg "$(rec "$long" c 1)\n$(rec $'\xff' c 2)\n"
    assert_success
    assert_equal "$output" "$(tsv "$long" c count 1 1700000000)"$'\n\xff'"$(tsv '' c count 2 1700000000)"
}

@test "the output is in order of first appearance" {
    agg "$(rec z c 1)\n$(rec a g 1)\n$(rec m s 1)\n$(rec a c 1)\n$(rec z c 1)\n$(rec a g 2)\n"
    assert_equal "$(cut -f 1,2 <<<"$output" | tr '\t\n' '  ')" 'z c a g m s a c '
}

@test "columns after the fifth are ignored" {
    agg "$(rec a c 1)\t127.0.0.1:4000\n$(rec a c 1)\t\tx\ty\n"
    assert_output "$(tsv a c count 2 1700000000)"
    refute_stderr
}

# --- refusals -------------------------------------------------------------------------------------

@test "every refusal reports where, what and why, and its neighbours are kept" {
    cat >input <<END
$(rec good c 1)
a:1|c
$(rec '' c 1)
$(rec a x 1)
$(rec a c x)
END
    run_program statsd-agg --once --no-self <input
    assert_success
    assert_output "$(tsv good c count 1 1700000000)"
    assert_stderr - <<'END'
statsd-agg: stdin:2: bad record 'a:1|c': expected five columns separated by TABs
statsd-agg: stdin:3: bad record '\tc\t1\t1\t1700000000.000': expected a series in the first column
statsd-agg: stdin:4: bad type 'x': expected c, ms, h, d, g, gd or s
statsd-agg: stdin:5: bad value 'x': expected a number
END
    cat >input <<END
$(rec good c 1)
$(rec a ms -1)
$(rec a c 1 0)
$(rec a c 1 1.5)
$(rec a c 1 1 noon)
$(rec ';k=v' c 1)
END
    run_program statsd-agg --once --no-self <input
    assert_success
    assert_output "$(tsv good c count 1 1700000000)"
    assert_stderr - <<'END'
statsd-agg: stdin:2: bad value '-1': a timer in ms cannot be negative
statsd-agg: stdin:3: bad rate '0': expected a number above 0 and up to 1
statsd-agg: stdin:4: bad rate '1.5': expected a number above 0 and up to 1
statsd-agg: stdin:5: bad time 'noon': expected Unix seconds
statsd-agg: stdin:6: bad record ';k=v\tc\t1\t1\t1700000000.000': expected a series in the first column
END
    printf 'good\tc\t1\t1\t1700000000\na\ts\t\t1\t1700000000\n' >input
    run_program statsd-agg --once --no-self <input
    assert_success
    assert_output "$(tsv good c count 1 1700000000)"
    assert_stderr "statsd-agg: stdin:2: bad value '': expected a member of the set"
}

@test "an aggregate is not a record" {
    agg "$(tsv a c count 1 1700000000)\n"
    local reason='this looks like an aggregate: it has been through statsd-agg already'
    assert_stderr_line "statsd-agg: stdin:1: bad record 'a\tc\tcount\t1\t1700000000': $reason"
}

@test "the first five of many refusals are shown, the others counted" {
    run_shell "seq 100 | sed s/.*/nonsense/ | statsd-agg --once"
    assert_success
    refute_output
    ((${#stderr_lines[@]} == 7)) || fail 'expected seven lines'
    assert_equal "${stderr_lines[4]}" \
        "statsd-agg: stdin:5: bad record 'nonsense': expected five columns separated by TABs"
    assert_equal "${stderr_lines[5]}" 'statsd-agg: 95 more bad records'
    assert_equal "${stderr_lines[6]}" 'statsd-agg: no good record: 100 records, 100 bad'
}

@test "a torn last record is refused, wherever it was cut" {
    agg "$(rec a c 1)\n$(rec a c 1)"
    assert_success
    assert_output "$(tsv a c count 1 1700000000)"
    assert_stderr "statsd-agg: stdin:2: torn record 'a\tc\t1\t1\t1700000000.000': the last line has no line end"
    printf '%s' "$(rec b c 5)" >torn
    rec c c 1 >whole
    run_program statsd-agg --once --no-self torn whole
    assert_output "$(tsv c c count 1 1700000000)"
    assert_stderr "statsd-agg: torn:1: torn record 'b\tc\t5\t1\t1700000000.000': the last line has no line end"
}

@test "self-metrics count every line: good, bad and torn, but not empty ones" {
    printf '%s\n\nbad\n\r\n%s' "$(rec a c 1)" "$(rec a c 1)" >input
    run_program statsd-agg --once -q <input
    assert_output - <<END
$(tsv a c count 1 1700000000)
$(tsv statsd own records_received 3 1700000000)
$(tsv statsd own bad_records 2 1700000000)
$(tsv statsd own late_records 0 1700000000)
$(tsv statsd own series 1 1700000000)
$(tsv statsd own series_refused 0 1700000000)
$(tsv statsd own series_evicted 0 1700000000)
$(tsv statsd own numStats 1 1700000000)
END
    refute_stderr
}

# --- odd input ------------------------------------------------------------------------------------

@test "empty input: no row, and the counts are reported; live there is an interval" {
    for option in --once --event-time '--once -i 10' '--event-time --lateness all' '--once --event-time'; do
        # shellcheck disable=SC2086 # words
        run_program statsd-agg $option </dev/null
        assert_success
        refute_output
        assert_stderr 'statsd-agg: no good record: 0 records, 0 bad'
    done
    run_program statsd-agg </dev/null
    assert_success
    refute_stderr
    local figures='records_received bad_records late_records series series_refused series_evicted'
    figures+=' flushes_delayed processing_time numStats'
    assert_equal "$(cut -f 3 <<<"$output" | paste -sd ' ')" "$figures"
}

@test "a byte order mark is skipped in every file" {
    printf '\357\273\277%s\n' "$(rec a c 1)" >one
    printf '\357\273\277%s\n' "$(rec a c 2)" >two
    run_program statsd-agg --event-time --no-self -q one two
    assert_success
    assert_line "$(tsv a c count 3 1700000010)"
    refute_line --partial $'\357'
}

@test "CR LF, and a NUL" {
    agg "$(rec a c 1)\r\n$(rec $'a' s 'x\0000y')\n\r\n"
    assert_output - <<END
$(tsv a c count 1 1700000000)
$(tsv a s count 1 1700000000)
END
    agg 'a\0000b\tc\t1\t1\t5\n'
    assert_output "$(tsv 'a\0b' c count 1 5)"
    agg 'a\tc\t\00001\t1\t5\n'
    assert_stderr_line "statsd-agg: stdin:1: bad value '\01': expected a number"
}

@test "a line of 1 MiB is dropped whole, and reading goes on" {
    {
        rec a c 1
        head -c 1048576 /dev/zero | tr '\0' x
        echo
        rec a c 1
    } >input
    run_program statsd-agg --once --no-self <input
    assert_success
    assert_output "$(tsv a c count 2 1700000000)"
    assert_stderr "statsd-agg: stdin:2: bad record '$(printf 'x%.0s' {1..60})'…: the line is longer than --max-line"
    run_program statsd-agg --once --no-self --max-line 2M <input
    assert_stderr \
        "statsd-agg: stdin:2: bad record '$(printf 'x%.0s' {1..60})'…: expected five columns separated by TABs"
}

@test "a German locale changes nothing" {
    rec a ms 1.5 >input
    rec a g 1234567.5 >>input
    statsd-agg --once -p 99.9 input >expected
    LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 statsd-agg --once -p 99.9 input >is
    assert_file is expected
}

@test "files in their order, - for stdin, and one that is missing" {
    rec g gd +1 >one
    rec g g 10 >two
    rec g gd +5 >three
    run_program statsd-agg --once --no-self two - one <three
    assert_success
    assert_output "$(tsv g g value 16 1700000000)"
    run_program statsd-agg --once --no-self two missing one
    assert_failure 1
    assert_output "$(tsv g g value 11 1700000000)"
    assert_stderr 'statsd-agg: open missing: No such file or directory'
    run_program statsd-agg --once --no-self . one
    assert_failure 1
    assert_output "$(tsv g g value 1 1700000000)"
    assert_stderr 'statsd-agg: read .: Is a directory'
    run_program statsd-agg --once --no-self two one </dev/null -q
    assert_output "$(tsv g g value 11 1700000000)"
}

@test "the same input gives the same bytes" {
    seq 2000 | awk '{
        print "n" $1 % 97 ";t=" $1 % 5 "\t" (NR % 3 ? "ms" : "c") "\t" $1 * 7919 % 1009 / 7 "\t1\t" 1700000000 + $1 / 20
    }' >input
    for options in --once '--once -i 3' -e '-e --lateness all'; do
        # shellcheck disable=SC2086 # words
        statsd-agg $options <input >one
        # shellcheck disable=SC2086 # words
        while read -r line; do printf '%s\n' "$line"; done <input | statsd-agg $options >two
        assert_file one two
        test -s one
    done
}

# --- odd environments -----------------------------------------------------------------------------

@test "a full disk is reported and exits 1" {
    rec a c 1 >input
    for mode in --once --event-time ''; do
        # shellcheck disable=SC2086 # words
        run_shell "statsd-agg $mode <input >/dev/full"
        assert_failure 1
        assert_stderr_line 'statsd-agg: write stdout: No space left on device'
    done
}

@test "a closed stdout is reported and exits 1" {
    rec a c 1 >input
    for mode in --once --event-time ''; do
        run_shell "statsd-agg $mode <input >&-"
        assert_failure 1
        assert_stderr_line 'statsd-agg: write stdout: Bad file descriptor'
    done
}

@test "a closed stdin is reported and exits 1" {
    run_shell 'statsd-agg --once <&-'
    assert_failure 1
    assert_stderr_line 'statsd-agg: read stdin: Bad file descriptor'
}

@test "a reader that has exited ends it with exit 1 and no message" {
    seq 300000 | awk '{ print "n" $1 "\tc\t1\t1\t5" }' >input
    run_shell 'statsd-agg --once input | head -1'
    assert_failure 1
    assert_output "$(tsv n1 c count 1 5)"
    refute_stderr
}

@test "a reader that has exited is noticed even if nothing arrives" {
    mkfifo in out
    exec 5<>in 6<>out
    start_ready statsd-agg -i 1h <in >out 2>err 5>&- 6>&-
    exec 6>&-
    wait_exit "$background_pid"
    exec 5>&-
    assert_failure 1
    assert_equal "$(<err)" ''
}
