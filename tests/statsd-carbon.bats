#!/usr/bin/env bats
# statsd-carbon: names, refusals, delivery. graphite.bats tests it with a real Carbon.

# shellcheck disable=SC2154
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# agg SERIES TYPE STATISTIC VALUE [TIME]: an aggregate.
agg() {
    tsv "$1" "$2" "$3" "$4" "${5:-1700000010}"
}

end_interval() {
    agg statsd own numStats "${1:-1}" "${2:-1700000010}"
}

every_type() {
    agg 'c;a=b;d=e' c count 3
    agg 'c;a=b;d=e' c rate 0.3
    agg t.u ms upper_99_9 320
    agg t.u ms histogram.bin_inf 2
    agg g g value -3.5e-7
    agg s s count 2
    agg statsd own records_received 12
    end_interval 4
}

dry() {
    run_program statsd-carbon --dry-run "$@"
    assert_success
    refute_stderr
}

# start_carbon ACTION…: starts a Carbon that misbehaves; sets $port.
start_carbon() {
    start_background "$BATS_TEST_DIRNAME/graphite/fake-carbon" "$BATS_TEST_TMPDIR" "$@" >port
    wait_until has_whole_line port || fail 'the fake Carbon did not start'
    port=$(<port)
}

# all_read N: waits until the Carbon has read all that connection N brought.
all_read() {
    wait_until test -e "$1.done" || fail "connection $1 has not ended"
}

# Finds a port that refuses connections.
closed_port() {
    start_carbon all
    stop_background
}

# start_fed OPTION…: starts statsd-carbon in the background. It reads what is written to descriptor
# 8 until that is closed. Its output goes to `out`, its messages to `said`.
start_fed() {
    local port
    mkfifo pipe
    exec 8<>pipe
    start_ready statsd-carbon "$@" <pipe >out 2>said 8>&-
}

# plain NAME COUNT: prints many lines.
plain() {
    awk -v name="$1" -v count="$2" 'BEGIN { for (i = 1; i <= count; i++) print name "." i, i, 1700000000 }'
}

# --- names ----------------------------------------------------------------------------------------

@test "modern names" {
    dry < <(every_type)
    assert_output - <<'EXPECTED'
stats.counters.c.count;a=b;d=e 3 1700000010
stats.counters.c.rate;a=b;d=e 0.3 1700000010
stats.timers.t.u.upper_99_9 320 1700000010
stats.timers.t.u.histogram.bin_inf 2 1700000010
stats.gauges.g -3.5e-7 1700000010
stats.sets.s.count 2 1700000010
stats.statsd.records_received 12 1700000010
stats.statsd.numStats 4 1700000010
EXPECTED
}

@test "legacy names; the prefix words have no effect on them" {
    dry --legacy --prefix p --prefix-counter pc --prefix-timer pt --prefix-gauge pg --prefix-set ps < <(every_type)
    assert_output - <<'EXPECTED'
stats_counts.c;a=b;d=e 3 1700000010
stats.c;a=b;d=e 0.3 1700000010
stats.timers.t.u.upper_99_9 320 1700000010
stats.timers.t.u.histogram.bin_inf 2 1700000010
stats.gauges.g -3.5e-7 1700000010
stats.sets.s.count 2 1700000010
stats.statsd.records_received 12 1700000010
statsd.numStats 4 1700000010
EXPECTED
}

@test "every word can be set; the suffix comes after the statistic and before the tags" {
    dry --prefix p --prefix-counter pc --prefix-timer pt --prefix-gauge pg --prefix-set ps --suffix h1 \
        --self-prefix 'me;dc=x' < <(every_type)
    assert_output - <<'EXPECTED'
p.pc.c.count.h1;a=b;d=e 3 1700000010
p.pc.c.rate.h1;a=b;d=e 0.3 1700000010
p.pt.t.u.upper_99_9.h1 320 1700000010
p.pt.t.u.histogram.bin_inf.h1 2 1700000010
p.pg.g.h1 -3.5e-7 1700000010
p.ps.s.count.h1 2 1700000010
p.me.records_received.h1;dc=x 12 1700000010
p.me.numStats.h1;dc=x 4 1700000010
EXPECTED
}

@test "--suffix and --self-prefix with legacy names" {
    dry --legacy --suffix h1 --self-prefix me < <(every_type)
    assert_line 'stats_counts.c.h1;a=b;d=e 3 1700000010'
    assert_line 'stats.me.records_received.h1 12 1700000010'
    assert_line 'me.numStats.h1 4 1700000010'
}

