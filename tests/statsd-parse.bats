#!/usr/bin/env bats
# statsd-parse: its options, its messages, and how it handles odd input. golden-lines.bats tests the
# grammar itself.

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# parse INPUT [OPTION...]: parses INPUT, in the syntax of printf %b, from stdin with a time of 7.
parse() {
    printf '%b' "$1" >input
    shift
    run --separate-stderr -- statsd-parse --time 7 "$@" <input
}

# --- what comes out -------------------------------------------------------------------------------

@test "lines become records" {
    parse 'api:1|c|@0.1|#env:prod\nrender:12:15|ms\nusers:anna|s\nload:-0.5|g\n'
    assert_success
    refute_stderr
    assert_output - <<END
$(tsv 'api;env=prod' c 1 0.1 7.000)
$(tsv render ms 12 1 7.000)
$(tsv render ms 15 1 7.000)
$(tsv users s anna 1 7.000)
$(tsv load gd -0.5 1 7.000)
END
}

@test "a line without a time gets the time of reading" {
    before=$(date +%s)
    run_shell "echo a:1\|c | statsd-parse | cut -f5"
    assert_output --regexp '^[0-9]+\.[0-9]{3}$'
    ((${output%.*} >= before && ${output%.*} <= $(date +%s)))
}

@test "--time applies to lines without a time, in any decimal form" {
    for time in 1700000000:1700000000.000 1.5:1.500 1e3:1000.000 -1:-1.000 1700000000.1239:1700000000.123; do
        run_shell "echo 'a:1|c:2|c|T99' | statsd-parse --time=${time%:*} | cut -f5 | paste -sd ' '"
        assert_output "${time#*:} 99.000"
    done
}

@test "--tags selects the flavours" {
    parse 'a;k=v:1|c\nb,k=v:1|c\nc#k=v:1|c\nd[k=v]:1|c\ne:1|c|#k:v\n' --tags influx,signalfx
    assert_output - <<END
$(tsv 'ak=v' c 1 1 7.000)
$(tsv 'b;k=v' c 1 1 7.000)
$(tsv 'ck=v' c 1 1 7.000)
$(tsv 'd;k=v' c 1 1 7.000)
END
    assert_stderr "statsd-parse: stdin:5: bad field '#k:v': expected @rate, #tags, Tseconds or word:text"
    for flavour in dogstatsd:e graphite:a influx:b librato:c signalfx:d; do
        parse 'a;k=v:1|c\nb,k=v:1|c\nc#k=v:1|c\nd[k=v]:1|c\ne:1|c|#k:v\n' -q --tags "${flavour%:*}"
        [[ $(cut -f1 <<<"$output" | grep ';') == "${flavour#*:};k=v" ]] || fail "$flavour"
    done
    parse 'a;k=v:1|c\nb,k=v:1|c\n' --tags none
    assert_output "$(tsv 'ak=v' c 1 1 7.000; tsv 'bk=v' c 1 1 7.000)"
    parse 'a;k=v:1|c\nb,k=v:1|c|#l\n' --tags all
    assert_output "$(tsv 'a;k=v' c 1 1 7.000; tsv 'b;k=v;l=true' c 1 1 7.000)"
}

@test "--raw-names keeps the bytes, escaped as columns are" {
    parse 'a b/ü\\:1|c|#k x:ü\tz\n' --raw-names
    assert_output "$(tsv 'a b/ü\\;k x=ü\tz' c 1 1 7.000)"
    parse 'a b/ü\\:1|c|#k x:ü\tz\n'
    assert_output "$(tsv 'a_b-;k_x=_z' c 1 1 7.000)"
}

@test "--max-name refuses longer series, with their tags counted" {
    parse 'abcd:1|c\nabcde:1|c\na:1|c|#k:v\nab:1|c|#k:v\n' --max-name 5
    assert_output "$(tsv abcd c 1 1 7.000; tsv abcde c 1 1 7.000; tsv 'a;k=v' c 1 1 7.000)"
    assert_stderr "statsd-parse: stdin:4: bad name 'ab': the series is longer than --max-name"
    parse "$(printf 'a%.0s' {1..4097}):1|c\n$(printf 'a%.0s' {1..4096}):1|c\n" -v
    assert_stderr_line 'statsd-parse: 2 lines, 1 records, 1 bad, 0 other'
}

