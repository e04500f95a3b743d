#!/usr/bin/env bats
# statsd-agg by the records' own time: which interval a record belongs to, when an interval closes,
# what is late, which gaps stay empty, how long idle series are sent; and all of it as the model in
# tests/agg-model computes it.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# at TIME...: a counter's record for each time.
at() {
    local time
    for time; do
        rec a c 1 1 "$time"
    done
}

# event OPTION... -- TIME...: statsd-agg -e over counters at those times. $output is `end:count` for
# each interval that has the counter, `end` for each that does not.
event() {
    local options=()
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    at "$@" >input
    run_program statsd-agg -e "${options[@]}" input
    output=$(awk -F'\t' '$1 == "a" && $3 == "count" { n = $4 }
        $3 == "numStats" { print $5 (n != "" ? ":" n : ""); n = "" }' <<<"$output" | paste -sd ' ')
}

# --- intervals ------------------------------------------------------------------------------------

@test "an interval is [k·I, (k+1)·I), stamped with its end" {
    event --idle c=0 -- 1700000000 1700000009.999 1700000010
    assert_output '1700000010:2 1700000020:1'
    event --idle c=0 --stamp start -- 1700000000 1700000009.999 1700000010
    assert_output '1700000000:2 1700000010:1'
    event --idle c=0 --stamp end -i 7 -- 6.999 7 7.001
    assert_output '7:1 14:2'
}

@test "times before 1970" {
    event --idle c=0 -- -10.001 -10 -0.001 0 9.999
    assert_output '-10:1 0:2 10:2'
    event --idle c=0 -i 0.5 -- -1.5 -1.001 -1 -0.5 0
    assert_output '-1:2 -0.500:1 0:1 0.500:1'
    event --idle c=0 --stamp start -i 0.5 -- -1.5 -1.001 -1
    assert_output '-1.500:2 -1:1'
}

@test "intervals of a millisecond, fractions, hours and a thousand years" {
    event --idle c=0 -i 1ms -- 1.001 1.0019 1.002 1.003
    assert_output '1.002:2 1.003:1 1.004:1'
    event --idle c=0 -i 0.25 -- 0 0.25 0.499 0.5
    assert_output '0.250:1 0.500:2 0.750:1'
    event -i 1h -- 0 3599.999 3600
    assert_output '3600:2 7200:1'
    event -i 8784000h -- 0 1700000000
    assert_output '31622400000:2'
}

@test "times in 2100, in the year 9999, and the farthest possible" {
    event --idle c=0 -- 4102444800 4102444810
    assert_output '4102444810:1 4102444820:1'
    event --idle c=0 -- 253402300799.999
    assert_output '253402300800:1'
    event --idle c=0 -- -8640000000000 0 8640000000000
    assert_output '-8639999999990:1 10:1 8640000000010:1'
    event --idle c=0 -- 8640000000001
    assert_output ''
    assert_stderr_line "statsd-agg: input:1: bad time '8640000000001': expected Unix seconds"
}

@test "a time is truncated to milliseconds, whatever its form" {
    event -i 0.001 -- 1.0019999
    assert_output '1.002:1'
    event -i 0.001 -- 1.5e0
    assert_output '1.501:1'
    event -i 0.001 -- +.25
    assert_output '0.251:1'
}

# --- closing and lateness -------------------------------------------------------------------------

@test "an interval closes when a record at or past its end plus the lateness arrives, not before" {
    mkfifo in
    exec 5<>in
    start_ready statsd-agg -e -i 10 --lateness 5 --no-self <in >out 2>err 5>&-
    at 1700000000 1700000014.999 >&5
    rec b c 1 1 1700000003 >&5
    wait_until has_taken 3
    assert_equal "$(<out)" ''
    at 1700000015 >&5
    wait_for_file_line out '^b.c.rate'
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$(cut -f 1,3,4,5 out | grep count | tr '\t\n' '  ')" \
        'a count 1 1700000010 b count 1 1700000010 a count 2 1700000020 b count 0 1700000020 '
}

@test "a record is late exactly if its interval's end plus lateness is at or before the newest time" {
    event --lateness 5 -- 1700000014.999 1700000009.999
    assert_output '1700000010:1 1700000020:1'
    refute_stderr
    event --lateness 5 -- 1700000015 1700000009.999
    assert_output 1700000020:1
    assert_stderr_line --partial "input:2: late record 'a\\tc\\t1\\t1\\t1700000009.999': "
    event --lateness 0 -- 1700000010 1700000009.999
    assert_output 1700000020:1
    event --lateness 0 -- 1700000009.999 1700000000
    assert_output 1700000010:2
}

@test "the default lateness is one interval" {
    event -i 20 -- 1700000000 1700000039.999 1700000019.999
    assert_output '1700000020:2 1700000040:1'
    event -i 20 -- 1700000000 1700000040 1700000019.999
    assert_output '1700000020:1 1700000040:0 1700000060:1'
}

@test "a late record is counted, and the message names the lateness that would have kept it" {
    at 1700000000 1700000100 1700000004 >input
    run_program statsd-agg -e input
    assert_success
    local reason='its interval has been written: --lateness 91s, or input sorted by time, would have kept it'
    assert_stderr "statsd-agg: input:3: late record 'a\\tc\\t1\\t1\\t1700000004': $reason"
    assert_line "$(tsv statsd own late_records 1 1700000020)" ||
        assert_equal "$(grep -c 'late_records.1' <<<"$output")" 1
    run_program statsd-agg -e --lateness 91 input
    refute_stderr
    assert_line "$(tsv a c count 2 1700000010)"
    run_program statsd-agg -e --lateness 90 input
    assert_stderr_line --partial 'late record'
    event --lateness 0.25 -i 0.25 -- 1 1.5 1.249 1.2499
    assert_output '1.250:3 1.500:0 1.750:1' || assert_stderr_line --partial '--lateness 1s'
}

@test "a record refused as late changes nothing" {
    event --lateness 0 -- 1700000050 1700000000 1700000049
    assert_output '1700000060:1'
}

@test "a wild time makes real records late, which is counted and reported" {
    event -- 1700000000 4102444800 1700000001
    assert_output '1700000010:1 4102444810:1'
    assert_stderr_line --partial 'late record'
    assert_stderr_line --partial -- '--lateness 2402444791s'
}

@test "--lateness all keeps every interval open to the end" {
    event --lateness all -- 1700000030 1700000000 1700000031 1700000010
    assert_output '1700000010:1 1700000020:1 1700000030:0 1700000040:2'
    refute_stderr
}

@test "many open intervals, opened from the last to the first" {
    for step in '300000 -3 1' '3 3 300000'; do
        # shellcheck disable=SC2086 # words
        seq $step | awk '{ print "a\tc\t1\t1\t" $1 }' >input
        run_shell "timeout 10 statsd-agg -e --lateness all -i 1 --idle c=0 --max-gap 0 --no-self input |
            sed -n '/count/p' >out"
        assert_success
        assert_equal "$(cut -f 4 out | sort | uniq -c | tr -d ' ')" 1000001
        assert_equal "$(cut -f 5 out)" "$(cut -f 5 out | sort -n)"
    done
}

# --- gaps without records -------------------------------------------------------------------------

@test "short gaps are filled in, a gap of more than --max-gap is left empty" {
    event -- 1700000000 1700000025
    assert_output '1700000010:1 1700000020:0 1700000030:1'
    event --idle c=0 --max-gap 20 -- 1700000000 1700000035 1700000070
    assert_output '1700000010:1 1700000020 1700000030 1700000040:1 1700000080:1'
    event --idle c=0 --max-gap 0 -- 1700000000 1700000010 1700000030
    assert_output '1700000010:1 1700000020:1 1700000040:1'
    event --idle c=0 -i 60 -- 0 360 780
    assert_output '60:1 120 180 240 300 360 420:1 840:1'
}

@test "a late record inside a gap decides its length" {
    event --idle c=0 --max-gap 20 --lateness all -- 1700000000 1700000045 1700000025
    assert_output '1700000010:1 1700000020 1700000030:1 1700000040 1700000050:1'
    event --idle c=0 --max-gap 20 --lateness 40 -- 1700000000 1700000045 1700000060 1700000025
    assert_output '1700000010:1 1700000020 1700000030:1 1700000040 1700000050:1 1700000060 1700000070:1'
}

@test "no interval is written for an empty gap, not even numStats" {
    at 1700000000 1700001000 >input
    run_program statsd-agg -e input
    assert_equal "$(grep -c numStats <<<"$output")" 2
    assert_equal "$(cut -f 5 <<<"$output" | uniq | paste -sd ' ')" '1700000010 1700001010'
}

@test "idle times continue through an empty gap" {
    { rec g g 5 1 1700000000 && rec h g 5 1 1700000000 && at 1700000400; rec g gd +1 1 1700000402; } >input
    run_program statsd-agg -e --no-self --idle g=100 input
    assert_equal "$(sort <<<"$output")" "$(tsv a c count 1 1700000410)
$(tsv a c rate 0.1 1700000410)
$(tsv g g value 1 1700000410)
$(tsv g g value 5 1700000010)
$(tsv h g value 5 1700000010)"
}

@test "two captures with a weekend between them are replayed whole" {
    at 1700000000 1700000011 1700172800 1700172811 >input
    event --idle c=10 -- 1700000000 1700000011 1700172800 1700172811
    assert_output '1700000010:1 1700000020:1 1700172810:1 1700172820:1'
    refute_stderr
}

# --- idle -----------------------------------------------------------------------------------------

@test "--idle: each family as the reference sends it, for exactly this long" {
    {
        rec c c 1 1 100
        rec t ms 1 1 100
        rec g g 5 1 100
        rec s s x 1 100
        rec end c 1 1 150
    } >input
    run_program statsd-agg -e --no-self -p '' --stats count,count_ps --idle c=10,ms=20,s=0,g=forever input
    assert_output - <<'END'
c	c	count	1	110
c	c	rate	0.1	110
t	ms	count	1	110
t	ms	count_ps	0.1	110
g	g	value	5	110
s	s	count	1	110
c	c	count	0	120
c	c	rate	0	120
t	ms	count	0	120
t	ms	count_ps	0	120
g	g	value	5	120
t	ms	count	0	130
t	ms	count_ps	0	130
g	g	value	5	130
g	g	value	5	140
g	g	value	5	150
g	g	value	5	160
end	c	count	1	160
end	c	rate	0.1	160
END
}

@test "--idle: the default is five minutes, and forever for gauges" {
    { rec c c 1 1 0 && rec t ms 1 1 0 && rec s s x 1 0 && rec g g 5 1 0; } >input
    at 600 >>input
    run_program statsd-agg -e --no-self --max-gap 1h input
    for series in c t s; do
        assert_equal "$(awk -v series=$series '$1 == series { end = $5 } END { print end }' <<<"$output")" 310
    done
    assert_line "$(tsv g g value 5 610)"
    run_program statsd-agg -e --no-self --max-gap 1h --idle c=1m --idle ms=2m input
    assert_equal "$(awk '$1 == "c" { end = $5 } END { print end }' <<<"$output")" 70
    assert_equal "$(awk '$1 == "t" { end = $5 } END { print end }' <<<"$output")" 130
    assert_equal "$(awk '$1 == "s" { end = $5 } END { print end }' <<<"$output")" 310
}

@test "an idle set and timer send no more than zeros, and count in numStats" {
    { rec s s x 1 100 && rec end c 1 1 110; } >input
    run_program statsd-agg -e input
    assert_line "$(tsv s s count 0 120)"
    assert_line "$(tsv statsd own numStats 2 120)"
    assert_line "$(tsv statsd own series 2 120)"
}

@test "a delta starts from 0 on a forgotten gauge, from its value on a known one" {
    { rec g g 5 1 100 && rec g gd +1 1 110; } >input
    run_program statsd-agg -e --no-self --idle g=0 input
    assert_output "$(tsv g g value 5 110)
$(tsv g g value 1 120)"
    run_program statsd-agg -e --no-self --idle g=10 input
    assert_output "$(tsv g g value 5 110)
$(tsv g g value 6 120)"
}

@test "a series that returns after it was forgotten is last" {
    { at 100 && rec b c 1 1 100 && rec b c 1 1 110; at 120; } >input
    run_program statsd-agg -e --no-self --idle c=0 --lateness 0 input
    assert_equal "$(cut -f 1,3,5 <<<"$output" | grep count | tr '\t\n' '  ')" \
        'a count 110 b count 110 b count 120 a count 130 '
    run_program statsd-agg -e --no-self --idle c=20 --lateness 0 input
    assert_equal "$(cut -f 1,3,5 <<<"$output" | grep 'count.130' | tr '\t\n' '  ')" 'a count 130 b count 130 '
}

@test "ten thousand series are forgotten, and their memory is reused" {
    seq 0 9999 | awk '{ for (i = 0; i < 5; i++) print "n" $1 * 5 + i "\tc\t1\t1\t" $1 }' >input
    run_program statsd-agg -e -i 10 --idle c=0 input
    assert_success
    assert_equal "$(grep -c 'numStats.50.' <<<"$output")" 1000
    assert_equal "$(awk -F'\t' '$3 == "count" { n += $4 } END { print n }' <<<"$output")" 50000
}

# --- gauges by time -------------------------------------------------------------------------------

@test "gauge samples of an interval take effect in order of time, ties in order of arrival" {
    {
        rec g gd +1 1 5
        rec g g 10 1 3
        rec g gd +100 1 2
        rec g gd +2 1 3
        rec h g 1 1 5
        rec h g 2 1 5
        rec h g 3 1 4
        rec i gd +1 1 5
        rec i g 7 1 4
        rec i g 9 1 5
        rec i gd +1 1 5
        rec j g 4 1 12
        rec j gd +1 1 3
        rec j gd +1 1 13
    } >input
    run_program statsd-agg -e --no-self input
    assert_output - <<'END'
g	g	value	13	10
h	g	value	2	10
i	g	value	10	10
j	g	value	1	10
g	g	value	13	20
h	g	value	2	20
i	g	value	10	20
j	g	value	5	20
END
    run_program statsd-agg -e --once --no-self input
    assert_line "$(tsv g g value 13 13)"
    run_program statsd-agg --once --no-self input
    assert_line "$(tsv g g value 112 13)"
}

@test "a gauge starts from its value in the previous interval, even if that one's samples came later" {
    { rec g gd +5 1 15 && rec g g 100 1 5; } >input
    run_program statsd-agg -e --no-self input
    assert_output "$(tsv g g value 100 10)
$(tsv g g value 105 20)"
}

@test "a gauge sample refused at the close is reported, counted and kept in --rejects" {
    { rec g gd +1e308 1 2 && rec g g 1e308 1 1 && rec g gd +5 1 3; } >input
    run_program statsd-agg -e -v --rejects rejects input
    assert_success
    assert_line "$(tsv g g value 1e+308 10)"
    assert_line "$(tsv statsd own bad_records 1 10)"
    assert_stderr "statsd-agg: interval 10: bad value of 'g': the gauge would not be finite
statsd-agg: 3 records, 1 bad, 0 late, 1 series"
    assert_equal "$(<rejects)" "10.000	interval 10	bad value of 'g': the gauge would not be finite	g"
}

# --- once -----------------------------------------------------------------------------------------

@test "--once: one interval, stamped with the largest time of its good records, rates only with --interval" {
    { at 1700000100 1700000000.5 && rec a c x 1 1800000000; } >input
    run_program statsd-agg --once -q --no-self input
    assert_output "$(tsv a c count 2 1700000100)"
    at -5 -0.5 >input
    run_program statsd-agg --once --no-self -i 4 input
    assert_output "$(tsv a c count 2 -0.500)
$(tsv a c rate 0.5 -0.500)"
    run_program statsd-agg --once --no-self -i 4 --stamp start input
    assert_line "$(tsv a c count 2 -0.500)"
}

# --- properties -----------------------------------------------------------------------------------

# A day's worth of every family, with values whose sums are exact. Records of a series with equal
# times stay in order.
stream() {
    python3 - "$@" <<'PYTHON'
import random, sys
r, count, out_of_order = random.Random(int(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
lines = []
for i in range(count):
    time = 1700000000000 + i * 37
    kind = r.choice("c c ms h g gd s".split())
    value = {"gd": "%+d" % r.randint(-9, 9), "s": "m%d" % r.randint(0, 99)}.get(kind, str(r.randint(0, 999)))
    rate = r.choice(["1", "0.5", "0.25"])
    line = "n%d;k=%d\t%s\t%s\t%s\t%d.%03d" % (r.randint(0, 40), i % 3, kind, value, rate, time // 1000, time % 1000)
    lines.append((time, line))
lines.sort(key=lambda line: line[0] + r.uniform(0, out_of_order) if out_of_order else line[0])
for _, line in lines:
    print(line)
PYTHON
}

# same_in_any_pieces OPTION...: input gives the same lines whether its records come at once, one by
# one, or in two pieces cut anywhere. Samples of one file are never summed together with those of
# the next.
same_in_any_pieces() {
    local count piece
    count=$(wc -l <input)
    rm -f line.*
    split -l 1 -a 4 -d input line.
    run_program statsd-agg --no-self "$@" line.*
    assert_success
    printf '%s\n' "$output" >one-by-one
    for ((piece = 0; piece <= count; piece++)); do
        head -n "$piece" input >first
        tail -n +"$((piece + 1))" input >second
        run_program statsd-agg --no-self "$@" first second
        assert_output "$(<one-by-one)"
    done
}

@test "in pieces: samples of an interval other than the last begun, after that one has been written" {
    {
        rec a ms 10 1 1700000051
        rec a ms 20 1 1700000049
        rec b g 1 1 1700000056
        rec a ms 30 1 1700000052
        rec a ms 50 1 1700000053
    } >input
    same_in_any_pieces -e --lateness 5 --stats count,sum -p ''
    grep -qx $'a\tms\tsum\t90\t1700000060' one-by-one || fail 'not all samples' "$(<one-by-one)"
}

@test "in pieces: a series that is forgotten when an interval closes comes last" {
    {
        rec x c 1 1 1700000001
        rec a c 1 1 1700000001
        rec a c 1 1 1700000011
        rec a c 1 1 1700000021
        rec a c 1 1 1700000026
        rec x c 1 1 1700000026
    } >input
    same_in_any_pieces -e --lateness 5 --idle c=10
    assert_equal "$(awk '$3 == "count" { print $1 }' one-by-one | tail -n 2 | paste -sd ' ')" 'a x'
}

@test "in pieces: a record with a refused value does not affect the timestamp of --once" {
    {
        rec a c 1e308 1 1700000001
        rec b g 1 1 1700000001
        rec a c 1e308 1 1700000009
        rec b gd 1.7e308 1 1700000002
        rec b gd 1.7e308 1 1700000008
    } >input
    same_in_any_pieces --once
    grep -q $'\t1700000002$' one-by-one || fail 'another stamp' "$(<one-by-one)"
}

@test "any shuffle within the lateness gives the same lines" {
    for seed in 1 2 3; do
        stream $seed 20000 0 >ordered
        stream $seed 20000 10000 >shuffled
        run ! cmp -s <(statsd-agg -e --no-self --lateness 0 shuffled 2>errors) <(statsd-agg -e --no-self ordered)
        grep -q 'late record' errors
        statsd-agg -e --no-self -p 50,99,-1 ordered | LC_ALL=C sort >expected
        statsd-agg -e --no-self -p 50,99,-1 shuffled 2>errors | LC_ALL=C sort >is
        assert_file is expected
        assert_equal "$(<errors)" ''
        sort -R --random-source=ordered shuffled | statsd-agg -e --no-self -p 50,99,-1 --lateness all |
            LC_ALL=C sort >is
        assert_file is expected
    done
}

@test "a split by series over two aggregators equals one" {
    stream 4 20000 5000 >whole
    awk -F'\t' '{ print > ($1 ~ /[02468];/ ? "even" : "odd") }' whole
    # Both halves must reach as far as the whole.
    rec zz.tick c 1 1 1700000740 | tee -a whole even >>odd
    statsd-agg -e --no-self whole | grep -v zz.tick | LC_ALL=C sort >expected
    { statsd-agg -e --no-self even && statsd-agg -e --no-self odd; } | grep -v zz.tick | LC_ALL=C sort >is
    assert_file is expected
    test "$(wc -l <expected)" -gt 10000
}

@test "two files merged by time equal one" {
    stream 5 10000 0 >whole
    awk 'NR % 2' whole >one
    awk 'NR % 2 == 0' whole >two
    statsd-agg -e whole >expected
    sort -m -t $'\t' -k5,5n one two | statsd-agg -e >is
    assert_file is expected
}

@test "hundreds of random streams and options: equal to the model to the last digit" {
    run_program "$ROOT/tests/agg-model" 1 400
    assert_success
    assert_output ok
}
