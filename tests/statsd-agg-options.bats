#!/usr/bin/env bats
# statsd-agg: what each option does, its messages, and wrong usage.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# Ten samples of a timer, 1 to 10.
ten() {
    seq 10 | awk '{ print "t\tms\t" $1 "\t1\t1700000000.000" }' >ten
}

# names [OPTION...]: the statistics that ten samples of a timer give, in one line.
names() {
    statsd-agg --once --no-self "$@" ten | cut -f 3 | paste -sd ' '
}

# --- percentiles, histograms, statistics ----------------------------------------------------------

@test "-p: names as written, in the order given" {
    ten
    assert_equal "$(names --stats x)" ''
    assert_equal "$(names -p 99.9,-10,5 --stats 'upper_99_9,lower_top10,upper_5')" 'upper_99_9 lower_top10 upper_5'
    assert_equal "$(names -p 090,50.,.5 --stats upper_090,upper_50_,upper__5)" 'upper_090 upper_50_'
}

@test "-p: a percentile given twice counts once, however it is written; the last -p decides" {
    ten
    assert_equal "$(names -p 90,90,90.0,90. --stats upper_90,upper_90_0,upper_90_)" upper_90
    assert_equal "$(names -p 90.0,90 --stats upper_90,upper_90_0)" upper_90_0
    assert_equal "$(names -p 50 -p 75 --stats upper_50,upper_75)" upper_75
    assert_equal "$(names -p 50 -p '')" 'count lower upper sum sum_squares mean median std'
}

@test "-p: the default is 90, none is ''" {
    ten
    assert_equal "$(names)" \
        'count lower upper sum sum_squares mean median std count_90 mean_90 upper_90 sum_90 sum_squares_90'
    assert_equal "$(names -p '')" 'count lower upper sum sum_squares mean median std'
}

@test "-p: rounds half up" {
    ten
    run_program statsd-agg --once --no-self -p 25,24.9,-25,-24.9,4.9,5 \
        --stats count_percent,count_24_9,count_top25,count_top24_9 ten
    assert_equal "$(cut -f 3,4 <<<"$output" | tr '\t\n' '  ')" \
        'count_25 3 count_24_9 2 count_top25 3 count_top24_9 2 count_5 1 '
}

@test "--histogram: bins from one limit to the next, not cumulative; values past the last are in none" {
    ten
    for case in '2,4.5,8|bin_2 1 bin_4_5 3 bin_8 3' 'inf|bin_inf 10' '1,inf|bin_1 0 bin_inf 10' \
        '5,2,7|bin_5 4 bin_2 0 bin_7 2' '-1,1e1,inf|bin_-1 0 bin_1e1 9 bin_inf 1' '11|bin_11 10' '1|bin_1 0'; do
        run_program statsd-agg --once --no-self --stats histogram --histogram "t=${case%|*}" ten
        assert_success
        assert_equal "$(cut -f 3,4 <<<"$output" | sed 's/histogram\.//' | paste -sd ' ' | tr '\t' ' ')" "${case#*|}"
    done
}

@test "--histogram: ends at the last =, the first match decides, empty matches all, no bins take none" {
    {
        rec 'api.time;env=prod' ms 1
        rec 'api.time;env=test' ms 1
        rec 'db' ms 1
    } >input
    run_program statsd-agg --once --no-self --stats histogram --histogram 'env=prod=5' --histogram 'api=' \
        --histogram '=7,inf' input
    assert_success
    assert_output - <<END
$(tsv 'api.time;env=prod' ms histogram.bin_5 1 1700000000)
$(tsv db ms histogram.bin_7 1 1700000000)
$(tsv db ms histogram.bin_inf 0 1700000000)
END
}