@test "an empty word leaves no dot" {
    dry --prefix '' --prefix-counter '' --prefix-gauge '' --self-prefix '' < <(every_type)
    assert_line 'c.count;a=b;d=e 3 1700000010'
    assert_line 'g -3.5e-7 1700000010'
    assert_line 'timers.t.u.upper_99_9 320 1700000010'
    assert_line 'records_received 12 1700000010'
}

@test "--no-self omits self-metrics, --no-counts the counts of counters" {
    dry --no-self --no-counts < <(every_type)
    assert_output - <<'EXPECTED'
stats.counters.c.rate;a=b;d=e 0.3 1700000010
stats.timers.t.u.upper_99_9 320 1700000010
stats.timers.t.u.histogram.bin_inf 2 1700000010
stats.gauges.g -3.5e-7 1700000010
stats.sets.s.count 2 1700000010
EXPECTED
    dry --legacy --no-counts < <(agg c c count 3; agg c c rate 0.3)
    assert_output 'stats.c 0.3 1700000010'
}

@test "values and times pass as they are written" {
    dry < <(agg g g value 1e+21 1700000000.500; agg g g value -0.0 001700000001; agg g g value 5. 1.7e9)
    assert_output - <<'EXPECTED'
stats.gauges.g 1e+21 1700000000.500
stats.gauges.g -0.0 001700000001
stats.gauges.g 5. 1.7e9
EXPECTED
}

@test "a character that would break a line or add a column becomes an underscore" {
    printf '%s\tg\tvalue\t1\t1\n' 'a b' 'tab\there' 'lf\nhere' 'cr\rhere' 'nul\0here' 'back\\slash' $'\x01\x1f\x7f' \
        $'nbsp\xc2\xa0x' $'em\xe2\x80\x83x' $'ideographic\xe3\x80\x80x' $'nel\xc2\x85x' 'k;t=a b' >rows
    printf 'ra\000w\tg\tvalue\t1\t1\n' >>rows
    dry <rows
    assert_output - <<'EXPECTED'
stats.gauges.a_b 1 1
stats.gauges.tab_here 1 1
stats.gauges.lf_here 1 1
stats.gauges.cr_here 1 1
stats.gauges.nul_here 1 1
stats.gauges.back\slash 1 1
stats.gauges.___ 1 1
stats.gauges.nbsp_x 1 1
stats.gauges.em_x 1 1
stats.gauges.ideographic_x 1 1
stats.gauges.nel_x 1 1
stats.gauges.k;t=a_b 1 1
stats.gauges.ra_w 1 1
EXPECTED
}

@test "other UTF-8 characters stay; a byte that is not UTF-8 becomes an underscore" {
    printf '%s\tg\tvalue\t1\t1\n' 'grün.日本.😀' $'\xff' $'cut\xe2\x82' $'long\xc0\xaf' $'half\xed\xa0\x80' \
        $'past\xf4\x90\x80\x80' >rows
    dry <rows
    assert_output - <<'EXPECTED'
stats.gauges.grün.日本.😀 1 1
stats.gauges._ 1 1
stats.gauges.cut__ 1 1
stats.gauges.long__ 1 1
stats.gauges.half___ 1 1
stats.gauges.past____ 1 1
EXPECTED
}

@test "a tag name, which Graphite keeps for the path, is sent as _name" {
    {
        agg 'ping;host=h;name=a' c count 1
        agg 'ping;host=h;name=a' c rate 0.1
        agg 'ping;host=h;name=b' c count 2
        agg 'p;_name=x;name=a' ms upper_90 3
        agg 'p;name=a;zone=1' g value 4
        agg 'p;names=a;nome=b;x=name' s count 5
        echo 'plain;name=a;z=1 6 1700000010'
        echo 'plain;_name=a;name=b;__name=c 7 1700000010'
        agg 'statsd;name=me' own series 8
        end_interval
    } >rows
    dry <rows
    assert_output - <<'EXPECTED'
stats.counters.ping.count;host=h;_name=a 1 1700000010
stats.counters.ping.rate;host=h;_name=a 0.1 1700000010
stats.counters.ping.count;host=h;_name=b 2 1700000010
stats.timers.p.upper_90;_name=x;__name=a 3 1700000010
stats.gauges.p;_name=a;zone=1 4 1700000010
stats.sets.p.count;names=a;nome=b;x=name 5 1700000010
plain;_name=a;z=1 6 1700000010
plain;_name=a;___name=b;__name=c 7 1700000010
stats.statsd.series;_name=me 8 1700000010
stats.statsd.numStats 1 1700000010
EXPECTED
    dry --legacy --suffix host1 <rows
    assert_line 'stats_counts.ping.host1;host=h;_name=a 1 1700000010'
    assert_line 'stats.ping.host1;host=h;_name=a 0.1 1700000010'
    refute_line --partial ';name='
}

