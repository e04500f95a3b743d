#!/usr/bin/env bats
# System calls that fail for a moment, made to by tests/faults/fail_call.c: programs report it, wait,
# and lose nothing. And a clock that is set, by tests/faults/set_clock.c.

# shellcheck disable=SC2154
load helper

# The values of errno on Linux, everywhere but on MIPS and SPARC.
EIO=5 EBADF=9 ENOMEM=12 EMFILE=24 ENOLCK=37 EMSGSIZE=90 ENOPROTOOPT=92 ENETDOWN=100 ENOBUFS=105

setup_file() {
    local library
    for library in fail_call set_clock; do
        ${CC:-cc} -shared -fPIC -O1 -Wall -o "$BATS_FILE_TMPDIR/$library.so" "$ROOT/tests/faults/$library.c" -ldl
    done
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    FAULTS=$BATS_FILE_TMPDIR/fail_call.so
    # A sanitizer's library has to come before ours.
    [[ -z ${ASAN_OPTIONS:-} ]] || ! grep -qa __asan_init "$STATSD_BIN/statsd-recv" || skip 'built with a sanitizer'
}

# fails FUNCTION ERRNO FIRST COUNT COMMAND…: runs a command in which these calls fail. COUNT may be
# followed by a space and part of a path: only calls of files with this path count.
fails() {
    local fault="$1 $2 $3 $4"
    shift 4
    env FAIL_CALL="$fault" LD_PRELOAD="$FAULTS" "$@"
}

# start_recv FUNCTION ERRNO FIRST COUNT OPTION…: starts a receiver in which these calls fail.
start_recv() {
    local fault="$1 $2 $3 $4"
    shift 4
    start_ready env FAIL_CALL="$fault" LD_PRELOAD="$FAULTS" statsd-recv --udp 127.0.0.1:0 --no-self "$@" >out 2>err
}

stop_recv() {
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    stderr=$(<err)
}

# set_clock SECONDS: sets the clock of start_with_clock this far ahead of what it was at the start.
set_clock() {
    echo "$((half_past + $1))" >clock.new
    mv clock.new clock
}

# start_with_clock OPTION…: starts a receiver at half past the hour.
start_with_clock() {
    half_past=$((1800 - $(date +%s) % 3600))
    set_clock 0
    start_ready env SET_CLOCK=clock LD_PRELOAD="$BATS_FILE_TMPDIR/set_clock.so" \
        statsd-recv --udp 127.0.0.1:0 "$@" >out 2>err
}

send_and_stop() {
    for i in 1 2 3; do
        send_udp "$port" "a:$i|c"
        wait_for_file_line out "^a	c	$i"
    done
    stop_recv
    assert_success
    assert_equal "$(cut -f 3 out | paste -sd ' ')" '1 2 3'
}

# --- statsd-recv ----------------------------------------------------------------------------------

@test "a clock that is set ahead past the next report is noticed within a second, without any input" {
    start_with_clock --self-interval 1h
    set_clock 1801
    wait_for_file_line out '^statsd'
    stop_recv
    assert_success
    refute_stderr
}

@test "a clock that is set back brings the next report within an interval of the new time" {
    start_with_clock --self-interval 1h
    set_clock -36000
    for name in a b; do # it has looked at the clock between them
        send_udp "$port" "$name:1|c"
        wait_for_file_line out "^$name"
    done
    ! grep statsd out || fail 'it has reported already'
    set_clock $((-36000 + 1801)) # hours before the report that was due at first
    wait_for_file_line out '^statsd'
    stop_recv
    assert_success
    refute_stderr
}