@test "--gauge-sign decides what a signed gauge means" {
    parse 'a:+1|g:-1|g:1|g\n' --gauge-sign absolute
    assert_output "$(tsv a g +1 1 7.000; tsv a g -1 1 7.000; tsv a g 1 1 7.000)"
    parse 'a:+1|g:-1|g:1|g\n' --gauge-sign delta
    assert_output "$(tsv a gd +1 1 7.000; tsv a gd -1 1 7.000; tsv a g 1 1 7.000)"
}

@test "members keep their bytes: TAB, CR, backslash, NUL, UTF-8" {
    printf 'u:a\tb\rc\\d\0e\303\274|s\n' | statsd-parse --time 7 >is
    printf 'u\ts\ta\\tb\\rc\\\\d\\0e\303\274\t1\t7.000\n' >expected
    assert_file is expected
}

# --- refusals -------------------------------------------------------------------------------------

@test "each refusal has its reason" {
    parse 'nothing\n' && assert_stderr "statsd-parse: stdin:1: bad line 'nothing': expected name:value|type"
    parse 'a|b:1|c\n' && assert_stderr "statsd-parse: stdin:1: bad line 'a|b:1|c': expected name:value|type"
    parse ':1|c\n' && assert_stderr "statsd-parse: stdin:1: bad name '': expected at least one letter, digit, _ - or ="
    parse 'é.:1|c\n' &&
        assert_stderr "statsd-parse: stdin:1: bad name '\xc3\xa9.': expected at least one letter, digit, _ - or ="
    parse 'a:1\n' && assert_stderr "statsd-parse: stdin:1: bad value '1': expected | and a type after it"
    parse 'a:1|C\n' && assert_stderr "statsd-parse: stdin:1: bad type 'C': expected c, ms, h, d, g, s or m"
    parse 'a:|c\n' && assert_stderr "statsd-parse: stdin:1: bad value '': expected a value before the |"
    parse 'a:x|c\n' && assert_stderr "statsd-parse: stdin:1: bad value 'x': expected a number"
    parse 'a:1e309|c\n' && assert_stderr "statsd-parse: stdin:1: bad value '1e309': too large for a double"
    parse 'a:-1|ms\n' && assert_stderr "statsd-parse: stdin:1: bad value '-1': a timer in ms cannot be negative"
    parse 'a:1|c|@2\n' && assert_stderr "statsd-parse: stdin:1: bad rate '2': expected a number above 0 and up to 1"
    parse 'a:1|c|T\n' && assert_stderr "statsd-parse: stdin:1: bad time 'T': expected T and 1 to 10 digits"
    parse 'a:1|c|x\n' &&
        assert_stderr "statsd-parse: stdin:1: bad field 'x': expected @rate, #tags, Tseconds or word:text"
    parse 'abcdef:1|c\n' -l 5 && assert_stderr "statsd-parse: stdin:1: bad line 'abcde': longer than --max-line"
}

@test "a refused chunk does not affect its neighbours and is not a failure" {
    parse 'a:1:x:3|ms:4:y|c|@2:5|c\nb\nc:6|g\n' -v
    assert_success
    assert_output "$(tsv a c 5 1 7.000; tsv c g 6 1 7.000)"
    assert_stderr - <<'END'
statsd-parse: stdin:1: bad value 'x': expected a number
statsd-parse: stdin:1: bad rate '2': expected a number above 0 and up to 1
statsd-parse: stdin:2: bad line 'b': expected name:value|type
statsd-parse: 3 lines, 2 records, 3 bad, 0 other
END
}

@test "after an unknown type or field the rest of the line is refused" {
    parse 'a:1|cb:7|gc:9|c\njobs.Bare::Hook.perform:23.7|ms\nd:1|c:2|c|X:3|c:4|c\ne:1|c\n' -v
    assert_success
    assert_output "$(tsv d c 1 1 7.000; tsv e c 1 1 7.000)"
    assert_stderr - <<'END'
statsd-parse: stdin:1: bad type 'cb': expected c, ms, h, d, g, s or m
statsd-parse: stdin:2: bad value '': expected a value before the |
statsd-parse: stdin:3: bad field 'X:3': expected @rate, #tags, Tseconds or word:text
statsd-parse: 4 lines, 2 records, 3 bad, 0 other
END
}

