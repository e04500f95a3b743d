#!/usr/bin/env bats
# statsd-agg --control: dump, forget, status and save on a Unix socket, and --resume, which continues
# from what save has left.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# An interval that no test sees the end of.
start_agg() {
    start_live -i 1000h --control socket "$@"
}

# ask LINE…: sends the lines and the end of input, and runs until the other side ends.
ask() {
    run --separate-stderr -- python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect("socket")
s.sendall("".join(line + "\n" for line in sys.argv[1:]).encode())
s.shutdown(socket.SHUT_WR)
while True:
    data = s.recv(65536)
    if not data: break
    sys.stdout.buffer.write(data)' "$@"
}

# Waits until N records have been read.
wait_for_records() {
    wait_until has_records "$1" || fail "no $1 records"
}

has_records() {
    ask status
    [[ $output == *"records"$'\t'"$1"$'\n'* ]]
}

# The answer without its times, which are those of the clock.
assert_records() {
    assert_equal "$(sed -E 's/\t[0-9]+\.[0-9]{3}$//' <<<"$output")" "$1"
}

@test "dump writes the open samples of a family, by pattern, in order" {
    start_agg
    {
        rec api.a c 2 0.5
        rec api.b c 1
        rec api.a c 1
        rec t ms 3 0.5
        rec t ms 4 0.5
        rec t ms 5
        rec g g 7
        rec g gd -2
        rec s s x
        rec 's;k=v' s 'a\tb'
    } >&5
    wait_for_records 10
    ask 'dump c'
    assert_records "$(tsv api.a c 5 1)
$(tsv api.b c 1 1)"
    ask 'dump c *.b'
    assert_records "$(tsv api.b c 1 1)"
    ask 'dump c api.?' 'dump g'
    assert_records "$(tsv api.a c 5 1)
$(tsv api.b c 1 1)

$(tsv g g 5 1)"
    ask 'dump ms t'
    assert_equal "$(cut -f1-3 <<<"$output")" "$(tsv t ms 3)
$(tsv t ms 4)
$(tsv t ms 5)"
    ask 'dump s'
    assert_records "$(tsv s s x 1)
$(tsv 's;k=v' s 'a\tb' 1)"
    ask 'dump c nothing'
    refute_output
}

@test "dump and forget know series with the tags of --tag" {
    start_agg --tag env:prod
    rec a c 1 >&5
    wait_for_records 1
    ask 'dump c *;env=prod'
    assert_records "$(tsv 'a;env=prod' c 1 1)"
    ask 'forget c a'
    assert_equal "${output%%$'\n'*}" 0
    ask 'forget c a;env=prod'
    assert_equal "${output%%$'\n'*}" 1
}

@test "what dump writes of an open interval gives the same aggregates" {
    start_agg
    awk -v OFS='\t' 'BEGIN { srand(7); split("c ms g gd s h", types, " "); split("1 0.5 0.1", rates, " ")
        for (i = 0; i < 3000; i++) {
            t = types[1 + int(rand() * 6)]
            print "n" int(rand() * 40), t, int(rand() * 1000), t ~ /[msh]/ ? 1 : rates[1 + int(rand() * 3)],
                "1700000000.000" } }' >records
    cat records >&5
    wait_for_records 3000
    for family in c ms g s; do
        ask "dump $family"
        sed '/^$/d' <<<"$output"
    done | awk -F'\t' -v OFS='\t' '{ $5 = "1700000000.000"; print }' >dumped
    run_shell 'diff <(statsd-agg --once --no-self records | sort) <(statsd-agg --once --no-self dumped | sort)'
    assert_success
}

@test "idle series are dumped: counters with 0, gauges with their value, others empty" {
    start_live -i 0.05 --idle c=forever,ms=forever,s=forever --control socket --no-self
    {
        rec c c 2
        rec g g 7
        rec t ms 3
        rec s s x
    } >&5
    wait_for_file_line out "^c.c.count.0"
    ask 'dump c' 'dump g' 'dump ms' 'dump s'
    assert_records "$(tsv c c 0 1)

$(tsv g g 7 1)

$(tsv t ms '' 1)

$(tsv s s '' 1)"
}