@test "a receive that fails for lack of buffers or memory, or of the network, is made again" {
    for fault in "$ENOBUFS|No buffer space available" "$ENOMEM|Cannot allocate memory" "$ENETDOWN|Network is down"; do
        start_recv recvmmsg "${fault%%|*}" 1 2
        send_and_stop
        assert_stderr "statsd-recv: receive udp 127.0.0.1:$port: ${fault#*|}: trying again
statsd-recv: receive udp 127.0.0.1:$port: ${fault#*|}: trying again"
    done
}

@test "of many failures the first few are reported, the rest counted" {
    start_recv recvmmsg "$ENOBUFS" 1 12
    send_and_stop
    assert_equal "$(wc -l <err)" 6
    assert_stderr_line 'statsd-recv: 7 more failed calls'
}

@test "a poll that fails for lack of memory is made again, and a signal is still noticed" {
    start_recv ppoll "$ENOMEM" 1 3
    send_and_stop
    assert_stderr_line 'statsd-recv: poll: Cannot allocate memory: trying again'
    start_recv ppoll "$ENOMEM" 1 1000000
    send_and_stop
    assert_stderr_line --regexp '^statsd-recv: [0-9]+ more failed calls$'
}

@test "while receiving fails, what has been received is still written" {
    mkfifo pipe
    exec 7<>pipe
    start_ready env FAIL_CALL="recvmmsg $ENOBUFS 2 1000000" LD_PRELOAD="$FAULTS" \
        statsd-recv --udp 127.0.0.1:0 --no-self >pipe 2>err 7<&-
    freeze "$background_pid"
    send_udp "$port" 'a:1|c\nb:2|c'
    kill -CONT "$background_pid"
    IFS= read -r -t 10 line <&7
    send_udp "$port" 'c:3|c'
    assert_equal "${line%%	*}" a
    wait_for_file_line err 'No buffer space available'
    stop_recv
    assert_success
    exec 7<&-
}

@test "at the end, too, a failing receive is made again, for a while" {
    start_recv recvmmsg "$ENOMEM" 1 8
    freeze "$background_pid"
    send_udp "$port" 'a:1|c'
    kill -TERM "$background_pid"
    kill -CONT "$background_pid"
    wait_exit "$background_pid"
    assert_success
    assert_equal "$(cut -f 1-3 out)" "$(tsv a c 1)"
    start_recv recvmmsg "$ENOMEM" 1 1000000
    stop_recv
    assert_success
}

@test "accept and receiving from a connection are made again" {
    for fault in recv accept4; do
        start_ready env FAIL_CALL="$fault $ENOMEM 1 3" LD_PRELOAD="$FAULTS" statsd-recv --tcp 0 --no-self >out 2>err
        printf 'a:1|c\nb:2|c\n' >"/dev/tcp/127.0.0.1/$port"
        wait_for_file_line out ^b
        stop_recv
        assert_success
        [[ $fault == accept4 ]] ||
            grep -q '^statsd-recv: receive from a connection: Cannot allocate memory: trying again$' err
    done
    assert_equal "$(sort -u err)" \
        "statsd-recv: accept tcp 127.0.0.1:$port: Cannot allocate memory: waiting until a connection closes"
    start_ready env FAIL_CALL="accept4 $EBADF 1 1" LD_PRELOAD="$FAULTS" statsd-recv --tcp 0 --no-self >out 2>err
    : >"/dev/tcp/127.0.0.1/$port"
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(<err)" "statsd-recv: accept tcp 127.0.0.1:$port: Bad file descriptor"
}

@test "an error of the socket itself ends the receiver" {
    start_recv recvmmsg "$EBADF" 1 1
    send_udp "$port" 'a:1|c'
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(<err)" "statsd-recv: receive udp 127.0.0.1:$port: Bad file descriptor"
    start_recv ppoll 22 1 1
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(<err)" 'statsd-recv: poll: Invalid argument'
}

@test "a write of records that fails for lack of memory is made again" {
    start_recv write "$ENOMEM" 2 2
    send_and_stop
    assert_stderr_line 'statsd-recv: write stdout: Cannot allocate memory: trying again'
}

@test "a kernel that does not report drops is reported, and datagrams are received" {
    start_recv getsockopt "$ENOPROTOOPT" 1 1
    send_and_stop
    assert_stderr "statsd-recv: udp 127.0.0.1:$port: the kernel does not report drops on this socket"
}

# --- filters and sinks ----------------------------------------------------------------------------

@test "a filter's read, poll and write are made again" {
    for i in {1..1000}; do echo "a$i:1|c"; done >lines
    statsd-parse --time 1 lines >expected
    for fault in "read|read lines" "poll|poll" "write|write stdout"; do
        for error in "$ENOMEM|Cannot allocate memory" "$ENOBUFS|No buffer space available"; do
            status=0
            fails "${fault%%|*}" "${error%%|*}" 1 2 statsd-parse --time 1 lines >out 2>err || status=$?
            assert_success
            assert_file out expected
            assert_equal "$(sort -u err)" "statsd-parse: ${fault#*|}: ${error#*|}: trying again"
        done
    done
}

@test "a filter whose poll fails all the time still ends, at a signal" {
    mkfifo pipe
    exec 7<>pipe
    start_ready env FAIL_CALL="poll $ENOMEM 1 1000000" LD_PRELOAD="$FAULTS" \
        statsd-carbon -n --drain 0 <pipe >out 2>err 7<&-
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    exec 7<&-
    assert_equal "$(head -n 1 err)" 'statsd-carbon: poll: Cannot allocate memory: trying again'
}

@test "a read that fails for another reason is the end of the file, and exit 1" {
    echo a:1:c >lines
    status=0
    fails read 5 1 1 statsd-parse lines >out 2>err || status=$?
    assert_failure 1
    assert_equal "$(<err)" 'statsd-parse: read lines: Input/output error'
}

@test "a filter whose poll fails for another reason ends, instead of going round" {
    status=0
    fails poll 22 1 1000000 timeout 10 statsd-parse - </dev/null >out 2>err || status=$?
    assert_failure 1
    assert_equal "$(<err)" 'statsd-parse: poll: Invalid argument'
}

@test "statsd-carbon keeps its connection when the kernel lacks memory, and delivers everything once" {
    start_tcp_sink received
    for i in {1..5}; do echo "plain.$i 1 1700000000"; done >lines
    for function in send poll; do
        : >received
        status=0
        fails "$function" "$ENOBUFS" 1 3 statsd-carbon "127.0.0.1:$port" <lines 2>err || status=$?
        assert_success
        wait_for_file_line received 'plain.5'
        assert_file received lines
        grep -q 'No buffer space available: trying again$' err
        ! grep -q 'lines wait\|is back' err
    done
}

@test "statsd-send connects where poll fails for a moment or is interrupted" {
    local -A shortages=([$ENOMEM]='Cannot allocate memory' [$ENOBUFS]='No buffer space available')
    local reason
    start_ready statsd-recv --udp 127.0.0.1:0 --no-self --count 3 >out
    for reason in $ENOMEM $ENOBUFS 4; do # 4: EINTR
        rec a c 1 >in
        run_program fails poll "$reason" 1 1 statsd-send "127.0.0.1:$port" <in
        assert_success
        if [[ ${shortages[$reason]:-} ]]; then
            assert_stderr "statsd-send: poll: ${shortages[$reason]}: trying again"
        else
            refute_stderr
        fi
    done
    wait_exit "$background_pid"
    assert_success
    assert_equal "$(wc -l <out)" 3
}

@test "a datagram that is too long for the way is lost, the next is sent, and the exit status is 1" {
    start_ready statsd-recv --udp 127.0.0.1:0 --no-self --count 1 >out
    { rec "a.$(printf '%050d' 1)" c 1 && rec "b.$(printf '%050d' 1)" c 1; } >in
    run_program fails sendmmsg "$EMSGSIZE" 1 1 statsd-send -v --mtu 64 "127.0.0.1:$port" <in
    assert_failure 1
    assert_stderr "statsd-send: send udp 127.0.0.1:$port: Message too long
statsd-send: 2 lines, 1 sent, 1 lost, 0 bad"
    wait_exit "$background_pid"
    assert_equal "$(cut -c 1-2 out)" b.
}

# --- statsd-spool ---------------------------------------------------------------------------------

# interval ROWS: prints an interval.
interval() {
    local i
    for ((i = 0; i < $1; i++)); do
        printf 'a.%0100d\tc\tcount\t1\t1700000010\n' "$i"
    done
    tsv statsd own numStats "$1" 1700000010
}

# spool FUNCTION ERRNO PATH: runs it to the end of ./in; only its first call for this path fails.
spool() {
    run_program fails "$1" "$2" 1 "1 $3" statsd-spool d -- "$ROOT/tests/fake-sink" sink read <in
}

@test "an interval whose file fails to close is reported, and fed" {
    interval 2 >in
    spool close "$EIO" .tsv
    assert_success
    assert_stderr 'statsd-spool: close d/1700000010-0000000001.tsv: Input/output error'
    assert_file sink.1 in
}

@test "a directory that cannot be listed is an error" {
    command -v prlimit >/dev/null || skip 'prlimit is not installed: it is in util-linux'
    # With fewer descriptors it cannot be opened or locked.
    for limit in {5..20}; do
        status=0
        prlimit --nofile="$limit:$limit" statsd-spool d -- cat </dev/null 2>err || status=$?
        ! grep -q ': read d: ' err || break
    done
    assert_failure 1
    assert_equal "$(<err)" 'statsd-spool: read d: Too many open files'
}

@test "a directory that cannot be locked is not used" {
    interval 2 >in
    spool fcntl "$ENOLCK" d/lock
    assert_failure 1
    assert_stderr 'statsd-spool: lock d/lock: No locks available'
    [[ ! -e sink.starts && $(ls d) == lock ]]
}

@test "a file that can neither be finished nor read back is dropped, and counted" {
    # The first 256 KiB are written; the rest is not: ignoring the signal turns the limit into an error.
    interval 3000 >in
    trap '' XFSZ
    ulimit -S -f 256
    spool pread "$EIO" .part
    ulimit -S -f unlimited
    assert_failure 1
    assert_stderr 'statsd-spool: write d/1700000010-0000000001.tsv.part: File too large: intervals are kept in memory
statsd-spool: d: what was written cannot be read: 3001 lines dropped
statsd-spool: d can be written again: 0 intervals moved from memory
statsd-spool: 3001 lines dropped'
    assert_equal "$(ls d)" lock
}

# --- statsd-cloudwatch ----------------------------------------------------------------------------

# cloudwatch FAILURES: statsd-cloudwatch with a credential_process, of whose starts so many fail.
cloudwatch() {
    export HOME=$PWD AWS_REGION=eu-west-1 AWS_ENDPOINT_URL=$url
    mkdir -p .aws
    printf '[default]\ncredential_process = ./process\n' >.aws/config
    printf '#!/bin/sh\necho %s\n' "'{\"Version\":1,\"AccessKeyId\":\"id\",\"SecretAccessKey\":\"s\"}'" >process
    chmod +x process
    tsv p g value 1 "$(date +%s)" >in
    run_program fails pipe2 $EMFILE 1 "$1" statsd-cloudwatch --drain 2s <in
}

@test "statsd-cloudwatch starts a credential_process again that could not be started" {
    [[ -x $STATSD_BIN/statsd-cloudwatch ]] || skip 'statsd-cloudwatch is not built'
    start_http 200
    unset "${!AWS_@}"
    cloudwatch 1
    assert_success
    assert_stderr_line "statsd-cloudwatch: post $url: credential_process could not be started: 1 line waits"
    assert_equal "$(jq -r '.MetricData[].MetricName' http/accepted)" p
    cloudwatch 1000000
    assert_failure 1
    assert_stderr "statsd-cloudwatch: post $url: credential_process could not be started: 1 line waits
statsd-cloudwatch: 1 line not delivered to $url"
}
