#!/usr/bin/env bats
# Files beside the stream (--rejects, --late): whatever happens to them, the stream goes on, and what
# they lost is reported and counted.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    stop_background
    [[ ! -d $BATS_TEST_TMPDIR/disk ]] || umount -l "$BATS_TEST_TMPDIR/disk" 2>/dev/null || true
}

# The filters, each as a command that refuses the line `x` and takes what good prints.
FILTERS=('statsd-parse --time 7' 'statsd-agg -e --no-self' 'statsd-agg -i 0.2 --no-self' 'statsd-table --tsv'
    'statsd-carbon -n --no-self')

good() {
    case $1 in
    statsd-parse*) echo 'good:1|c' ;;
    statsd-agg*) rec good c 1 ;;
    *) printf 'good\tg\tvalue\t1\t1\n' ;;
    esac
}

# refuse_many COUNT: as many bad lines.
refuse_many() {
    yes x | head -n "$1"
}

# start_recv OPTION…: writes to ./out and ./err.
start_recv() {
    start_ready statsd-recv --udp 0 --no-self "$@" >out 2>err
}

stop() {
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
}


# has_open PID FILE: a program of ours runs there, and has opened the file.
has_open() {
    handles_signals "$1" && find "/proc/$1/fd" -lname "$2" | grep -q .
}

# --- a disk that is full, a reader that has gone --------------------------------------------------

@test "a full disk stops no filter: said once, the rest counted, exit 1" {
    for filter in "${FILTERS[@]}"; do
        { refuse_many 50000 && good "$filter"; } >input
        run_shell "$filter -q --rejects /dev/full <input >out"
        assert_failure 1
        grep -q good out || fail "$filter lost the good line"
        assert_stderr "${filter%% *}: write /dev/full: No space left on device
${filter%% *}: /dev/full: 50000 lines lost"
    done
}

@test "a reader that has gone stops no filter" {
    mkfifo pipe
    for filter in "${FILTERS[@]}"; do
        { refuse_many 1000 && good "$filter"; } >input
        exec 6<>pipe
        # shellcheck disable=SC2086 # a program and its options
        start_fed $filter -q --rejects pipe 6>&-
        wait_until has_open "$background_pid" "$PWD/pipe"
        exec 6>&-
        cat input >&5
        exec 5>&-
        wait_exit "$background_pid"
        assert_failure 1
        grep -q good out || fail "$filter lost the good line" "$(<err)"
        assert_equal "$(<err)" "${filter%% *}: write pipe: Broken pipe
${filter%% *}: pipe: 1000 lines lost"
    done
}

@test "statsd-recv goes on with a full disk, and its port stays open" {
    start_ready statsd-recv --udp 0 --self-interval 0.1 --rejects /dev/full >out 2>err
    send_udp "$port" 'bad\nworse\ngood:1|c'
    wait_for_file_line out '^good'
    wait_for_file_line out '^statsd.rejects_lost.c.2'
    send_udp "$port" 'bad\ngood:2|c'
    wait_for_file_line out '^good.c.2'
    stop
    assert_failure 1
    assert_equal "$(grep -c 'write /dev/full: No space left on device' err)" 1
    assert_equal "$(tail -n 1 err)" 'statsd-recv: /dev/full: 3 lines lost'
    assert_equal "$(awk -F'\t' '$1 == "statsd.rejects_lost" { sum += $3 } END { print sum }' out)" 3
}

@test "--late on a full disk" {
    { rec a c 1 1 1000 && rec b c 1 1 7 && rec a c 2 1 1001; } >input
    run_program statsd-agg -e -q --late /dev/full input
    assert_failure 1
    assert_line 'a	c	count	3	1010'
    assert_line 'statsd	own	rejects_lost	1	1010'
    assert_stderr 'statsd-agg: write /dev/full: No space left on device
statsd-agg: /dev/full: 1 line lost'
}

@test "the self-metric is there with --rejects, and else is not" {
    rec a c 1 1 1000 >input
    run_program statsd-agg -e input
    refute_line --partial rejects_lost
    run_program statsd-agg -e --rejects rejects input
    assert_line 'statsd	own	rejects_lost	0	1010'
}

@test "statsd-carbon counts them among its figures" {
    start_tcp_sink received
    { echo bad && printf 'a\tg\tvalue\t1\t10\nstatsd\town\tnumStats\t1\t10\n'; } >rows
    start_fed statsd-carbon -q --rejects /dev/full "127.0.0.1:$port"
    cat rows >&5
    wait_for_file_line received '^stats.gauges.a 1 10$'
    sed 's/10$/20/' rows >&5
    exec 5>&-
    wait_exit "$background_pid"
    assert_failure 1
    grep -q '^stats.statsd.graphiteStats.rejects_lost [12] ' received || fail "$(cat received)"
}