@test "a : in the tags of a name belongs to them" {
    parse 'm,host=db:5432:1|c\nm[u=http://h:80/]:2:3|ms\nm;t=1:2:3:-4|g|#u:v:w\n'
    assert_output - <<END
$(tsv 'm;host=db:5432' c 1 1 7.000)
$(tsv 'm;u=http:--h:80-' ms 2 1 7.000)
$(tsv 'm;u=http:--h:80-' ms 3 1 7.000)
$(tsv 'm;t=1:2:3;u=v:w' gd -4 1 7.000)
END
    refute_stderr
    parse 'm,host=db:5432:1|c\nm;k=v:1:2|c\n' --tags graphite
    assert_output "$(tsv mhost=db c 5432 1 7.000; tsv mhost=db c 1 1 7.000; tsv 'm;k=v:1' c 2 1 7.000)"
}

# What libraries send: hot-shots with telegraf, aio-statsd, alexcesaro and smira with each of their
# formats of tags, cactus with InfluxDB's, go-kit's influxstatsd, cadence, netdata, DogStatsD.
@test "client libraries: tags in the name, meters, fields to come" {
    parse 'app.hits,env=prod,url=http://h:80/a:1|c\napp.t,host=[::1]:8125:12.5|ms|@0.5
aio,node=10.0.0.1:6379:3|g\nalex,a=b:c:1|c|@0.25\nsmira;a=b:c:2|c\nsmira#a=b:c:3|c\ncactus,k=v:w:u1|s
kit,at=2024-01-01T00:00:00Z:0.5|ms\ncadence.m:9|m|#a:b:c\nnetdata.m:2|m|@0.1\nnetdata.h:2.5|h
dog:1|c|#k:v|c:in-5:6|e:it-false,cn-a:b|card:low|T12|new_field:x:y\n'
    refute_stderr
    assert_output - <<END
$(tsv 'app.hits;env=prod;url=http:--h:80-a' c 1 1 7.000)
$(tsv 'app.t;host=::1:8125' ms 12.5 0.5 7.000)
$(tsv 'aio;node=10.0.0.1:6379' g 3 1 7.000)
$(tsv 'alex;a=b:c' c 1 0.25 7.000)
$(tsv 'smira;a=b:c' c 2 1 7.000)
$(tsv 'smira;a=b:c' c 3 1 7.000)
$(tsv 'cactus;k=v:w' s u1 1 7.000)
$(tsv 'kit;at=2024-01-01T00:00:00Z' ms 0.5 1 7.000)
$(tsv 'cadence.m;a=b:c' c 9 1 7.000)
$(tsv netdata.m c 2 0.1 7.000)
$(tsv netdata.h h 2.5 1 7.000)
$(tsv 'dog;k=v' c 1 1 12.000)
END
}