@test "among thousands of rows a tag name is renamed in every one, and nothing else changes" {
    for i in {1..400}; do
        agg "api.requests.$i;env=prod;name=n$i;zone=eu" ms "upper_90" "$i"
        agg "api.requests.$i;env=prod;nome=n$i" ms "mean" "$i"
    done >rows
    dry <rows
    assert_equal "$output" "$(awk -F'\t' '{ split($1, part, /;/); tags = substr($1, length(part[1]) + 1)
        sub(/;name=/, ";_name=", tags); print "stats.timers." part[1] "." $3 tags, $4, $5 }' rows)"
    assert_equal "$(grep -c ';_name=' <<<"$output")" 400
}

@test "a path that _name makes too long for Carbon is refused" {
    room=$((16384 - $(wc -c <<<'p;name=v 1 1700000010') + 1))
    long=$(printf "%0${room}d" 0)
    run_program statsd-carbon -n <<<"p$long;name=v 1 1700000010"
    refute_output
    assert_stderr --partial 'longer than the 16384 bytes Carbon takes'
    dry <<<"p${long:1};name=v 1 1700000010"
    assert_output "p${long:1};_name=v 1 1700000010"
}

@test "the words of the command line are sanitized too" {
    dry --prefix 'a b' --suffix $'c\nd' --self-prefix $'e\tf' < <(every_type)
    assert_line 'a_b.gauges.g.c_d -3.5e-7 1700000010'
    assert_line 'a_b.e_f.numStats.c_d 4 1700000010'
}

@test "tags reordered by awk pass" {
    dry < <(agg 'c;a=b;d=e' c rate 3 | awk -F'\t' -v OFS='\t' \
        '{ split($1, p, ";"); $1 = p[1] ";" p[3] ";" p[2]; print }')
    assert_output 'stats.counters.c.rate;d=e;a=b 3 1700000010'
}

@test "columns after the fifth are ignored, an unknown type is skipped and counted" {
    run_shell "statsd-carbon -n -v <<<$'a\tg\tvalue\t1\t1\tmore\tstill\nb\tq\tvalue\t1\t1\nc\tg\tvalue\t2\t1'"
    assert_success
    assert_output $'stats.gauges.a 1 1\nstats.gauges.c 2 1'
    assert_stderr - <<'EXPECTED'
statsd-carbon: stdin:2: unknown type 'q': expected c, ms, g, s or own
statsd-carbon: 3 lines, 2 sent, 0 unconfirmed, 0 refused, 0 bad, 1 unknown, 0 lost
EXPECTED
}

# --- plaintext ------------------------------------------------------------------------------------

@test "plaintext passes unchanged" {
    dry <<<$'deploys 1 1700000000\na;t=v -1.5e3 1700000000.25\n  spaced   2   3  '
    assert_output $'deploys 1 1700000000\na;t=v -1.5e3 1700000000.25\nspaced 2 3'
    dry < <(printf 'a\001b\302\240c\377 1 2\n')
    assert_output 'a_b_c_ 1 2'
}

@test "malformed plaintext is refused, with a hint if it looks like StatsD" {
    run_shell "statsd-carbon -n -v <<<$'one two\na x 1\na 1 now\na 1 2 3\nlogin:1|c\na nan 1'"
    assert_success
    refute_output
    local hint='this looks like StatsD: are statsd-parse and statsd-agg missing before statsd-carbon?'
    assert_stderr - <<EXPECTED
statsd-carbon: stdin:1: bad line 'one two': expected an aggregate, or path, value and time
statsd-carbon: stdin:2: bad value 'x': expected a number
statsd-carbon: stdin:3: bad time 'now': expected Unix seconds
statsd-carbon: stdin:4: bad line 'a 1 2 3': expected an aggregate, or path, value and time
statsd-carbon: stdin:5: bad line 'login:1|c': $hint
statsd-carbon: 1 more bad lines
statsd-carbon: 6 lines, 0 sent, 0 unconfirmed, 0 refused, 6 bad, 0 unknown, 0 lost
EXPECTED
}

# --- refusals -------------------------------------------------------------------------------------

@test "records instead of aggregates are refused with a hint" {
    run_program statsd-carbon -n < <(rec a c 1 1 1700000000)
    assert_success
    refute_output
    local hint='this looks like a record: is statsd-agg missing before statsd-carbon?'
    assert_stderr "statsd-carbon: stdin:1: bad aggregate 'a\\tc\\t1\\t1\\t1700000000': $hint"
}