@test "the status line and --verbose have it" {
    start_fed statsd-parse --rejects /dev/full
    echo x >&5
    wait_for_file_line err 'No space left'
    kill -USR1 "$background_pid"
    wait_for_file_line err '^statsd-parse: /dev/full: 1 line lost$'
    exec 5>&-
    wait_exit "$background_pid"
}

# Needs a file system of its own.
@test "a disk that has room again is written to again, and no line is torn" {
    mkdir disk
    mount -t tmpfs -o size=64k none disk 2>/dev/null || skip 'no right to mount a tmpfs'
    start_fed statsd-parse -q --rejects disk/rejects
    refuse_many 3000 >&5
    wait_for_file_line err 'write disk/rejects: No space left on device'
    cp disk/rejects before
    : >disk/rejects
    wait_until_asleep "$background_pid"
    echo y >&5
    wait_for_file_line disk/rejects "'y'"
    exec 5>&-
    wait_exit "$background_pid"
    assert_failure 1
    lost=$(sed -n 's/.*rejects: \([0-9]*\) lines lost/\1/p' err)
    whole=$(grep -c "	x$" before)
    assert_equal $((lost + whole)) 3000
    run ! grep -v "	[xy]$" <(grep . disk/rejects)
    assert_equal "$(grep -c . err)" 2
}

# --- a pipe ---------------------------------------------------------------------------------------

@test "a FIFO without a reader does not hang the start, and is used once it has one" {
    mkfifo pipe
    start_fed statsd-parse --time 7 --rejects pipe
    echo 'good:1|c' >&5
    wait_for_file_line out '^good'
    assert_equal "$(<err)" 'statsd-parse: open pipe: it has no reader yet'
    cat pipe >got 5>&- &
    echo 'x' >&5
    wait_for_file_line got "'x'"
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
}

@test "a FIFO that never has a reader: its lines are lost" {
    mkfifo pipe
    run_shell "echo x | statsd-parse -q --rejects pipe"
    assert_failure 1
    assert_stderr 'statsd-parse: open pipe: it has no reader yet
statsd-parse: write pipe: it has no reader
statsd-parse: pipe: 1 line lost'
}

@test "a pipe whose reader takes nothing stops nobody" {
    mkfifo pipe
    exec 6<>pipe
    for filter in "${FILTERS[@]}"; do
        { refuse_many 40000 && good "$filter"; } >input
        run_shell "timeout 20 $filter -q --rejects pipe <input >out 6>&-"
        assert_failure 1
        grep -q good out || fail "$filter lost the good line"
        assert_stderr --partial "${filter%% *}: write pipe: its reader takes nothing"
        assert_stderr --regexp "${filter%% *}: pipe: [0-9]+ lines lost$"
    done
}

@test "statsd-recv receives on, whatever becomes of the reader of its rejects" {
    mkfifo pipe
    exec 6<>pipe
    start_recv --rejects pipe 6>&-
    python3 - "$port" <<'PYTHON'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(300):
    s.sendto(b"\n".join([b"bad"] * 100), ("127.0.0.1", int(sys.argv[1])))
    time.sleep(0.001)
PYTHON
    send_udp "$port" 'good:1|c'
    wait_for_file_line out '^good'
    stop
    assert_failure 1
    grep -q '^statsd-recv: write pipe: its reader takes nothing$' err || fail "$(<err)"
}

@test "a slow reader gets everything, in order" {
    mkfifo pipe
    seq 100000 >input
    python3 -c '
import time
with open("pipe", "rb") as pipe, open("got", "wb") as got:
    while data := pipe.read(200000):
        got.write(data)
        time.sleep(0.01)' &
    reader=$!
    exec 6>pipe # once the reader is there
    run_shell 'statsd-parse -q --rejects pipe input 6>&-'
    exec 6>&-
    assert_success
    refute_stderr
    wait $reader
    assert_equal "$(cut -f4 got | cksum)" "$(cksum <input)"
}

# --- rotation -------------------------------------------------------------------------------------

@test "USR1 opens --rejects again in every filter" {
    for filter in "${FILTERS[@]}"; do
        rm -f rejects rejects.1
        # shellcheck disable=SC2086
        start_fed $filter -q --rejects rejects
        echo x >&5
        wait_for_file_line rejects 'x$'
        mv rejects rejects.1
        kill -USR1 "$background_pid"
        wait_until test -e rejects || fail "$filter did not open it again"
        echo y >&5
        wait_for_file_line rejects 'y$'
        exec 5>&-
        wait_exit "$background_pid"
        assert_success
        assert_equal "$(cut -f4 rejects.1)" x
        assert_equal "$(cut -f4 rejects)" y
    done
}