@test "a million bad lines give five messages and a total" {
    yes x | head -n 1000000 >bad
    run_program statsd-parse bad
    assert_success
    ((${#stderr_lines[@]} == 6))
    [[ ${stderr_lines[4]} == "statsd-parse: bad:5: bad line 'x': expected name:value|type" ]]
    [[ ${stderr_lines[5]} == 'statsd-parse: 999995 more bad lines' ]]
}

@test "long and odd values are quoted and truncated" {
    parse "\\t\\0000a\\r\\\\$(printf 'x%.0s' {1..100})\n"
    assert_stderr "statsd-parse: stdin:1: bad line '\\t\\0a\\r\\\\$(printf 'x%.0s' {1..55})'…: expected name:value|type"
}

@test "--rejects keeps the whole line once, then the bytes to blame, and appends to the file" {
    parse 'a:1|c\n\tb\\:x|c:y|c\n' --rejects rejects
    assert_success
    printf '7.000\tstdin:2\tbad value '\''x'\'': expected a number\t\\tb\\\\:x|c:y|c\n' >expected
    printf '7.000\tstdin:2\tbad value '\''y'\'': expected a number\ty\n' >>expected
    assert_file rejects expected
    parse 'z\n' -q --rejects rejects
    printf "7.000\tstdin:1\tbad line 'z': expected name:value|type\tz\n" >>expected
    assert_file rejects expected
    refute_stderr
}

@test "--rejects has everything, however little is reported" {
    yes x | head -n 1000 | statsd-parse -q --rejects rejects
    (($(wc -l <rejects) == 1000))
    tail -n 1 rejects | grep -q "	stdin:1000	bad line 'x': "
}

@test "--rejects that cannot be opened or written" {
    parse 'z\n' --rejects no/such
    assert_failure 1
    assert_stderr 'statsd-parse: open no/such: No such file or directory'
    parse 'z\n' -q --rejects /dev/full
    assert_failure 1
    assert_stderr 'statsd-parse: write /dev/full: No space left on device
statsd-parse: /dev/full: 1 line lost'
}

@test "--strict ends at the first bad value, after writing what came before" {
    parse 'a:1|c:x:2|c\nb:1|c\n' -s -v
    assert_failure 1
    assert_output "$(tsv a c 1 1 7.000)"
    assert_stderr - <<'END'
statsd-parse: stdin:1: bad value 'x': expected a number
statsd-parse: 1 lines, 1 records, 1 bad, 0 other
END
    parse 'a:1|c\nx\nb:1|c\n' --strict --quiet --rejects rejects
    assert_failure 1
    assert_stderr "statsd-parse: stdin:2: bad line 'x': expected name:value|type"
    (($(wc -l <rejects) == 1))
    parse 'a:1|c\n_e{1,1}:a|b\n' --strict
    assert_success
}

@test "--check writes nothing and reports by its status" {
    parse 'a:1|c\n_sc|x|0\n' --check
    assert_success
    refute_output
    refute_stderr
    parse 'a:1|c\nx\n' --check
    assert_failure 1
    refute_output
    assert_stderr "statsd-parse: stdin:2: bad line 'x': expected name:value|type"
    parse 'a:1|c\nx\n' --check -q
    assert_failure 1
    refute_stderr
    run_shell 'echo a:1\|c | statsd-parse --check >/dev/full'
    assert_success
}

@test "-v counts lines that are not empty, including long ones and events" {
    parse '\n\r\na:1|c\nlonglonglong:1|c\n_e{1,1}:a|b\n_sc|a|0\nb:1:2|c\n\n' -vl 11
    assert_stderr_line 'statsd-parse: 5 lines, 3 records, 1 bad, 2 other'
    parse '' -v
    assert_stderr 'statsd-parse: 0 lines, 0 records, 0 bad, 0 other'
}

# --- files ----------------------------------------------------------------------------------------

@test "files are read in turn, - is stdin" {
    echo 'a:1|c' >a && echo 'b:x|c' >b
    parse 'c:y|c\nd:1|c\n' a - b a
    assert_success
    assert_output "$(tsv a c 1 1 7.000; tsv d c 1 1 7.000; tsv a c 1 1 7.000)"
    assert_stderr - <<'END'
statsd-parse: stdin:1: bad value 'y': expected a number
statsd-parse: b:1: bad value 'x': expected a number
END
}

@test "a file that cannot be read does not prevent reading the others" {
    echo 'a:1|c' >a && mkdir dir
    parse '' x.log a dir a
    assert_failure 1
    assert_output "$(tsv a c 1 1 7.000; tsv a c 1 1 7.000)"
    assert_stderr - <<'END'
statsd-parse: open x.log: No such file or directory
statsd-parse: read dir: Is a directory
END
    parse '' -q x.log
    assert_failure 1
    assert_stderr 'statsd-parse: open x.log: No such file or directory'
}

@test "a last line without a line end is good, and is not joined with the next file" {
    printf 'a:1|c' >a && printf 'b:2|c\r' >b
    parse '' a b
    assert_output "$(tsv a c 1 1 7.000; tsv b c 2 1 7.000)"
    refute_stderr
}

@test "a byte order mark is skipped in every file, and nowhere else" {
    mark=$(printf '\357\273\277')
    printf '%sa:1|c\n%sb:2|c\n' "$mark" "$mark" >a
    printf '%s\n' "$mark" >empty
    printf '%s' "$mark" >alone
    parse "${mark}c:3|c\nd:x|c\n" --raw-names a empty alone - a
    assert_output "$(tsv a c 1 1 7.000 && tsv "${mark}b" c 2 1 7.000 && tsv c c 3 1 7.000 &&
        tsv a c 1 1 7.000 && tsv "${mark}b" c 2 1 7.000)"
    assert_stderr "statsd-parse: stdin:2: bad value 'x': expected a number"
    # It comes in two reads.
    start_fed statsd-parse --time 7 -v
    printf '\357\273' >&5
    wait_until pipe_is_empty 5
    printf '\277e:1|c\n' >&5
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$(<out)" "$(tsv e c 1 1 7.000)"
    assert_equal "$(<err)" 'statsd-parse: 1 lines, 1 records, 0 bad, 0 other'
}

@test "CRLF, empty lines, empty input" {
    parse 'a:1|c\r\n\r\n\nb:1|s\r\n'
    assert_output "$(tsv a c 1 1 7.000; tsv b s 1 1 7.000)"
    refute_stderr
    parse ''
    assert_success
    refute_output
    refute_stderr
}

@test "a NUL is a byte" {
    printf 'a\0b:1|c\n\0:1|c\nc:1|c\0\n' >input
    run --separate-stderr -- statsd-parse --time 7 input
    assert_output "$(tsv ab c 1 1 7.000)"
    assert_stderr - <<'END'
statsd-parse: input:2: bad name '\0': expected at least one letter, digit, _ - or =
statsd-parse: input:3: bad type 'c\0': expected c, ms, h, d, g, s or m
END
}

@test "a line of 1 MiB is one bad line, and good with a larger --max-line" {
    { printf 'u:' && head -c 1048576 /dev/zero | tr '\0' x && printf '|s\na:1|c\n'; } >input
    run_program statsd-parse --time 7 -v input
    assert_success
    assert_output "$(tsv a c 1 1 7.000)"
    assert_stderr_line "statsd-parse: input:1: bad line 'u:$(printf 'x%.0s' {1..58})'…: longer than --max-line"
    assert_stderr_line 'statsd-parse: 2 lines, 1 records, 1 bad, 0 other'
    statsd-parse -l 2M --time 7 input | head -n 1 | cut -f3 >is
    head -c 1048576 /dev/zero | tr '\0' x >expected && echo >>expected
    assert_file is expected
}

@test "a line as long as --max-line passes; its CR does not count" {
    parse 'abcd:1|c\r\nabcde:1|c\nabcd:2|c' -q -l 8
    assert_output "$(tsv abcd c 1 1 7.000; tsv abcd c 2 1 7.000)"
}

@test "a locale changes nothing" {
    LC_ALL=de_DE.UTF-8 parse 'a:1.5|c|@0.5\nb:1,5|c\n'
    assert_output "$(tsv a c 1.5 0.5 7.000)"
    assert_stderr "statsd-parse: stdin:2: bad value '1,5': expected a number"
}

# --- odd environments -----------------------------------------------------------------------------

@test "a line is written while the input stays open" {
    mkfifo pipe
    start_shell 'statsd-parse --time 7 pipe >out'
    exec 5>pipe
    printf 'a:1|c\n' >&5
    wait_for_file_line out '^a'
    printf 'b:1|c\n' >&5
    wait_for_file_line out '^b'
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
}

@test "TERM ends an idle run cleanly, and what was read is written" {
    mkfifo pipe
    start_background statsd-parse -v --time 7 pipe >out 2>err
    exec 5>pipe
    printf 'a:1|c\nb:1' >&5
    wait_for_file_line out '^a'
    kill -USR1 "$background_pid"
    wait_for_file_line err '1 lines, 1 records, 0 bad, 0 other'
    kill -TERM "$background_pid"
    printf '|c\n' >&5
    wait_for_file_line out '^b'
    wait_exit "$background_pid"
    assert_success
    exec 5>&-
}

@test "a second signal ends it at once" {
    mkfifo pipe
    start_background statsd-parse pipe >out 2>err
    exec 5>pipe
    printf 'a:1|c\n' >&5
    wait_for_file_line out '^a'
    kill -TERM "$background_pid"
    kill -USR1 "$background_pid"
    wait_for_file_line err '1 lines'
    interrupt_again "$background_pid"
    wait_exit "$background_pid"
    assert_failure
    exec 5>&-
}

@test "input still arriving when --drain ends is reported, and is a failure" {
    mkfifo pipe
    start_background statsd-parse --time 7 --drain 0 pipe >out 2>err
    exec 5>pipe
    printf 'a:1|c\n' >&5
    wait_for_file_line out '^a'
    freeze "$background_pid"
    printf 'b:1|c\n' >&5
    kill -TERM "$background_pid"
    kill -CONT "$background_pid"
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(<err)" 'statsd-parse: read pipe: ended by a signal before the end'
    start_background statsd-parse --time 7 --drain 0 pipe >out 2>err
    exec 5>&- 5>pipe
    printf 'a:1|c\n' >&5
    wait_for_file_line out '^a'
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
    [[ ! -s err ]]
    exec 5>&-
}

@test "a full disk, a closed stdout, a reader that has exited" {
    run_shell 'echo a:1\|c | statsd-parse >/dev/full'
    assert_failure 1
    assert_stderr 'statsd-parse: write stdout: No space left on device'
    run_shell 'echo a:1\|c | statsd-parse >&-'
    assert_failure 1
    assert_stderr 'statsd-parse: write stdout: Bad file descriptor'
    run_shell 'yes a:1\|c | head -n 1000000 | { statsd-parse; echo $? >status; } | head -n 1 | cut -f1'
    assert_output a
    refute_stderr
    [[ $(<status) == 1 ]]
    run_shell 'statsd-parse <&-'
    assert_failure 1
    assert_stderr 'statsd-parse: read stdin: Bad file descriptor'
}

@test "a reader that has exited is noticed while no input arrives" {
    mkfifo pipe
    start_shell 'statsd-parse --time 7 pipe | head -n 1 >out'
    exec 5>pipe
    printf 'a:1|c\n' >&5
    wait_exit "$background_pid"
    assert_failure 1
    exec 5>&-
}

@test "a terminal as stdin is reported" {
    need_terminal
    run_shell "printf 'a:1|c\n\4' | script -qec 'statsd-parse --time 7' /dev/null"
    assert_success
    assert_output --partial 'statsd-parse: reading from the terminal: end with ^D'
    assert_output --partial "$(tsv a c 1 1 7.000)"
}

@test "wrong usage" {
    run_program statsd-parse --nonsense
    assert_usage_error "statsd-parse: unknown option '--nonsense'"
    run_program statsd-parse -x
    assert_usage_error "statsd-parse: unknown option '-x'"
    run_program statsd-parse --time
    assert_usage_error 'statsd-parse: option --time needs a value'
    run_program statsd-parse --time soon
    assert_usage_error "statsd-parse: --time: bad time 'soon': expected Unix seconds"
    run_program statsd-parse --tags graphite,
    assert_usage_error \
        "statsd-parse: --tags: unknown word '': expected dogstatsd, graphite, influx, librato, signalfx, all or none"
    run_program statsd-parse --gauge-sign up
    assert_usage_error "statsd-parse: --gauge-sign: unknown word 'up': expected delta or absolute"
    run_program statsd-parse -l 0
    assert_usage_error "statsd-parse: --max-line: bad size '0': expected 1 to 1073741824 bytes"
    run_program statsd-parse --drain soon
    assert_usage_error "statsd-parse: --drain: bad duration 'soon': expected seconds, or a number with ms, s, m or h"
    run_program statsd-parse --max-name x
    assert_usage_error "statsd-parse: --max-name: bad size 'x': expected bytes, or a number with K, M or G"
    run_program statsd-parse --check=yes
    assert_usage_error 'statsd-parse: option --check takes no value'
}

@test "--help and --version" {
    run_program statsd-parse --help
    assert_success
    refute_stderr
    ((${#lines[@]} <= 60))
    assert_line --partial 'usage: statsd-parse'
    run_program statsd-parse -V
    assert_success
    assert_output --regexp '^statsd-parse [0-9]+\.[0-9]+\.[0-9]+$'
}