@test "each kind of error has its message" {
    run_program statsd-carbon -n < <(
        tsv a c count
        agg '' c count 1
        agg a c mean 1
        agg a g value x
        agg a g value 1 now
    )
    assert_success
    refute_output
    assert_stderr - <<'EXPECTED'
statsd-carbon: stdin:1: bad aggregate 'a\tc\tcount': expected five columns separated by TABs
statsd-carbon: stdin:2: bad aggregate '\tc\tcount\t1\t1700000010': expected a series in the first column
statsd-carbon: stdin:3: bad statistic 'mean': expected one that its type has
statsd-carbon: stdin:4: bad value 'x': expected a number
statsd-carbon: stdin:5: bad time 'now': expected Unix seconds
EXPECTED
}

@test "a torn last line is never used" {
    run_shell "printf 'a\tg\tvalue\t1\t1700\nb\tg\tvalue\t1\t17' | statsd-carbon -n"
    assert_success
    assert_output 'stats.gauges.a 1 1700'
    assert_stderr "statsd-carbon: stdin:2: torn aggregate 'b\\tg\\tvalue\\t1\\t17': the last line has no line end"
    run_shell "printf 'deploys 1 17' | statsd-carbon -n"
    assert_success
    refute_output
    assert_stderr "statsd-carbon: stdin:1: torn line 'deploys 1 17': the last line has no line end"
}

@test "a line past --max-line is dropped whole, as is one on which Carbon would hang up" {
    {
        agg "$(printf '%01048576d' 0)" g value 1
        agg "$(printf '%016384d' 0)" g value 1
        agg ok g value 1
    } >rows
    run_program statsd-carbon -n <rows
    assert_success
    assert_output 'stats.gauges.ok 1 1700000010'
    assert_stderr_line --regexp \
        "^statsd-carbon: stdin:1: bad (aggregate|line) '0{60}'…: the line is longer than --max-line$"
    assert_stderr_line --regexp \
        "^statsd-carbon: stdin:2: bad path '0{60}'…: its line is longer than the 16384 bytes Carbon takes$"
    run_program statsd-carbon -n -l 10 < <(agg ok g value 1)
    assert_stderr --partial 'the line is longer than --max-line'
    # Exactly as long as allowed.
    run_shell "printf '%s 1 1700000000\n' $(printf '%016371d' 0) | statsd-carbon -n | awk '{ print length }'"
    assert_output 16384
    run_shell "printf '%s 1 1700000000\n' $(printf '%016372d' 0) | statsd-carbon -n"
    refute_output
}

@test "among thousands of rows each line keeps its number, its limit and its place" {
    for i in {1..2000}; do
        printf 'host%d\tms\tmean\t%d.5\t1700000010\n' $((i / 10)) "$i"
    done >rows
    { cat rows; agg 'caf\xff' g value x; cat rows; agg a g value y; agg last g value 1; } >all
    dry <rows
    local expected=$output
    run_program statsd-carbon -n <all
    assert_success
    assert_stderr "statsd-carbon: stdin:2001: bad value 'x': expected a number
statsd-carbon: stdin:4002: bad value 'y': expected a number"
    assert_output "$expected
$expected
stats.gauges.last 1 1700000010"
    # The longest have 33 bytes.
    run_program statsd-carbon -n -q -v -l 30 <all
    assert_stderr --regexp ': 4003 lines, [0-9]+ sent, 0 unconfirmed, 0 refused, [1-9][0-9]* bad'
    refute_line 'stats.timers.host199.mean 1999.5 1700000010'
    assert_line 'stats.timers.host0.mean 1.5 1700000010'
}

@test "--strict ends the run at the first bad line, after what came before it" {
    run_program statsd-carbon -n -s < <(agg a g value 1; echo x; agg b g value 1)
    assert_failure 1
    assert_output 'stats.gauges.a 1 1700000010'
    assert_stderr "statsd-carbon: stdin:2: bad line 'x': expected an aggregate, or path, value and time"
    run_program statsd-carbon -n --strict -q < <(echo x)
    assert_failure 1
    assert_stderr --partial "bad line 'x'"
}