@test "forget removes series with their samples, and says how many" {
    start_agg --no-self
    {
        rec api.a c 2
        rec api.b c 1
        rec other c 1
        rec api.a ms 1
        rec api.g g 1
        rec api.s s 1
    } >&5
    wait_for_records 6
    ask 'forget c api.*' 'forget c api.*' 'forget ms *' 'forget g api.?' 'forget s api.s'
    assert_output $'2\n\n0\n\n1\n\n1\n\n1'
    ask 'dump c' 'dump ms' 'dump g'
    assert_records "$(tsv other c 1 1)"
    rec api.b c 5 >&5
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$(grep count out | cut -f1-4)" "$(tsv other c count 1)
$(tsv api.b c count 5)"
}

@test "a series forgotten while its rows leave is not written again" {
    start_live -i 0.1 --idle c=forever,g=forever --control socket --no-self --state state
    for i in {1..200}; do rec "n$i" c 1; done >&5
    wait_for_file_line out "^n200.c.count.0"
    ask 'forget c n*'
    assert_output 200
    ask 'dump c'
    refute_output
    : >out
    rec last c 1 >&5
    wait_for_file_line out "^last.c.count.0"
    # Rows of an interval that was closed before may still come, but none after it.
    ! sed '1,/^last/d' out | grep '^n[0-9]' || fail 'forgotten series come again'
}

@test "status has figures" {
    start_agg
    rec a c 1 >&5
    echo bad >&5
    wait_for_records 2
    assert_output "$(tsv records 2)
$(tsv bad_records 1)
$(tsv late_records 0)
$(tsv series 1)
$(tsv series_refused 0)
$(tsv bad_lines_seen 0)
$(tsv last_packet 0)
$(tsv flushing 0)"
}

@test "what the socket does not know is answered with an error" {
    start_agg
    ask hello
    assert_output 'error: expected dump, forget, delete, status or save'
    ask 'dump x' 'forget c' 'save'
    assert_output $'error: expected a type, c, ms, g or s\n\nerror: expected a pattern\n\nerror: expected a file'
    ask "dump $(printf '%017000d' 0)"
    assert_output 'error: expected a line of at most 16383 bytes'
    ask status
    assert_line --regexp '^records'
}

@test "the socket is the user's alone, is removed at the end, and replaces a dead one only" {
    start_agg
    assert_equal "$(stat -c %a socket)" 600
    run_program statsd-agg --control socket </dev/null
    assert_failure 1
    assert_stderr 'statsd-agg: --control socket: Address already in use'
    ask status
    assert_success
    kill -KILL "$background_pid"
    wait_exit "$background_pid"
    [[ -S socket ]]
    rm in
    exec 5>&-
    start_agg
    ask status
    assert_success
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    [[ ! -e socket ]]
}

@test "a client that says nothing or reads nothing stops neither records nor, for long, other clients" {
    start_agg --no-self
    awk 'BEGIN { for (i = 1; i <= 20000; i++) printf "some.longer.name.%d\tc\t1\t1\t1700000000.000\n", i }' >&5
    wait_for_records 20000
    start_background python3 -c '
import socket, time
s = socket.socket(socket.AF_UNIX)
s.connect("socket")
s.sendall(b"dump c\n" * 20)
open("stuck", "w").write("x\n")
time.sleep(100)'
    wait_for_file_line stuck x
    rec last c 1 >&5
    wait_for_records 20001
    ask 'dump c last'
    assert_records "$(tsv last c 1 1)"
}

@test "without descriptors it rests, and answers when there are some again" {
    command -v prlimit >/dev/null || skip 'prlimit is not installed: it is in util-linux'
    start_agg
    local free=0
    while [[ -e /proc/$background_pid/fd/$free ]]; do free=$((free + 1)); done
    prlimit --pid "$background_pid" --nofile=$free: || skip 'no right to limit a process'
    { ask status && echo "$output" >answer; } &
    local client=$! begun=$SECONDS
    wait_until has_tried 3
    # It tries once a second.
    ((SECONDS - begun >= 1)) || fail 'it does not rest' "$(<err)"
    prlimit --pid "$background_pid" --nofile=1024:
    wait "$client"
    assert_equal "$(head -n 1 answer)" "$(tsv records 0)"
    kill -TERM "$background_pid"
    exec 5>&-
    wait_exit "$background_pid"
    local failed
    failed=$(awk '/trying again$/ { sum++ } /more failed calls$/ { sum += $2 } END { print sum + 0 }' err)
    ((failed >= 3 && failed < 60)) || fail "$failed failed calls" "$(<err)"
}