@test "USR1 opens --late again, and --rejects in statsd-recv" {
    start_fed statsd-agg -e -q --late late
    { rec a c 1 1 1000 && rec b c 1 1 7; } >&5
    wait_for_file_line late '^b'
    mv late late.1
    kill -USR1 "$background_pid"
    wait_until test -e late
    rec c c 1 1 8 >&5
    wait_for_file_line late '^c'
    exec 5>&-
    wait_exit "$background_pid"
    start_recv --rejects rejects
    send_udp "$port" x
    wait_for_file_line rejects 'x$'
    mv rejects rejects.1
    kill -USR1 "$background_pid"
    wait_until test -e rejects
    send_udp "$port" y
    wait_for_file_line rejects 'y$'
    stop
    assert_success
    assert_equal "$(cut -f4 rejects.1)$(cut -f4 rejects)" xy
}

@test "USR1 when the file cannot be opened again: it goes on with the old one" {
    mkdir folder
    start_fed statsd-parse --rejects folder/rejects
    echo x >&5
    wait_for_file_line folder/rejects 'x$'
    mv folder other
    kill -USR1 "$background_pid"
    wait_for_file_line err '^statsd-parse: open folder/rejects: No such file or directory$'
    echo y >&5
    wait_for_file_line other/rejects 'y$'
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
}

# --- when it is written ---------------------------------------------------------------------------

@test "a live run's refusals are in the file within a second, when the input pauses" {
    for filter in "${FILTERS[@]}"; do
        rm -f rejects
        # shellcheck disable=SC2086
        start_fed $filter -q --rejects rejects
        wait_until handles_signals "$background_pid"
        echo x >&5
        before=$(date +%s%3N)
        wait_for_file_line rejects 'x$'
        (($(date +%s%3N) - before < 1000)) || fail "$filter waited"
        exec 5>&-
        wait_exit "$background_pid"
    done
}

@test "and when it never pauses" {
    for filter in "${FILTERS[@]}"; do
        rm -f rejects
        good "$filter" >line
        # shellcheck disable=SC2016
        start_background bash -c '{ echo x; yes "$(cat line)"; } | '"$filter"' -q --rejects rejects >/dev/null'
        before=$(date +%s%3N)
        wait_for_file_line rejects 'x$'
        (($(date +%s%3N) - before < 3000)) || fail "$filter waited"
        stop_background
    done
}

# --- its size -------------------------------------------------------------------------------------

@test "what is written for one line is a few times its length" {
    { printf a && printf ':x|c%.0s' {1..16000} && echo; } >line
    run_program statsd-parse -q --rejects rejects line
    assert_success
    (($(stat -c %s rejects) < 5 * $(stat -c %s line) + 2000)) || fail "$(stat -c %s rejects) bytes"
    [[ $(head -n 1 rejects | cut -f4) == "$(<line)" ]] || fail 'the first entry lacks the line'
    tail -n 1 rejects | grep -Eq $'\tline:1\t[0-9]+ more of this line\t$' || fail "$(tail -n 1 rejects)"
    # The entries and the rest are all refusals.
    more=$(tail -n 1 rejects | cut -f3 | cut -d ' ' -f1)
    run_program statsd-parse -v line
    assert_stderr_line "statsd-parse: 1 lines, 0 records, $(($(wc -l <rejects) - 1 + more)) bad, 0 other"
    start_recv --rejects received
    send_udp "$port" "$(<line)"
    wait_for_file_line received 'more of this line'
    stop
    (($(stat -c %s received) < 5 * $(stat -c %s line) + 2000)) || fail "$(stat -c %s received) bytes"
}

@test "the first refusal of a line has the whole line, the others the bytes to blame" {
    echo 'a:x:1:y|c' >line
    run_program statsd-parse -q --rejects rejects line
    [[ $(cut -f4 rejects) == 'a:x:1:y|c'$'\n'* || $(cut -f4 rejects) == 'a:x:1:y|c' ]]
    run ! grep -c 'more of this line' rejects
}

@test "--rejects-max: the file has whole lines up to that size, the rest is counted" {
    for filter in "${FILTERS[@]}"; do
        echo before >rejects
        refuse_many 1000 >input
        run_shell "$filter -q --rejects rejects --rejects-max 4K <input >/dev/null"
        assert_failure 1
        size=$(stat -c %s rejects)
        ((size <= 4096 && size > 3900)) || fail "$filter: $size bytes"
        assert_equal "$(head -n 1 rejects)" before
        [[ $(tail -c 2 rejects) == x ]]
        assert_stderr "${filter%% *}: write rejects: it has reached --rejects-max, 4096 bytes
${filter%% *}: rejects: $((1001 - $(wc -l <rejects))) lines lost"
    done
}

@test "--rejects-max 0 sets no limit, and a file that is cut off is written to again" {
    start_fed statsd-parse -q --rejects rejects --rejects-max 1K
    refuse_many 100 >&5
    wait_for_file_line err 'it has reached --rejects-max'
    : >rejects
    wait_until eval 'echo y >&5; grep -q "y\$" rejects'
    exec 5>&-
    wait_exit "$background_pid"
    assert_failure 1
    refuse_many 100000 >input
    run_program statsd-parse -q --rejects all --rejects-max 0 input
    assert_success
    assert_equal "$(wc -l <all)" 100000
}