@test "--stats: full names, X_percent at every whole percentile, even a negative one, all bins" {
    ten
    options=(-p "50,99.9,-10" --histogram "=5,inf")
    assert_equal "$(names "${options[@]}" --stats std,count)" 'count std'
    assert_equal "$(names "${options[@]}" --stats upper_99_9)" upper_99_9
    assert_equal "$(names "${options[@]}" --stats upper_percent)" upper_50
    assert_equal "$(names "${options[@]}" --stats sum_percent,sum_squares_percent)" \
        'sum_50 sum_squares_50 sum_top10 sum_squares_top10'
    assert_equal "$(names "${options[@]}" --stats lower_percent)" 'lower_top10'
    assert_equal "$(names "${options[@]}" --stats histogram)" 'histogram.bin_5 histogram.bin_inf'
    assert_equal "$(names "${options[@]}" --stats histogram.bin_inf)" histogram.bin_inf
    assert_equal "$(names "${options[@]}" --stats '')" ''
    statsd-agg --once --stats '' ten >out
    assert_equal "$(grep -c numStats.1 out)" 1
}

@test "--stats is only for timers, and selects what is sent of an idle one" {
    {
        rec a c 1
        rec t ms 1
        rec a c 1 1 1700000010
    } >input
    run_program statsd-agg -e --no-self --stats count_ps,mean input
    assert_output - <<END
$(tsv a c count 1 1700000010)
$(tsv a c rate 0.1 1700000010)
$(tsv t ms count_ps 0.1 1700000010)
$(tsv t ms mean 1 1700000010)
$(tsv a c count 1 1700000020)
$(tsv a c rate 0.1 1700000020)
$(tsv t ms count_ps 0 1700000020)
END
}

# --- self-metrics ---------------------------------------------------------------------------------

@test "--self-prefix names the self-metrics, --no-self omits them" {
    rec a c 1 >input
    run_program statsd-agg --once --self-prefix $'my\tagg' input
    assert_line "$(tsv 'my\tagg' own numStats 1 1700000000)"
    refute_line --partial 'statsd'
    run_program statsd-agg --once --self-prefix a --self-prefix b input
    assert_line "$(tsv b own records_received 1 1700000000)"
    run_program statsd-agg --once --no-self input
    assert_output "$(tsv a c count 1 1700000000)"
}

# --- messages -------------------------------------------------------------------------------------

@test "-v prints totals at the end" {
    {
        rec a c 1 1 1700000000
        rec b c 1 1 1700000100
        rec a c 1 1 1700000000
        echo bad
    } >input
    run_program statsd-agg -e -v --no-self input
    assert_success
    assert_equal "${stderr_lines[-1]}" 'statsd-agg: 4 records, 1 bad, 1 late, 2 series'
    rec a c 1 >input
    run_program statsd-agg --once --verbose input
    assert_stderr 'statsd-agg: 1 records, 0 bad, 0 late, 1 series'
}

@test "-q prints only what ends the program" {
    run_shell 'echo bad | statsd-agg --once -q'
    assert_success
    refute_stderr
    run_shell 'echo bad | statsd-agg --once --quiet missing'
    assert_failure 1
    assert_stderr 'statsd-agg: open missing: No such file or directory'
}

@test "-s: the first bad record ends the run, and earlier output stays" {
    {
        rec a c 1 1 1700000000
        rec a c 1 1 1700000100
        echo bad
        rec a c 1 1 1700000100
    } >input
    for quiet in '' -q; do
        # shellcheck disable=SC2086 # words
        run_program statsd-agg -e --no-self -i 1000 -s $quiet input
        assert_failure 1
        assert_stderr "statsd-agg: input:3: bad record 'bad': expected five columns separated by TABs"
        refute_output
        # shellcheck disable=SC2086 # words
        run_program statsd-agg -e --no-self --max-gap 0 --lateness 0 --strict $quiet input
        assert_failure 1
        assert_output "$(tsv a c count 1 1700000010)
$(tsv a c rate 0.1 1700000010)"
    done
}

@test "-s: of several refused values, only the first in the input is reported" {
    { rec b c 1e308 && rec a g 1e308; } >first
    { rec a gd +1e308 && rec b c 1e308; } >second
    run_program statsd-agg -s --once --no-self first second
    assert_failure 1
    assert_stderr "statsd-agg: second:1: bad value '+1e308': the gauge would not be finite"
    refute_output
}