has_tried() {
    (($(grep -cx 'statsd-agg: accept socket: Too many open files: trying again' err) >= $1))
}

@test "save and --resume hand the open interval over to another process, whole" {
    start_agg --no-self
    {
        rec a c 2
        rec t ms 3 0.5
        rec g g 7
        rec s s x
    } >&5
    wait_for_records 4
    ask "save $PWD/kept"
    assert_output ok
    {
        rec a c 3
        rec t ms 5
    } >&5
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    [[ ! -s out && -s kept ]]
    rm in
    start_agg --no-self --resume kept
    [[ ! -e kept ]]
    {
        rec a c 1
        rec g gd +1
        rec s s y
    } >&5
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    [[ ! -e kept ]]
    assert_equal "$(cut -f1-4 out | grep -E 'count|value|sum|rate' | grep -vE '_|rate')" "$(tsv a c count 6)
$(tsv t ms count 3)
$(tsv t ms sum 8)
$(tsv g g value 8)
$(tsv s s count 2)"
}

@test "save to a file that cannot be used is refused, and nothing is lost" {
    start_agg --no-self
    rec a c 2 >&5
    wait_for_records 1
    python3 -c '
import fcntl, time
f = open("locked.lock", "w")
fcntl.lockf(f, fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(60)' </dev/null >told 3>&- &
    other=$!
    wait_for_file_line told locked
    ask "save $PWD/locked" "save $PWD/none/kept" "save /dev/null" "save $(printf '%05000d' 1)"
    kill "$other"
    assert_line "error: $PWD/locked: in use by process $other: each statsd-agg needs a file of its own"
    assert_line "error: lock $PWD/none/kept.lock: No such file or directory"
    assert_line 'error: /dev/null: expected a file or nothing, not a device, pipe or socket'
    assert_line --regexp '^error: lock 0000'
    ask "save $PWD/kept" "save $PWD/kept"
    assert_output $'ok\n\nok'
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    [[ -s kept && ! -e kept.lock && ! -s out ]]
}

@test "a file of --resume that cannot be removed is read, and stays" {
    unshare -m true 2>/dev/null || skip 'no right to make a namespace'
    mkdir fixed
    { rec a c 2 1 105 && rec statsd.closed g 100 1 100; } >fixed/kept
    cp fixed/kept before
    rec a c 1 1 105 >input
    run_program unshare -m bash -c 'mount --bind fixed fixed && mount -o remount,bind,ro fixed || exit 77
        exec statsd-agg -e --no-self --resume fixed/kept input'
    ((status != 77)) || skip 'no right to mount'
    assert_success
    assert_stderr 'statsd-agg: lock fixed/kept.lock: Read-only file system
statsd-agg: remove fixed/kept: Read-only file system'
    assert_line "$(tsv a c count 3 110)"
    assert_file fixed/kept before
}

@test "a socket that another process has put at the path meanwhile stays" {
    start_agg
    mv socket aside
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
    [[ -S socket && -S aside ]]
}

@test "a file at the path that is no socket stays, and ends the program" {
    echo mine >socket
    run_program statsd-agg --control socket </dev/null
    assert_failure 1
    assert_stderr 'statsd-agg: --control socket: File exists'
    assert_equal "$(<socket)" mine
}

@test "--resume without the file begins with nothing, and --once refuses it" {
    run_shell "$(declare -f tsv rec); rec a c 1 | statsd-agg --no-self --resume none"
    assert_success
    assert_line --regexp $'^a\tc\tcount\t1'
    run_program statsd-agg --once --resume none
    assert_usage_error 'statsd-agg: --resume cannot be combined with --once'
}

@test "the options that are no path that a socket can have" {
    run_program statsd-agg --control "$(printf '%0200d' 1)" </dev/null
    assert_failure 1
    assert_stderr --partial 'File name too long'
    run_program statsd-agg --control none/socket </dev/null
    assert_failure 1
    assert_stderr 'statsd-agg: --control none/socket: No such file or directory'
}

@test "delete forgets the series of exactly that name" {
    start_agg
    {
        rec 'a*' c 1
        rec ab c 1
        rec 'a*' g 1
    } >&5
    wait_for_records 3
    ask 'delete c a*' 'delete c a?' 'delete c' 'delete x a'
    assert_output $'1\n\n0\n\nerror: expected a series\n\nerror: expected a type, c, ms, g or s'
    ask 'dump c'
    assert_records $'ab\tc\t1\t1'
}