@test "--rejects keeps refused lines" {
    run_program statsd-carbon -n -q --rejects kept \
        < <(printf 'a\tg\tvalue\tx\t1\n\nb\tz\tvalue\t1\t1\nc\tg\tvalue\t1\t1\n')
    assert_success
    assert_output 'stats.gauges.c 1 1'
    refute_stderr
    (($(wc -l <kept) == 2))
    assert_equal "$(cut -f 2- kept)" $'stdin:1\tbad value \'x\': expected a number\ta\\tg\\tvalue\\tx\\t1
stdin:3\tunknown type \'z\': expected c, ms, g, s or own\tb\\tz\\tvalue\\t1\\t1'
    run_program statsd-carbon -n --rejects /nowhere/x </dev/null
    assert_failure 1
    assert_stderr 'statsd-carbon: open /nowhere/x: No such file or directory'
    run_shell 'echo x | statsd-carbon -n --rejects /dev/full'
    assert_failure 1
    assert_stderr_line 'statsd-carbon: write /dev/full: No space left on device'
}

@test "a byte order mark is skipped" {
    dry < <(printf '\357\273\277a\tg\tvalue\t1.5\t1\n')
    assert_output 'stats.gauges.a 1.5 1'
    dry < <(printf '\357\273\277b 2.5 2\n')
    assert_output 'b 2.5 2'
}

@test "CRLF, empty lines and an empty input are fine, a German locale changes nothing" {
    dry < <(printf 'a\tg\tvalue\t1.5\t1\r\n\r\n\nb 2.5 2\r\n')
    assert_output $'stats.gauges.a 1.5 1\nb 2.5 2'
    dry </dev/null
    refute_output
    LC_ALL=de_DE.UTF-8 dry < <(agg a g value 1.5)
    assert_output 'stats.gauges.a 1.5 1700000010'
    run_program statsd-carbon "127.0.0.1:1" </dev/null
    assert_success
    refute_stderr
}

# --- stdout ---------------------------------------------------------------------------------------

@test "a failing stdout is reported, a reader that has exited is not" {
    run_shell 'printf "a 1 2\n" | statsd-carbon -n >/dev/full'
    assert_failure 1
    assert_stderr 'statsd-carbon: write stdout: No space left on device'
    run_shell 'printf "a 1 2\n" | statsd-carbon -n >&-'
    assert_failure 1
    assert_stderr 'statsd-carbon: write stdout: Bad file descriptor'
    plain x 200000 >many
    run_shell 'statsd-carbon -n <many | head -n 1'
    assert_failure 1
    assert_output 'x.1 1 1700000000'
    refute_stderr
}

@test "a dry run prints lines as they arrive, and needs no host" {
    start_fed -n nowhere.invalid:7
    agg a g value 1 >&8
    wait_for_file_line out '^stats.gauges.a 1 1700000010$'
    exec 8>&-
    wait_exit "$background_pid"
    assert_success
}

# --- usage ----------------------------------------------------------------------------------------

@test "wrong usage is reported" {
    local wrong
    for wrong in '' : :2003 2003 host: host:0 host:65536 host:1x '[::1' '[::1]x' '[]:1' ::1]; do
        run_program statsd-carbon "$wrong" </dev/null
        [[ $wrong != '::1]' ]] || continue
        assert_usage_error "statsd-carbon: bad address '$wrong': expected HOST, HOST:PORT or [IPV6]:PORT"
    done
    run_program statsd-carbon a a a a a a a a a a a a a a a a a </dev/null
    assert_usage_error 'statsd-carbon: too many operands: expected at most 16 hosts'
    run_program statsd-carbon --keep-open --done-fd 1 a </dev/null
    assert_usage_error \
        'statsd-carbon: --keep-open and --done-fd: no interval would be known to be delivered before the end'
    run_program statsd-carbon --rate 0 </dev/null
    assert_usage_error "statsd-carbon: --rate: bad number '0': expected 1 to 1000000000"
    run_program statsd-carbon --timeout 0 </dev/null
    assert_usage_error --partial "statsd-carbon: --timeout: bad duration '0': expected at least 1 ms"
    run_program statsd-carbon --batch 1 </dev/null
    assert_usage_error --partial "statsd-carbon: --batch: bad size '1': expected 512 to"
    run_program statsd-carbon --done-fd 77 </dev/null
    assert_failure 1
    assert_stderr 'statsd-carbon: --done-fd 77: Bad file descriptor'
    run_program statsd-carbon --done-fd 7 </dev/null 7</dev/null
    assert_failure 1
    assert_stderr 'statsd-carbon: --done-fd 7: Bad file descriptor'
    run_program statsd-carbon --ready-fd 7 </dev/null 7</dev/null
    assert_failure 1
    assert_stderr 'statsd-carbon: --ready-fd 7: Bad file descriptor'
    run_program statsd-carbon --nonsense </dev/null
    assert_usage_error "statsd-carbon: unknown option '--nonsense'"
    run_program statsd-carbon --buffer 1 </dev/null
    assert_usage_error --partial "statsd-carbon: --buffer: bad size '1': expected 4096 to"
    run_program statsd-carbon --drain soon </dev/null
    assert_usage_error "statsd-carbon: --drain: bad duration 'soon': expected seconds, or a number with ms, s, m or h"
    run_program statsd-carbon --ready-fd x </dev/null
    assert_usage_error "statsd-carbon: --ready-fd: bad number 'x': expected a whole number"
}

