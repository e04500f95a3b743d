#!/usr/bin/env bats
# statsd-table: aggregates → a table to read. Unit tests cover widths, short numbers and the order
# of rows.

load helper

setup() {
    cd "$BATS_TEST_TMPDIR"
    unset NO_COLOR COLUMNS
    export TERM=xterm
}

# ag SERIES TYPE STATISTIC VALUE [TIME]: prints an aggregate.
ag() {
    tsv "$1" "$2" "$3" "$4" "${5:-1700000010}"
}

# timer SERIES COUNT MEAN [TIME]
timer() {
    ag "$1" ms count "$2" "${4:-1700000010}"
    ag "$1" ms mean "$3" "${4:-1700000010}"
}

# The row that ends an interval.
end() {
    ag statsd own numStats "$1" "${2:-1700000010}"
}

# An interval with all types.
all_types() {
    timer render 3 12.345678
    ag api c count 1234567
    ag api c rate 123456.7
    ag users s count 17
    ag temp g value 21.5
    timer db 250 -0.5
    ag statsd own records_received 99
    end 5
}

# on_terminal COLUMNS COMMAND…: like run_program, with stdout on a terminal.
on_terminal() {
    need_terminal
    run_program "$ROOT/tests/on-terminal" "$@"
}

without_bold() {
    output=${output//$'\e[1m'/}
    output=${output//$'\e[0m'/}
}

# --- the table ------------------------------------------------------------------------------------

@test "a block: its time, then a table for each type, columns and rows in order of appearance" {
    all_types >in
    run_program statsd-table in
    assert_success
    refute_stderr
    assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

counters    count      rate
api       1234567  123456.7

timers    count       mean
render        3  12.345678
db          250       -0.5

gauges    value
temp       21.5

sets      count
users        17
END
}

@test "stdin, - and several files are read one after the other" {
    ag a g value 1 >one
    ag c g value 3 >two
    run_shell 'printf "b\tg\tvalue\t2\t1700000010\n" | statsd-table one - two'
    assert_success
    assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

gauges  value
a           1
b           2
c           3
END
    run_program statsd-table <one
    assert_success
    assert_line 'a           1'
}

@test "several intervals are blocks by time; an empty one is marked as such" {
    {
        ag a g value 1
        end 1
        end 0 1700000020
        ag a g value 2 1700000030.500
        end 1 1700000030.500
    } >in
    run_program statsd-table in
    assert_success
    assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

gauges  value
a           1

2023-11-14 22:13:40 UTC  1700000020  no series

2023-11-14 22:13:50.500 UTC  1700000030.500

gauges  value
a           2
END
}

@test "without self-metrics, an interval ends when the time changes" {
    { ag a g value 1; ag a g value 2 1700000020; ag b g value 3 1700000020; } >in
    run_program statsd-table in
    assert_success
    assert_equal "$(grep -c UTC <<<"$output")" 2
    assert_equal "$(grep -A 9 1700000020 <<<"$output")" '2023-11-14 22:13:40 UTC  1700000020

gauges  value
a           2
b           3'
}

@test "times before 1970 and far from it" {
    { ag a g value 1 -0.5; ag a g value 1 253402300800; } >in
    run_program statsd-table in
    assert_line '1969-12-31 23:59:59.500 UTC  -0.500'
    assert_line '10000-01-01 00:00:00 UTC  253402300800'
}

@test "a missing value is blank, and no line ends in blanks" {
    { timer a 1 2; ag b ms count 0; timer c 3 4; } >in
    run_program statsd-table in
    assert_success
    assert_line 'b           0'
    assert_line 'c           3     4'
}

@test "if a value is given twice, the last one is shown" {
    { timer a 1 2; timer b 1 2; ag a ms mean 7; } >in
    run_program statsd-table in
    assert_line 'a           1     7'
    assert_equal "${#lines[@]}" 4
}

@test "series are shown unescaped, with unprintable characters made visible" {
    printf '%b\tg\tvalue\t%d\t10\n' 'tab\\there' 1 'back\\\\slash' 2 'esc\e[31m' 3 'nul\\0' 4 >in
    printf 'raw\0nul\tg\tvalue\t5\t10\nlatin\xe9\tg\tvalue\t6\t10\n' >>in
    run_program statsd-table in
    assert_success
    assert_output - <<'END'
1970-01-01 00:00:10 UTC  10

gauges       value
tab\there        1
back\slash       2
esc\x1b[31m      3
nul\0            4
raw\0nul         5
latin\xe9        6
END
}

@test "wide and combining characters do not break the columns, in any locale" {
    { ag größe g value 1; ag 日本語 g value 2; ag $'nai\xcc\x88ve' g value 3; ag 😀 g value 4; } >in
    for locale in C de_DE.UTF-8 ja_JP.UTF-8; do
        LC_ALL=$locale run_program statsd-table in
        assert_success
        assert_line 'größe       1'
        assert_line '日本語      2'
        assert_line $'nai\xcc\x88ve       3'
        assert_line '😀          4'
    done
}

@test "a German locale changes no number" {
    all_types >in
    statsd-table in >expected
    LC_ALL=de_DE.UTF-8 statsd-table in >is
    assert_file is expected
    statsd-table --numbers short in >expected
    LC_ALL=de_DE.UTF-8 statsd-table --numbers short in >is
    assert_file is expected
    grep -q '12\.35' is || fail 'no short number'
}

# --- what is shown --------------------------------------------------------------------------------

@test "--columns: only these, in this order, in the tables whose type has them" {
    all_types >in
    for option in -c --columns; do
        run_program statsd-table "$option" mean,count,mean in
        assert_success
        refute_stderr
        assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

counters    count
api       1234567

timers         mean  count
render    12.345678      3
db             -0.5    250

sets      count
users        17
END
    done
}

@test "--columns: an unknown statistic is an empty column, and is reported" {
    all_types >in
    run_program statsd-table -c value,uper_99 --type g in
    assert_success
    assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

gauges  value  uper_99
temp     21.5
END
    assert_stderr "statsd-table: --columns: no row has a statistic 'uper_99'"
    run_program statsd-table -q -c value,uper_99 --type g in
    refute_stderr
}

@test "--columns: a statistic that only a later interval has is not reported as unknown" {
    { timer a 1 2; ag a ms upper_99 4 1700000020; } >in
    run_program statsd-table -c upper_99 in
    assert_success
    refute_stderr
    assert_line 'a              4'
}

@test "--type: only these types" {
    all_types >in
    run_program statsd-table --type g,c in
    assert_success
    assert_equal "$(grep -E '^[a-z]+ ' <<<"$output" | cut -d ' ' -f 1 | paste -sd ' ')" 'counters api gauges temp'
    run_program statsd-table --type own in
    assert_success
    assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

own     records_received  numStats
statsd                99         5
END
    ag a c count 1 >in
    run_program statsd-table --type s in
    assert_output '2023-11-14 22:13:30 UTC  1700000010  no series'
}

# order OPTION…: the series of ./in in the order of the output.
order() {
    run_program statsd-table "$@" in
    assert_success
    awk 'NR > 3 { print $1 }' <<<"$output" | paste -sd ' '
}

@test "--sort: numbers descending, names ascending, - reverses; ties and missing values keep their order" {
    { timer b 2 1; ag d ms count 9; timer a 2 7; timer c 10 3; } >in
    assert_equal "$(order)" 'b d a c'
    assert_equal "$(order --sort count)" 'c d b a'
    assert_equal "$(order --sort=-count)" 'b a d c'
    assert_equal "$(order --sort -count)" 'b a d c'
    assert_equal "$(order --sort mean)" 'a c b d'
    assert_equal "$(order --sort -mean)" 'b c a d'
    assert_equal "$(order --sort series)" 'a b c d'
    assert_equal "$(order --sort -series)" 'd c b a'
    assert_equal "$(order --sort mean -c count)" 'a c b d'
}

@test "--sort: a statistic that no series has is reported" {
    timer a 1 2 >in
    run_program statsd-table --sort men in
    assert_success
    assert_stderr "statsd-table: --sort: no row has a statistic 'men'"
    assert_line 'a           1     2'
}

@test "--head: the first rows of each table" {
    all_types >in
    run_program statsd-table --head 1 --sort count in
    assert_success
    assert_line 'db          250  -0.5'
    assert_line 'users        17'
    refute_line --partial render
}

# --- how it is shown ------------------------------------------------------------------------------

@test "--numbers: short in a pipe, full on a terminal" {
    all_types >in
    run_program statsd-table --numbers short --type c,ms in
    assert_success
    assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

counters   count    rate
api       1.235M  123.5k

timers    count   mean
render        3  12.35
db          250   -0.5
END
    on_terminal 80 statsd-table --numbers full --type c in
    assert_line 'api       1234567  123456.7'
}

@test "on a terminal numbers are short and headings bold" {
    all_types >in
    on_terminal 80 statsd-table --type c in
    assert_success
    assert_output - <<END
2023-11-14 22:13:30 UTC  1700000010

$(printf '\e[1mcounters   count    rate\e[0m')
api       1.235M  123.5k
END
}

@test "NO_COLOR, a dumb terminal, no TERM and a pipe: nothing is bold" {
    all_types >in
    NO_COLOR=1 on_terminal 80 statsd-table in
    refute_line --partial $'\e'
    NO_COLOR='' on_terminal 80 statsd-table in
    assert_line --partial $'\e[1m'
    TERM=dumb on_terminal 80 statsd-table in
    refute_line --partial $'\e'
    on_terminal 80 env -u TERM statsd-table in
    refute_line --partial $'\e'
    run_program statsd-table in
    refute_line --partial $'\e'
}

@test "a narrow terminal cuts names, never numbers" {
    { timer api.requests.by.customer 12345 99999; timer 日本語日本語日本語 7 0.25; timer short 1 2; } >in
    on_terminal 30 statsd-table in
    without_bold
    assert_success
    assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

timers            count   mean
api.requests.by…  12345  99999
日本語日本語日…       7   0.25
short                 1      2
END
    on_terminal 31 statsd-table in
    without_bold
    assert_line '日本語日本語日本…      7   0.25'
    on_terminal 39 statsd-table in
    without_bold
    assert_line 'api.requests.by.customer  12345  99999'
}

@test "a name is never cut to fewer than 12 columns" {
    timer api.requests.by.customer 12345 99999 >in
    on_terminal 10 statsd-table in
    without_bold
    assert_line 'api.request…  12345  99999'
}

@test "COLUMNS is the width of a terminal that does not report its own, and of nothing else" {
    timer api.requests.by.customer 12345 99999 >in
    COLUMNS=30 on_terminal 0 statsd-table in
    assert_line 'api.requests.by…  12345  99999'
    COLUMNS=30 on_terminal 80 statsd-table in
    assert_line 'api.requests.by.customer  12345  99999'
    COLUMNS=30 run_program statsd-table in
    assert_line 'api.requests.by.customer  12345  99999'
    COLUMNS=wide on_terminal 0 statsd-table in
    assert_line 'api.requests.by.customer  12345  99999'
}

@test "--tsv: a heading, full numbers, every column, the time last" {
    { all_types; ag 'odd\tname' g value 1; } >in
    statsd-table --tsv in >is
    {
        tsv series type count rate mean value time
        tsv render ms 3 '' 12.345678 '' 1700000010
        tsv api c 1234567 123456.7 '' '' 1700000010
        tsv users s 17 '' '' '' 1700000010
        tsv temp g '' '' '' 21.5 1700000010
        tsv db ms 250 '' -0.5 '' 1700000010
        tsv 'odd\tname' g '' '' '' 1 1700000010
    } >expected
    assert_file is expected
}

@test "--tsv with --columns, --sort, --head and --type" {
    all_types >in
    statsd-table --tsv -c mean,count,none --sort count --head 2 --type ms,s in >is 2>err
    {
        tsv series type mean count none time
        tsv db ms -0.5 250 '' 1700000010
        tsv users s '' 17 '' 1700000010
    } >expected
    assert_file is expected
    statsd-table --tsv -c mean in >is
    assert_equal "$(cut -f 1,3 is | paste -sd ' ')" "$(printf 'series\tmean render\t12.345678 db\t-0.5')"
}

@test "--tsv: later intervals keep the same columns; new columns bring a new heading" {
    {
        timer a 1 2
        ag b ms count 3 1700000020
        ag a ms upper_90 9 1700000030
    } >in
    statsd-table --tsv in >is
    {
        tsv series type count mean time
        tsv a ms 1 2 1700000010
        tsv b ms 3 '' 1700000020
        echo
        tsv series type count mean upper_90 time
        tsv a ms '' '' 9 1700000030
    } >expected
    assert_file is expected
}

@test "--tsv on a terminal is the same as in a pipe" {
    need_terminal
    all_types >in
    statsd-table --tsv in >expected
    "$ROOT/tests/on-terminal" 20 statsd-table --tsv in >is
    assert_file is expected
}

# start_table OPTION…: starts one in the background that reads what is written to descriptor 7.
start_table() {
    mkfifo pipe
    exec 7<>pipe
    start_background statsd-table "$@" <pipe >out 2>err 7>&-
}

# --- live -----------------------------------------------------------------------------------------

@test "a block is written when its interval ends, not at the end of input" {
    start_table
    { ag a g value 1; end 1; ag a g value 2 1700000020; } >&7
    wait_for_file_line out '^a +1$'
    assert_equal "$(grep -c UTC out)" 1
    end 1 1700000020 >&7
    wait_for_file_line out '^a +2$'
    exec 7>&-
    wait_exit "$background_pid"
    assert_success
}

@test "without self-metrics, a block is written after a second of silence" {
    start_table
    ag a g value 1 >&7
    wait_for_file_line out '^a +1$'
    ag a g value 2 1700000020 >&7
    wait_for_file_line out '^a +2$'
    exec 7>&-
    wait_exit "$background_pid"
    assert_success
}

@test "with self-metrics, silence does not end an interval" {
    start_table
    { ag a g value 1; end 1; ag a g value 2 1700000020; } >&7
    wait_for_file_line out '^a +1$'
    ! timeout 1.5 tail -n +1 -f out | grep -q 'a  *2' || fail 'the second block came before its end'
    ag b g value 3 1700000020 >&7
    end 2 1700000020 >&7
    wait_for_file_line out '^b +3$'
    assert_equal "$(grep -c UTC out)" 2
    exec 7>&-
    wait_exit "$background_pid"
}

@test "USR1 prints totals" {
    start_table
    { ag a g value 1; end 1; } >&7
    wait_for_file_line out '^a +1$'
    kill -USR1 "$background_pid"
    wait_for_file_line err '^statsd-table: 2 lines, 1 intervals, 1 rows, 0 bad, 0 unknown, 0 left out$'
    exec 7>&-
    wait_exit "$background_pid"
    assert_success
}

@test "TERM: what arrives before the end of input is still shown" {
    start_table
    { ag a g value 1; end 1; } >&7
    wait_for_file_line out '^a +1$'
    kill -TERM "$background_pid"
    { ag a g value 2 1700000020; end 1 1700000020; } >&7
    wait_for_file_line out '^a +2$'
    exec 7>&-
    wait_exit "$background_pid"
    assert_success
}

@test "--drain: it does not wait for a writer that never ends; an open interval is still shown" {
    start_table --drain 50ms
    { ag a g value 1; end 1; ag a g value 2 1700000020; } >&7
    wait_for_file_line out '^a +1$'
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    exec 7>&-
    assert_success
    grep -q '^a  *2$' out || fail 'the open interval is not shown'
}

@test "a second signal ends it at once" {
    start_table
    { ag a g value 1; end 1; } >&7
    wait_for_file_line out '^a +1$'
    kill -TERM "$background_pid"
    kill -USR1 "$background_pid"
    wait_for_file_line err 'lines'
    interrupt_again "$background_pid"
    wait_exit "$background_pid"
    exec 7>&-
    assert_failure 1
}

# --- refusals -------------------------------------------------------------------------------------

@test "a stream of records is reported, with what is missing" {
    { rec a ms 1; rec b c 1; } >in
    run_program statsd-table in
    assert_success
    refute_output
    local hint='this looks like a record: is statsd-agg missing before statsd-table?'
    assert_stderr - <<END
statsd-table: in:1: bad aggregate 'a\tms\t1\t1\t1700000000.000': $hint
statsd-table: in:2: bad aggregate 'b\tc\t1\t1\t1700000000.000': $hint
END
}

@test "bad aggregates are reported, and the others are kept" {
    {
        ag a g value 1
        echo 'a b c'
        ag '' g value 1
        ag a g count 1
        ag a g value 0x10
        ag a g value 1 soon
        ag a q value 1
        ag b g value 2
    } >in
    run_shell 'statsd-table -v <in'
    assert_success
    assert_line 'b           2'
    assert_stderr - <<'END'
statsd-table: stdin:2: bad aggregate 'a b c': expected five columns separated by TABs
statsd-table: stdin:3: bad aggregate '\tg\tvalue\t1\t1700000010': expected a series in the first column
statsd-table: stdin:4: bad statistic 'count': expected one that its type has
statsd-table: stdin:5: bad value '0x10': expected a number
statsd-table: stdin:6: bad time 'soon': expected Unix seconds
statsd-table: stdin:7: unknown type 'q': expected c, ms, g, s or own
statsd-table: 8 lines, 1 intervals, 2 rows, 5 bad, 1 unknown, 0 left out
END
}

@test "after the first five of a kind, errors are only counted" {
    for i in {1..9}; do echo "bad $i"; ag a "type$i" value 1; done >in
    run_program statsd-table in
    assert_success
    assert_equal "$(grep -c 'bad aggregate ' <<<"$stderr")" 5
    assert_equal "$(grep -c 'unknown type ' <<<"$stderr")" 5
    assert_stderr_line 'statsd-table: 4 more bad aggregates'
    assert_stderr_line 'statsd-table: 4 more lines of an unknown type'
    run_program statsd-table -q in
    refute_stderr
}

@test "--strict: the first bad aggregate ends the run; an unknown type does not" {
    { ag a g value 1; ag a q value 1; echo bad; ag b g value 2; echo bad; } >in
    for option in -s --strict; do
        run_program statsd-table "$option" in
        assert_failure 1
        assert_line 'a           1'
        refute_line --partial b
        assert_stderr - <<'END'
statsd-table: in:2: unknown type 'q': expected c, ms, g, s or own
statsd-table: in:3: bad aggregate 'bad': expected five columns separated by TABs
END
    done
    run_program statsd-table -qs in
    assert_failure 1
    assert_stderr "statsd-table: in:3: bad aggregate 'bad': expected five columns separated by TABs"
}

@test "--rejects: refused input and the reason are appended" {
    { echo 'a b'; ag a g value x; } >in
    echo before >rejects
    run_program statsd-table -q --rejects rejects in
    assert_success
    refute_stderr
    {
        echo before
        tsv in:1 "bad aggregate 'a b': expected five columns separated by TABs" 'a b'
        tsv in:2 "bad value 'x': expected a number" 'a\tg\tvalue\tx\t1700000010'
    } >expected
    sed -E 's/^[0-9]+\.[0-9]{3}\t//' rejects >is
    assert_file is expected
    run_program statsd-table --rejects /none/such in
    assert_failure 1
    assert_stderr 'statsd-table: open /none/such: No such file or directory'
    run_program statsd-table -q --rejects /dev/full in
    assert_failure 1
    assert_stderr 'statsd-table: write /dev/full: No space left on device
statsd-table: /dev/full: 2 lines lost'
}

@test "a torn last line is refused" {
    { ag a g value 1; printf 'b\tg\tvalue\t2\t17000'; } >in
    run_program statsd-table in
    assert_success
    assert_line 'a           1'
    refute_line --regexp ^b
    assert_stderr "statsd-table: in:2: torn aggregate 'b\\tg\\tvalue\\t2\\t17000': the last line has no line end"
    run_program statsd-table -s in
    assert_failure 1
}

@test "a byte order mark is skipped in every file" {
    printf '\357\273\277a\tg\tvalue\t1\t10\n' >in
    run_program statsd-table --tsv in in
    assert_success
    refute_stderr
    refute_line --partial $'\357'
}

@test "CRLF, empty lines and columns after the fifth are not errors" {
    printf 'a\tg\tvalue\t1\t10\r\n\r\n\nb\tg\tvalue\t2\t10\tmore\n' >in
    run_program statsd-table in
    assert_success
    refute_stderr
    assert_line 'a           1'
    assert_line 'b           2'
}

@test "empty input shows nothing" {
    for option in --numbers=full --tsv; do
        run_program statsd-table "$option" /dev/null
        assert_success
        refute_output
        refute_stderr
    done
}

@test "--max-line: a longer line is dropped whole" {
    {
        ag a g value 1
        ag "$(head -c 1048576 /dev/zero | tr '\0' x)" g value 3
        ag b g value 2
    } >in
    run_program statsd-table in
    assert_success
    assert_line 'b           2'
    assert_stderr --regexp "^statsd-table: in:2: bad aggregate 'x{60}'…: the line is longer than --max-line$"
    for option in -l --max-line; do
        run_program statsd-table "$option" 2M in
        assert_success
        refute_stderr
        assert_line --regexp '^x{1000}'
    done
    ag a g value 1 >in
    run_program statsd-table -l 22 in
    assert_line 'a           1'
    run_program statsd-table -l 20 in
    refute_output
}

@test "--max-series: series past the limit are left out, counted and reported, per interval" {
    { ag a g value 1; timer b 2 3; ag a g value 4; end 2; ag b g value 5 1700000020; end 1 1700000020; } >in
    run_program statsd-table -v --max-series 1 in
    assert_success
    assert_output - <<'END'
2023-11-14 22:13:30 UTC  1700000010

gauges  value
a           4

2023-11-14 22:13:40 UTC  1700000020

gauges  value
b           5
END
    assert_stderr - <<'END'
statsd-table: in:2: left out series 'b': more than --max-series 1 in one interval
statsd-table: in:3: left out series 'b': more than --max-series 1 in one interval
statsd-table: 7 lines, 2 intervals, 2 rows, 0 bad, 0 unknown, 2 left out
END
}

@test "statistics that a table has no room for are left out and reported" {
    for i in {1..1007}; do ag a ms "histogram.bin_$i" "$i"; done >in
    run_program statsd-table --tsv in
    assert_success
    assert_equal "$(awk -F '\t' 'NR == 2 { print NF, $1002, $1003 }' <<<"$output")" '1003 1000 1700000010'
    assert_stderr_line \
        "statsd-table: in:1001: left out statistic 'histogram.bin_1001': more than 1000 of one type in one interval"
    assert_stderr_line 'statsd-table: 2 more aggregates left out'
}

# --- files and descriptors ------------------------------------------------------------------------

@test "if a file cannot be read, the others are, and it exits 1" {
    ag a g value 1 >in
    run_program statsd-table missing . in
    assert_failure 1
    assert_line 'a           1'
    assert_stderr - <<'END'
statsd-table: open missing: No such file or directory
statsd-table: read .: Is a directory
END
}

@test "a full disk and a closed stdout are reported" {
    ag a g value 1 >in
    run_shell 'statsd-table in >/dev/full'
    assert_failure 1
    assert_stderr 'statsd-table: write stdout: No space left on device'
    run_shell 'statsd-table in >&-'
    assert_failure 1
    assert_stderr 'statsd-table: write stdout: Bad file descriptor'
}

@test "a closed stdin is reported" {
    run_shell 'statsd-table <&-'
    assert_failure 1
    refute_output
    assert_stderr 'statsd-table: read stdin: Bad file descriptor'
}

@test "a reader that exits ends it without a message" {
    for ((i = 0; i < 40000; i++)); do printf 'series.%d\tg\tvalue\t%d\t10\n' "$i" "$i"; done >in
    run_shell 'statsd-table in | head -n 1; exit "${PIPESTATUS[0]}"'
    assert_failure 1
    refute_stderr
    assert_output '1970-01-01 00:00:10 UTC  10'
}

@test "a terminal on stdin is reported" {
    need_terminal
    run_shell 'script -qec "statsd-table -" /dev/null </dev/null'
    assert_line --partial 'statsd-table: reading from the terminal: end with ^D'
}

# --- usage ----------------------------------------------------------------------------------------

@test "--help and --version" {
    for option in -h --help; do
        run_program statsd-table "$option"
        assert_success
        refute_stderr
        assert_line --partial 'usage: statsd-table'
        ((${#lines[@]} <= 60)) || fail 'longer than 60 lines'
    done
    for option in -V --version; do
        run_program statsd-table "$option"
        assert_success
        assert_output --regexp '^statsd-table [0-9]+\.[0-9]+\.[0-9]+$'
    done
    run_shell 'statsd-table --help >/dev/full'
    assert_failure 1
}

# usage_error MESSAGE OPTION…
usage_error() {
    local message=$1
    shift
    run_program statsd-table "$@"
    assert_usage_error "statsd-table: $message"
}

@test "wrong usage" {
    usage_error "unknown option '--nope'" --nope
    usage_error "unknown option '-z'" -z
    usage_error 'option --sort needs a value' --sort
    usage_error 'option --tsv takes no value' --tsv=yes
    usage_error "--columns: bad list '': expected words separated by commas" -c ''
    usage_error "--columns: bad list 'a,,b': expected words separated by commas" -c a,,b
    usage_error "--columns: bad list 'a,': expected words separated by commas" --columns a,
    usage_error "--type: unknown type 'h': expected c, ms, g, s or own" --type c,h
    usage_error "--type: bad list '': expected words separated by commas" --type ''
    usage_error "--sort: bad column '-': expected series or a statistic" --sort -
    usage_error "--sort: bad column '': expected series or a statistic" --sort ''
    usage_error "--head: bad number '0': expected 1 to 1000000000" --head 0
    usage_error "--head: bad number '-1': expected a whole number" --head=-1
    usage_error "--numbers: unknown word 'long': expected short or full" --numbers long
    usage_error '--numbers: short does not go with --tsv, whose numbers are full' --tsv --numbers short
    usage_error "--max-line: bad size '0': expected 1 to 1073741824 bytes" -l 0
    usage_error "--max-series: bad number '0': expected 1 to 1000000000" --max-series 0
    usage_error "--drain: bad duration 'soon': expected seconds, or a number with ms, s, m or h" --drain soon
}

@test "wrong usage touches no file" {
    run_program statsd-table --rejects rejects --nope
    assert_failure 2
    [[ ! -e rejects ]] || fail 'the rejects file has been made'
}

# --- the pipeline ---------------------------------------------------------------------------------

@test "a web server's log becomes percentiles" {
    run_shell "awk '{print \"http;status=\"\$9\":\"\$NF*1000\"|ms\"}' '$ROOT/examples/access.log' |
        statsd-parse --time 1700000000 |
        statsd-agg --once -p 50,99 | statsd-table -c count,mean,upper_50,upper_99 --sort series --numbers short"
    assert_success
    refute_stderr
    assert_output - <<'END'
2023-11-14 22:13:20 UTC  1700000000

timers           count   mean  upper_50  upper_99
http;status=200    304  70.17        26       553
http;status=304     58   3.31         1        29
http;status=404     29  5.276         4        19
http;status=500      9   1653      1562      2719
END
}
