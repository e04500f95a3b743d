#!/usr/bin/env bats
# Running as a service, as statsd-utils(7) shows it: the unit file, stopped as systemd stops it, the
# files by day, and the report by cron.

load helper

setup() {
    cd "$BATS_TEST_TMPDIR"
    manual=$ROOT/man/statsd-utils.7
    by_day=$ROOT/examples/by-day.pl
}

teardown() {
    stop_background
}

# block_with TEXT: prints the literal block of the manual page in which a line begins with TEXT.
block_with() {
    awk -v text="$1" '/^\.Bd -literal/ { block = ""; is_in = 1; next }
        /^\.Ed/ { if (is_in && index("\n" block, "\n" text)) printf "%s", block; is_in = 0 }
        is_in { block = block $0 "\n" }' "$manual" | sed 's/\\e/\\/g'
}

# --- the unit -------------------------------------------------------------------------------------

@test "the unit of the manual is examples/statsd.service" {
    block_with '[Unit]' >unit
    assert_file unit "$ROOT/examples/statsd.service"
}

@test "systemd finds no fault with the unit" {
    command -v systemd-analyze >/dev/null || skip 'systemd-analyze is not installed'
    run_shell "systemd-analyze verify '$ROOT/examples/statsd.service' 2>&1 | grep -a statsd.service"
    refute_output
}