@test "--help and --version" {
    run_program statsd-carbon --help
    assert_success
    refute_stderr
    ((${#lines[@]} <= 60))
    assert_line --partial 'usage: statsd-carbon'
    run_program statsd-carbon -V
    assert_success
    assert_output --regexp '^statsd-carbon [0-9]+\.[0-9]+\.[0-9]+$'
}

@test "--ready-fd gets an empty line; a closed one is reported" {
    mkfifo pipe
    exec 8<>pipe
    start_ready statsd-carbon -n <pipe 8>&-
    assert_equal "$ready" ''
    exec 8>&-
    wait_exit "$background_pid"
    assert_success
    run_program statsd-carbon -n --ready-fd 77 </dev/null
    assert_failure 1
    assert_stderr 'statsd-carbon: --ready-fd 77: Bad file descriptor'
}

# --- delivery -------------------------------------------------------------------------------------

@test "lines arrive" {
    start_carbon all
    run_shell "echo 'a 1 2' | statsd-carbon -v 127.0.0.1:$port"
    assert_success
    assert_stderr 'statsd-carbon: 1 lines, 1 sent, 0 unconfirmed, 0 refused, 0 bad, 0 unknown, 0 lost'
    wait_for_file_line 0 '^a 1 2$'
}

@test "a host may be a name" {
    need_localhost
    start_carbon all
    run_shell "echo 'b 1 2' | statsd-carbon localhost:$port"
    assert_success
    wait_for_file_line 0 '^b 1 2$'
}

@test "an interval is sent when its numStats row arrives, with statsd-carbon's self-metrics" {
    start_carbon all
    start_fed "127.0.0.1:$port"
    agg a g value 1 >&8
    agg statsd own processing_time 7.5 >&8
    [[ ! -s 0 ]]
    end_interval >&8
    all_read 0
    cut -d ' ' -f 1 0 >names
    printf 'stats.%s\n' gauges.a statsd.processing_time statsd.numStats \
        statsd.graphiteStats.{calculationtime,last_exception,last_flush,flush_time,flush_length} \
        statsd.graphiteStats.{lines_waiting,lines_sent,lines_resent,lines_refused,lines_dropped} \
        statsd.graphiteStats.{lines_unconfirmed,reconnects} >expected
    assert_file names expected
    grep -qx 'stats.statsd.graphiteStats.calculationtime 7.5 1700000010' 0
    grep -qx 'stats.statsd.graphiteStats.flush_length 0 1700000010' 0
    grep -qx 'stats.statsd.graphiteStats.lines_sent 0 1700000010' 0
    # What waits is the interval itself, without the figures.
    grep -qx 'stats.statsd.graphiteStats.lines_waiting 4 1700000010' 0
    # The second flush, over a connection of its own, reports the first, once that is known to be delivered.
    # shellcheck disable=SC2016
    wait_until eval 'kill -USR1 "$background_pid"; grep -q " 0 waiting" said'
    agg a g value 2 1700000020 >&8
    end_interval 1 1700000020 >&8
    all_read 1
    grep -qx "stats.statsd.graphiteStats.flush_length $(wc -c <./0) 1700000020" 1
    grep -qx "stats.statsd.graphiteStats.lines_sent $(wc -l <./0) 1700000020" 1
    grep -qx 'stats.statsd.graphiteStats.calculationtime 0 1700000020' 1
    exec 8>&-
    wait_exit "$background_pid"
    assert_success
}

@test "without self-metrics, an interval is sent when the time changes, and after a second without input" {
    start_carbon all
    start_fed --no-self "127.0.0.1:$port"
    agg a g value 1 10 >&8
    agg a g value 2 20 >&8
    all_read 0
    assert_equal "$(<0)" 'stats.gauges.a 1 10'
    all_read 1
    assert_equal "$(<1)" 'stats.gauges.a 2 20'
    exec 8>&-
    wait_exit "$background_pid"
    assert_success
}

@test "plaintext is sent as soon as the input pauses, without self-metrics" {
    start_carbon all
    start_fed "127.0.0.1:$port"
    echo 'a 1 2' >&8
    wait_for_file_line 0 '^a 1 2$'
    exec 8>&-
    wait_exit "$background_pid"
    (($(wc -l <./0) == 1))
}

@test "an unreachable Carbon is reported and retried, and losses are counted" {
    closed_port
    run_shell "printf 'a 1 2\nb 1 2\n' | statsd-carbon --drain 300ms 127.0.0.1:$port"
    assert_failure 1
    assert_equal "${stderr_lines[0]}" "statsd-carbon: connect 127.0.0.1:$port: Connection refused: 2 lines wait"
    assert_equal "${stderr_lines[-1]}" "statsd-carbon: 2 lines not delivered to 127.0.0.1:$port"
    run_shell "echo 'a 1 2' | statsd-carbon -q --drain 0 nowhere.invalid"
    assert_failure 1
    assert_stderr 'statsd-carbon: 1 line not delivered to nowhere.invalid:2003'
    run_shell "echo 'a 1 2' | statsd-carbon --drain 10s '[::1]:1' 2>&1 | head -n 1"
    assert_output --regexp '^statsd-carbon: connect \[::1\]:1: '
}

@test "an unknown host name is reported, and reading continues" {
    run_shell "plain() { for i in {1..50000}; do echo x.\$i 1 2; done; }
        plain | statsd-carbon -v --drain 1s nowhere.invalid:2003"
    assert_failure 1
    assert_stderr_line --regexp '^statsd-carbon: look up nowhere.invalid:2003: '
    assert_stderr_line 'statsd-carbon: 50000 lines, 0 sent, 0 unconfirmed, 0 refused, 0 bad, 0 unknown, 50000 lost'
}

@test "if a connection breaks, all that it carried is sent again, over another" {
    start_carbon 100000 70000 all
    plain broken 60000 >many
    run_program statsd-carbon -v --drain 60s "127.0.0.1:$port" <many
    assert_success
    assert_stderr_line --regexp \
        "^statsd-carbon: write 127.0.0.1:$port: (Connection reset by peer|Broken pipe): [0-9]+ lines? waits?$"
    assert_stderr_line --regexp "^statsd-carbon: 127.0.0.1:$port is back after [0-9]\.[0-9]s: [0-9]+ lines? follows?$"
    assert_stderr_line 'statsd-carbon: 60000 lines, 60000 sent, 0 unconfirmed, 0 refused, 0 bad, 0 unknown, 0 lost'
    ((${#stderr_lines[@]} == 3))
    # The first two are reset, so what they bring may end in the middle of a line.
    rm -f 0 1
    cat [0-9] [0-9][0-9] 2>/dev/null | sort >arrived
    sort many | cmp - arrived
}

@test "a slow Carbon does not delay the input; the oldest lines are dropped first" {
    start_carbon stall
    plain old 400000 >many
    start_fed --buffer 64K --drain 1s "127.0.0.1:$port"
    # The writer finishes although nobody reads at the other end.
    timeout 15 cat many >&8
    exec 8>&-
    wait_exit "$background_pid"
    assert_failure 1
    grep -qE '^statsd-carbon: the buffer of 65536 bytes is full: [0-9]+ lines dropped, the oldest first$' said
    lost=$(sed -n 's/^statsd-carbon: \([0-9]*\) lines not delivered to .*/\1/p' said)
    # How much of the rest the kernel took cannot be known.
    ((lost > 100000 && lost <= 400000)) || fail "lost: $lost" "$(cat said)"
}

@test "the buffer keeps the newest lines" {
    closed_port
    plain kept 1000 >many
    start_fed --buffer 4K --drain 20s -v "127.0.0.1:$port"
    fed=$background_pid
    cat many >&8
    wait_for_file_line said 'Connection refused'
    start_carbon --port "$port" all 8>&-
    exec 8>&-
    wait_exit "$fed"
    assert_failure 1
    # The end of the input, complete lines, at most the buffer's size; and the books balance.
    all_read 0
    tail -c "$(wc -c <./0)" many | cmp - 0
    (($(wc -c <./0) <= 4096 && $(wc -c <./0) > 2500))
    local sent
    sent=$(wc -l <./0)
    wait_for_file_line said \
        "^statsd-carbon: 1000 lines, $sent sent, 0 unconfirmed, 0 refused, 0 bad, 0 unknown, $((1000 - sent)) lost$"
}

@test "an end by signal delivers what has arrived" {
    start_carbon all
    start_fed --drain 300ms "127.0.0.1:$port"
    agg a g value 1 >&8
    kill -TERM "$background_pid"
    # The input stays open, so --drain ends the reading.
    wait_exit "$background_pid"
    assert_success
    exec 8>&-
    wait_for_file_line 0 '^stats.gauges.a 1 1700000010$'
}

@test "a second signal ends it at once" {
    start_fed --drain 1h
    agg a g value 1 >&8
    kill -INT "$background_pid"
    # shellcheck disable=SC2016
    wait_until eval 'kill -INT "$background_pid"; ! kill -0 "$background_pid" 2>/dev/null'
    exec 8>&-
    wait_exit "$background_pid"
    assert_failure 1
}

@test "USR1 asks for one status line" {
    start_fed "127.0.0.1:1"
    agg a g value 1 >&8
    # shellcheck disable=SC2016
    wait_until eval 'kill -USR1 "$background_pid"; grep -q "1 lines" said'
    assert_equal "$(grep -m 1 '1 lines' said)" \
        "statsd-carbon: 127.0.0.1:1 idle: 1 lines, 0 sent, 1 waiting (28 bytes), 0 resent, 0 unconfirmed, \
0 refused, 0 dropped, 0 reconnects, 0 bad, 0 unknown"
    exec 8>&-
}

# asks_for_state STATE: a status line, once there is one, has this state.
asks_for_state() {
    kill -USR1 "$background_pid"
    grep -q " $1: " said
}

@test "the status line tells whether it is connected" {
    closed_port
    start_fed "127.0.0.1:$port"
    wait_until asks_for_state idle
    echo 'a 1 2' >&8
    wait_until asks_for_state 'not connected'
    exec 8>&-
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    rm pipe
    mkdir got
    start_peer --dir got stall
    start_fed "127.0.0.1:$port"
    echo 'a 1 2' >&8
    wait_until asks_for_state connected
    exec 8>&-
}

@test "bad lines are reported as self-metrics" {
    start_carbon all
    { echo nonsense; agg a g value 1; end_interval; } >rows
    run_program statsd-carbon -q "127.0.0.1:$port" <rows
    assert_success
    wait_for_file_line 0 '^stats.statsd.graphiteStats.bad_lines 1 1700000010$'
}

# --- several hosts, pace --------------------------------------------------------------------------

@test "of several hosts, the first that can be reached is used" {
    closed_port
    local dead=$port
    start_carbon all
    run_shell "echo 'a 1 2' | statsd-carbon 127.0.0.1:$dead 127.0.0.1:$port"
    assert_success
    assert_equal "${stderr_lines[0]}" "statsd-carbon: connect 127.0.0.1:$dead: Connection refused: 1 line waits"
    assert_stderr_line --regexp "^statsd-carbon: 127.0.0.1:$port takes over after 0\.[0-9]s: 0 lines follow$"
    ((${#stderr_lines[@]} == 2))
    all_read 0
    assert_equal "$(<0)" 'a 1 2'
}

@test "--rate sends at most so many lines a second" {
    start_carbon all
    plain paced 300 >many
    local began=${EPOCHREALTIME/[.,]/}
    run_program statsd-carbon --rate 200 "127.0.0.1:$port" <many
    assert_success
    # The first batch goes at once, and the last is not waited for.
    local lasted=$((${EPOCHREALTIME/[.,]/} - began))
    ((lasted > 1000000 && lasted < 10000000)) || fail "$lasted us"
    sort many >expected
    cat [0-9] [0-9][0-9] 2>/dev/null | sort | cmp - expected
}

@test "--wait reads no faster than is delivered, and drops nothing" {
    start_carbon all
    plain waiting 30000 >many
    run_program statsd-carbon --wait --buffer 64K -v "127.0.0.1:$port" <many
    assert_success
    assert_stderr 'statsd-carbon: 30000 lines, 30000 sent, 0 unconfirmed, 0 refused, 0 bad, 0 unknown, 0 lost'
    sort many >expected
    find . -maxdepth 1 -name '[0-9]*' ! -name '*.done' -exec cat {} + | sort | cmp - expected
}

@test "--done-fd names delivered intervals; a closed one is reported" {
    start_carbon all
    { agg a g value 1 10; end_interval 1 10; end_interval 0 20.500; agg a g value 1 30; } >rows
    run_shell "statsd-carbon --done-fd 7 127.0.0.1:$port <rows 7>done"
    assert_success
    # At the end of input, the last interval ends too.
    assert_equal "$(<done)" $'10\n20.500\n30'
    mkfifo closed
    run_shell "exec 7<>closed 8>closed 7<&-; statsd-carbon --done-fd 8 127.0.0.1:$port <rows"
    assert_failure 1
    assert_stderr 'statsd-carbon: --done-fd 8: Broken pipe'
}