@test "-s: a late, a torn, a long and a non-finite record end the run too" {
    { rec a c 1 1 1700000100 && rec a c 1 1 1700000000; } >late
    rec a c 1 | head -c 10 >torn
    { rec a g 1e308 && rec a gd +1e308; } >infinite
    rec "$(printf '%0100d' 0)" c 1 >long
    run_program statsd-agg -s -q -e --no-self infinite
    assert_failure 1
    assert_stderr "statsd-agg: interval 1700000010: bad value of 'a': the gauge would not be finite"
    assert_output "$(tsv a g value 1e+308 1700000010)"
    for file in late torn long; do
        run_program statsd-agg -s -e -l 90 "$file"
        assert_failure 1
        refute_output
        ((${#stderr_lines[@]} == 1)) || fail 'expected one line'
    done
    for file in torn infinite long; do
        run_program statsd-agg -s --once -l 90 "$file"
        assert_failure 1
        refute_output
    done
}

@test "-s: an early end discards open intervals, for every family and mode" {
    { rec t ms 1 && rec t ms 2 && rec s s x && rec g g 1 && rec c c 1 && echo bad; } >input
    for mode in '' -e --once '--once -e' '-e --timer-samples 1'; do
        # shellcheck disable=SC2086 # words
        run_program statsd-agg -s $mode input
        assert_failure 1
        refute_output
        assert_stderr "statsd-agg: input:6: bad record 'bad': expected five columns separated by TABs"
    done
}

@test "--rejects keeps refused input with its reason, and appends" {
    {
        rec a c 1 1 1700000100
        printf 'x\ty\\z\r\n'
        rec a c 1 1 1700000000
    } >input
    before=$(date +%s)
    run_program statsd-agg -e -q --no-self --rejects rejects input
    assert_success
    late='its interval has been written: --lateness 91s, or input sorted by time, would have kept it'
    assert_equal "$(cut -f 2- rejects)" \
        "input:2	bad record 'x\\\\ty\\\\\\\\z': expected five columns separated by TABs	x\\ty\\\\z
input:3	late record 'a\\\\tc\\\\t1\\\\t1\\\\t1700000000': $late	a\\tc\\t1\\t1\\t1700000000"
    read -r time _ <rejects
    [[ $time =~ ^[0-9]+\.[0-9]{3}$ ]]
    ((${time%.*} >= before && ${time%.*} <= $(date +%s)))
    run_program statsd-agg -e -q --rejects rejects input
    assert_equal "$(wc -l <rejects)" 4
    run_program statsd-agg -e --rejects missing/rejects input
    assert_failure 1
    assert_stderr 'statsd-agg: open missing/rejects: No such file or directory'
    run_program statsd-agg -e -q --rejects /dev/full input
    assert_failure 1
    assert_stderr 'statsd-agg: write /dev/full: No space left on device
statsd-agg: /dev/full: 2 lines lost'
}

@test "--max-line: a line that fits and one that does not, also with CR LF" {
    record=$(rec a c 1)
    for end in '\n' '\r\n'; do
        printf "%s$end" "$record" "$record" >input
        run_program statsd-agg --once --no-self -l "${#record}" input
        assert_output "$(tsv a c count 2 1700000000)"
        refute_stderr
        run_program statsd-agg --once --no-self -l $((${#record} - 1)) input
        refute_output
        assert_stderr_line --partial \
            "statsd-agg: input:1: bad record 'a\\tc\\t1\\t1\\t1700000000.00': the line is longer than --max-line"
    done
}

@test "--ready-fd: writes an empty line when ready; a closed descriptor is an error" {
    run_shell 'statsd-agg --once --ready-fd 7 7>ready </dev/null'
    assert_success
    assert_equal "$(od -c ready | head -1)" '0000000  \n'
    run_program statsd-agg --ready-fd 77
    assert_failure 1
    assert_stderr 'statsd-agg: --ready-fd 77: Bad file descriptor'
}

@test "--help and --version" {
    for option in -h --help; do
        run_program statsd-agg "$option"
        assert_success
        refute_stderr
        ((${#lines[@]} <= 60))
        assert_line --partial '  -i, --interval DURATION'
    done
    for option in -V --version; do
        run_program statsd-agg "$option"
        assert_success
        assert_output --regexp '^statsd-agg [0-9]+\.[0-9]+\.[0-9]+$'
    done
    run_shell 'statsd-agg --help >/dev/full'
    assert_failure 1
    assert_stderr 'statsd-agg: write stdout: No space left on device'
}

# --- wrong usage ----------------------------------------------------------------------------------

@test "wrong usage: unknown options, and values that are missing or not wanted" {
    run_program statsd-agg --bogus
    assert_usage_error "statsd-agg: unknown option '--bogus'"
    run_program statsd-agg -Z
    assert_usage_error "statsd-agg: unknown option '-Z'"
    run_program statsd-agg --interval
    assert_usage_error 'statsd-agg: option --interval needs a value'
    run_program statsd-agg -p
    assert_usage_error 'statsd-agg: option -p needs a value'
    run_program statsd-agg --once=1
    assert_usage_error 'statsd-agg: option --once takes no value'
}

@test "wrong usage: durations" {
    for option in --interval --lateness --max-gap --drain; do
        for value in x '' -1 1d 0.0001 '1 s' 1e400 nan; do
            run_program statsd-agg "$option" "$value"
            assert_usage_error \
                "statsd-agg: $option: bad duration '$value': expected seconds, or a number with ms, s, m or h"
        done
        run_program statsd-agg "$option" 1e13
        assert_usage_error --partial "statsd-agg: $option: bad duration '1e13': expected"
    done
    for value in 0 0ms; do
        run_program statsd-agg --interval "$value"
        assert_usage_error "statsd-agg: --interval: bad duration '$value': expected at least 1 ms"
    done
}

@test "wrong usage: percentiles" {
    for value in 0 -0 0.0 101 -101 100.0001 -100.1; do
        run_program statsd-agg -p "50,$value"
        assert_usage_error \
            "statsd-agg: --percentiles: bad percentile '$value': expected one from -100 to 100, but not 0"
    done
    for value in abc 1e1 inf nan 0x10 +5 ' 5' -- 5-; do
        run_program statsd-agg --percentiles="50,$value,90"
        assert_usage_error \
            "statsd-agg: --percentiles: bad percentile '$value': expected a number such as 90, 99.9 or -10"
    done
    for value in ',' '50,' ',50' '50,,90'; do
        run_program statsd-agg -p "$value"
        assert_usage_error "statsd-agg: --percentiles: bad percentile '': expected a number such as 90, 99.9 or -10"
    done
}

@test "wrong usage: histograms, statistics, idle times, words, numbers, sizes, names" {
    run_program statsd-agg --histogram api
    assert_usage_error "statsd-agg: --histogram: bad bin 'api': expected MATCH=b1,b2,inf"
    for value in x '' Inf 1e400; do
        run_program statsd-agg --histogram "api=1,$value"
        assert_usage_error "statsd-agg: --histogram: bad bin '$value': expected a number or inf"
    done
    run_program statsd-agg --stats count,,mean
    assert_usage_error "statsd-agg: --stats: bad statistic '': expected the name of a statistic"
    for value in '' x=5 c=x c c= ms5 h=5m g=Forever c=-1; do
        run_program statsd-agg --idle "g=1,$value"
        assert_usage_error \
            "statsd-agg: --idle: bad idle time '$value': expected c=, ms=, s= or g= and a duration or forever"
    done
    run_program statsd-agg --stamp middle
    assert_usage_error "statsd-agg: --stamp: unknown word 'middle': expected end or start"
    run_program statsd-agg --ready-fd x
    assert_usage_error "statsd-agg: --ready-fd: bad number 'x': expected a whole number"
    run_program statsd-agg -l 0
    assert_usage_error "statsd-agg: --max-line: bad size '0': expected 1 to 1073741824 bytes"
    run_program statsd-agg -l 1X
    assert_usage_error "statsd-agg: --max-line: bad size '1X': expected bytes, or a number with K, M or G"
    run_program statsd-agg --self-prefix ''
    assert_usage_error "statsd-agg: --self-prefix: bad name '': expected at least one character"
}