# read_unit: sets the array `command` to what ExecStart runs, with places of this test.
read_unit() {
    local text
    text=$(block_with '[Unit]' | awk '/^ExecStart=/ { is_in = 1; sub(/^ExecStart=/, "") }
        is_in { is_in = sub(/\\$/, " "); printf "%s", $0 }')
    # What systemd itself would expand.
    [[ -n $text && $text != *[%\$]* ]] || fail 'no plain ExecStart' "$text"
    text=${text//\/usr\/local\/share\/doc\/statsd-utils/$ROOT}
    text=${text//\/var\/lib\/statsd/$PWD/lib}
    text=${text//graphite.example.com/127.0.0.1:$sink_port}
    text=${text//--udp :8125/--udp 127.0.0.1:0 --verbose}
    eval "command=($text)"
}

start_sink() {
    start_tcp_sink "$PWD/sink"
    sink_port=$port
}

session() {
    pgrep -s "$background_pid"
}

# is_up N: N processes of the session run that would not be ended by a TERM at once.
is_up() {
    local files
    mapfile -t files < <(session | sed 's,.*,/proc/&/status,')
    # TERM is the third bit of the fourth digit.
    (($(grep -lE '^Sig(Ign|Cgt):.*[4-7c-f].{3}$' "${files[@]}" 2>/dev/null | wc -l) == $1))
}

# start_service: runs `command` in a session of its own, and sets $background_pid and $port.
start_service() {
    : >err
    mkdir -p lib
    start_background env -i PATH="$STATSD_BIN:/usr/bin:/bin" "${command[@]}" 2>err
    wait_for_file_line err 'listening on udp'
    port=$(sed -n 's/.*listening on udp.*://p' err)
}

# stop_service PAUSE: stops it as systemd does with KillMode=control-group: TERM to the main process,
# then to the others; and once the main process has ended, TERM to those that are left.
stop_service() {
    local others left
    others=$(session | grep -vx "$background_pid")
    if [[ $1 == all ]]; then
        kill -TERM -- "-$background_pid"
    else
        kill -TERM "$background_pid"
        sleep "$1"
        # shellcheck disable=SC2086 # a list
        kill -TERM $others 2>/dev/null || true
    fi
    wait_exit "$background_pid"
    # shellcheck disable=SC2086 # a list
    left=$(session) && kill -TERM $left
    wait_until is_over || fail 'some of the service is left'
    assert_success
}

is_over() {
    ! session >/dev/null
}

pauses=(all 0 0.03)

# The samples of counter $1 at the sink. A time's last line counts, as in Graphite.
total_at_sink() {
    awk -v path="stats.counters.$1.count" '$1 == path { value[$3] = $2 }
        END { for (time in value) total += value[time]; print total + 0 }' sink
}

has_total() {
    (($(total_at_sink "$1") == $2))
}

@test "a hundred stops of the service lose no record and leave a whole state file" {
    local i
    start_sink
    read_unit
    for i in {1..100}; do
        start_service
        send_udp "$port" 'stops:1|c'
        stop_service "${pauses[i % 3]}"
        [[ $(tail -n 1 lib/state.tsv) == statsd.closed* ]] || fail "no whole state file after stop $i" "$(<err)"
        cp lib/state.tsv state.copy
        run_shell 'statsd-agg --state state.copy --no-self </dev/null >rows'
        assert_success
        refute_stderr
    done
    assert_equal "$(cat lib/20*.tsv | grep -c '^stops')" 100
    start_service
    wait_until has_total stops 100 || fail "the sink has $(total_at_sink stops) of 100 samples"
    stop_service all
}

@test "a hundred stops without a state file send the last interval" {
    local i
    start_sink
    read_unit
    command=("${command[@]// --state $PWD\/lib\/state.tsv/}")
    [[ ${command[*]} != *--state* ]]
    for i in {1..100}; do
        start_service
        send_udp "$port" "last.$i:1|c"
        stop_service "${pauses[i % 3]}"
        wait_for_file_line sink "^stats\.counters\.last\.$i\.count 1 "
    done
}

@test "a TERM to the shell alone does not stop the pipeline" {
    start_sink
    read_unit
    start_service
    kill -TERM "$background_pid"
    sleep 0.2
    send_udp "$port" 'after:1|c'
    wait_for_file_line "lib/$(date +%F).tsv" '^after'
    stop_service all
    assert_equal "$(cut -f1 lib/state.tsv | grep -c '^after')" 1
}

# --- the files by day -----------------------------------------------------------------------------

@test "records go to the file of their own day, in local time" {
    mkdir days east
    rec a c 1 1 1700006399.999 >records
    rec b c 2 1 1700006400.000 >>records
    rec c c 3 1 1700006399.000 >>records
    rec 'd;host=a' s $'with blanks \\t and ä' 1 1700092800 >>records
    printf 'e\tc\t1\t1\t1700092801.000\t[::1]:40123\n' >>records
    run_shell "perl '$by_day' days <records >copy"
    assert_success
    refute_stderr
    assert_file copy records
    assert_equal "$(cd days && echo *)" '2023-11-14.tsv 2023-11-15.tsv 2023-11-16.tsv'
    assert_file days/2023-11-14.tsv <(sed -n '1p; 3p' records)
    assert_file days/2023-11-15.tsv <(sed -n 2p records)
    assert_file days/2023-11-16.tsv <(sed -n '4,5p' records)
    TZ=Asia/Kathmandu run_shell "perl '$by_day' east <records >copy"
    assert_equal "$(wc -l <east/2023-11-15.tsv) $(wc -l <east/2023-11-16.tsv)" '3 2'
}

@test "each record is in its file and on stdout at once, and a restart appends" {
    mkdir days
    mkfifo in
    exec 5<>in
    start_background perl "$by_day" days <in >out 5>&-
    rec a c 1 >&5
    wait_for_file_line days/2023-11-14.tsv '^a'
    wait_for_file_line out '^a'
    printf 'b\tc\t1' >&5
    rec c c 2 >records
    printf '\t1\t1700000001.000\n' >&5
    wait_for_file_line out '^b.c.1.1.1700000001.000$'
    run_shell "perl '$by_day' days <records"
    assert_success
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$(cut -f1 days/2023-11-14.tsv | tr -d '\n')" abc
}

@test "a hundred thousand records in both files of a midnight, whatever the pieces" {
    mkdir days
    awk 'BEGIN { for (i = 0; i < 100000; i++) printf "a.%d\tc\t1\t1\t%.3f\n", i, 1700006350 + i / 1000 }' >records
    run_shell "cat records | perl '$by_day' days | cmp - records"
    assert_success
    assert_file <(cat days/2023-11-14.tsv days/2023-11-15.tsv) records
    assert_equal "$(wc -l <days/2023-11-14.tsv)" 50000
}

@test "what has no time goes to the file of today, and a torn record only to stdout" {
    mkdir days
    printf 'no record\na\tc\t1\t1\tx\ntorn\tc\t1' >records
    run_shell "perl '$by_day' days <records >copy"
    assert_success
    assert_file copy records
    assert_equal "$(cat days/*)" $'no record\na\tc\t1\t1\tx'
}

@test "a file that cannot be written is reported once and does not stop the stream" {
    mkdir days
    ln -s /dev/full days/2023-11-14.tsv
    mkdir days/2023-11-15.tsv
    mkfifo in
    exec 5<>in
    start_background perl "$by_day" days <in >out 2>err 5>&-
    for series in a b c; do
        rec "$series" c 1 >&5
        wait_for_file_line out "^$series"
    done
    assert_equal "$(<err)" 'by-day: write days/2023-11-14.tsv: No space left on device'
    rec d c 1 1 1700006400 >&5
    wait_for_file_line out '^d'
    assert_equal "$(tail -n 1 err)" 'by-day: write days/2023-11-15.tsv: Is a directory'
    rec e c 1 1 1700092800 >&5
    wait_for_file_line days/2023-11-16.tsv '^e'
    exec 5>&-
    wait_exit "$background_pid"
    assert_failure 1
}

@test "by-day outlives signals until its input ends" {
    mkdir days
    mkfifo in
    exec 5<>in
    start_background perl "$by_day" days <in >out 5>&-
    rec a c 1 >&5
    wait_for_file_line out '^a'
    kill -TERM "$background_pid"
    kill -INT "$background_pid"
    kill -HUP "$background_pid"
    rec b c 1 >&5
    wait_for_file_line days/2023-11-14.tsv '^b'
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
}

@test "by-day without a directory explains its use" {
    local arguments
    for arguments in '' 'none' '. .'; do
        run_shell "perl '$by_day' $arguments </dev/null"
        assert_failure 2
        assert_stderr 'usage: by-day DIR (an existing directory)'
    done
}

@test "the live pipeline of the manual continues the file of the day after a restart" {
    local text i
    ln -s "$ROOT/examples" examples
    start_sink
    text=$(block_with 'statsd-recv --udp :8125 | perl')
    text=${text//graphite.example.com/127.0.0.1:$sink_port}
    text=${text//--udp :8125/--udp 127.0.0.1:0 --verbose}
    for i in 1 2; do
        : >err
        start_shell "$text" 2>err
        wait_for_file_line err 'listening on udp'
        send_udp "$(sed -n 's/.*listening on udp.*://p' err)" "live.$i:1|c"
        wait_for_file_line "days/$(date +%F).tsv" "^live\.$i"
        wait_until is_up 4
        kill -INT -- "-$background_pid"
        wait_exit "$background_pid"
    done
    assert_equal "$(cut -f1 days/*.tsv | grep live | paste -sd ' ')" 'live.1 live.2'
    assert_equal "$(cut -f1 state.tsv | grep -c live)" 2
}

# --- the report -----------------------------------------------------------------------------------

@test "the crontab of the manual mails the report of yesterday and keeps a month" {
    local old
    mkdir lib
    block_with 'PATH=' | sed "s,/var/lib/statsd,$PWD/lib,g" >crontab
    awk '{print "http;status="$9":"$NF*1000"|ms"}' "$ROOT/examples/access.log" |
        statsd-parse --time 1700000000 >"lib/$(date -d yesterday +%F).tsv"
    old=lib/$(date -d '40 days ago' +%F).tsv
    touch -d '40 days ago' "$old" lib/state.tsv
    run_crontab crontab
    assert_success
    refute_stderr
    assert_equal "$(<mail.words)" '-s Yesterday team@example.com'
    run_shell 'cat mail.txt'
    assert_line --regexp '^timers +count +median +upper_99 +sum$'
    assert_line --regexp '^http;status=500 +9 +1562 +2719 +14874$'
    [[ ! -e $old && -e lib/state.tsv && -e lib/$(date -d yesterday +%F).tsv ]]
}
