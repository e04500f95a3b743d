#!/usr/bin/env bats
# statsd-recv: sockets → records. statsd-parse.bats tests how the parser reads a line.

# shellcheck disable=SC2034,SC2154 # what the helper sets, and what it reads

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# Starts a receiver on its own port, writing to ./out and ./err; sets $port and $background_pid.
start_recv() {
    start_ready statsd-recv --udp 0 "$@" >out 2>err
}

# Ends it and sets $status, $output and $stderr as run would.
stop_recv() {
    kill -TERM "$background_pid" 2>/dev/null || true
    finish_recv
}

finish_recv() {
    wait_exit "$background_pid"
    output=$(<out)
    stderr=$(<err)
}

# send PORT PYTHON-EXPRESSION [HOST]: sends one datagram for each element of a list of bytes.
send() {
    python3 - "$1" "${3:-127.0.0.1}" <<PYTHON
import socket, sys
to = socket.getaddrinfo(sys.argv[2], int(sys.argv[1]), type=socket.SOCK_DGRAM)[0]
s = socket.socket(to[0], to[1])
for datagram in $2:
    s.sendto(datagram, to[4])
PYTHON
}

has_lines() {
    (($(wc -l <"$1") >= $2))
}

# The total of a self-metric over all reports.
own_total() {
    awk -F'\t' -v name="statsd.$1" '$1 == name { sum += $3 } END { print sum + 0 }' out
}

without_time() {
    cut -f 1-4 <<<"$output"
}

# --- datagrams → records --------------------------------------------------------------------------

@test "a datagram of several lines: one record per sample, with its time of arrival" {
    before=$(date +%s%3N)
    start_recv --no-self
    send "$port" '[b"api.hits:1|c\nrender:12:15|ms|@0.5|#env:prod\nusers:bob|s\ntemp:-3|g"]'
    stop_recv
    after=$(date +%s%3N)
    assert_success
    assert_equal "$(without_time)" "$(printf '%s\t%s\t%s\t%s\n' api.hits c 1 1 'render;env=prod' ms 12 0.5 \
        'render;env=prod' ms 15 0.5 users s bob 1 temp gd -3 1)"
    refute_stderr
    while IFS=$'\t' read -r _ _ _ _ time; do
        [[ $time =~ ^[0-9]+\.[0-9]{3}$ ]] || fail "no time: $time"
        ((${time/./} >= before && ${time/./} <= after)) || fail "$time is not between $before and $after"
    done <out
}

@test "line ends: LF, CR LF, none at all, and empty lines" {
    start_recv --no-self
    send "$port" '[b"a:1|c\r\nb:2|c\r", b"\n\n\r\n", b"", b"c:3|c\n", b"\nlast:4|c"]'
    stop_recv
    assert_success
    assert_equal "$(without_time)" "$(printf '%s\tc\t%s\t1\n' a 1 b 2 c 3 last 4)"
    refute_stderr
}

@test "bytes are bytes: NUL and bytes that are not UTF-8" {
    start_recv --no-self
    send "$port" '[b"u:a\0b\xff\t\\|s"]'
    stop_recv
    assert_success
    assert_equal "$(without_time)" $'u\ts\ta\\0b\xff\\t\\\\\t1'
}

@test "a client's own time is kept" {
    then=$(($(date +%s) - 300))
    start_recv --no-self
    send "$port" "[b'a:1|c|T$then']"
    stop_recv
    assert_output "a"$'\tc\t1\t1\t'"$then.000"
}

@test "--max-skew: a time farther from the clock, earlier or later, is refused, chunk by chunk" {
    now=$(date +%s)
    start_recv --self-interval 1h --rejects rejects
    send "$port" "[b'a:1:2|c|T$((now - 700))\nb:3|c|T$((now - 500))\nc:4|c|T$((now + 700)):5|c|T$((now + 500)):6|c']"
    send "$port" '[b"d:1|c|T9999999999", b"e:1|c|T0", b"f:1|c"]'
    stop_recv
    assert_success
    assert_equal "$(grep -v ^statsd out | cut -f1,3 | xargs)" 'b 3 c 5 c 6 f 1'
    assert_equal "$(own_total bad_timestamps)" 4
    assert_equal "$(own_total bad_lines_seen)" 4
    assert_equal "$(own_total metrics_received)" 4
    assert_equal "${stderr_lines[*]}" ''
    assert_equal "$(grep -c . err)" 4
    local reason="bad time 'T$((now - 700))': further from the clock than --max-skew"
    assert_stderr --regexp "^statsd-recv: 127.0.0.1:[0-9]+: $reason"$'\n'
    assert_stderr_line --regexp "bad time 'T0': further from the clock than --max-skew\$"
    assert_equal "$(cut -f3,4 rejects | head -n 1)" "$reason"$'\t'"a:1:2|c|T$((now - 700))"
    start_recv --no-self --max-skew 2m
    send "$port" "[b'a:1|c|T$((now - 180))\nb:1|c|T$((now - 30))\nc:1|c|T$((now + 200))']"
    stop_recv
    assert_equal "$(cut -f1 out | xargs)" b
    start_recv --no-self --max-skew 9999999h
    send "$port" '[b"a:1|c|T0\nb:1|c|T9999999999"]'
    stop_recv
    assert_equal "$(cut -f5 out | xargs)" '0.000 9999999999.000'
    start_recv --no-self --strict
    send "$port" '[b"a:1|c\nb:1|c|T1700000000\nc:1|c"]'
    finish_recv
    assert_failure 1
    assert_equal "$(cut -f1 out | xargs)" a
}

@test "the largest possible datagram arrives whole" {
    start_recv --no-self --rcvbuf 1M
    send "$port" '[b"\n".join([b"%07d:1|c" % i for i in range(5040)]) + b"\nx:" + b"1" * 23 + b"|c"]'
    stop_recv
    assert_success
    refute_stderr
    assert_equal "$(wc -l <out)" 5041
    assert_equal "$(awk -F'\t' '{ sum += $1 } END { print sum }' out)" $((5039 * 5040 / 2))
}

@test "IPv6" {
    start_ready statsd-recv --udp '[::1]:0' --source --no-self >out 2>err
    [[ $ready =~ ^'udp [::1]:'[0-9]+$ ]] || fail "ready: $ready"
    send "$port" '[b"a:1|c"]' ::1
    stop_recv
    assert_success
    assert_output --regexp $'^a\tc\t1\t1\t[0-9.]+\t\[::1\]:[0-9]+$'
}

@test "several sockets are read at the same time" {
    start_ready statsd-recv --udp 0 --udp 127.0.0.1:0 --udp '[::1]:0' --no-self >out 2>err
    mapfile -t ports < <(sed 's/.*://' <<<"$ready")
    assert_equal "${#ports[@]}" 3
    send "${ports[0]}" '[b"a:1|c"] * 200'
    send "${ports[1]}" '[b"b:1|c"] * 200'
    send "${ports[2]}" '[b"c:1|c"] * 200' ::1
    stop_recv
    assert_success
    assert_equal "$(cut -f1 out | sort | uniq -c | xargs)" '200 a 200 b 200 c'
}

@test ":PORT is all interfaces, IPv4 and IPv6, on one port" {
    start_ready statsd-recv --udp :0 --source --no-self >out 2>err
    assert_equal "$ready" "udp 0.0.0.0:$port"$'\n'"udp [::]:$port"
    send "$port" '[b"a:1|c"]'
    send "$port" '[b"b:1|c"]' ::1
    stop_recv
    assert_success
    assert_line --regexp $'^a\t.*\t127\.0\.0\.1:[0-9]+$'
    assert_line --regexp $'^b\t.*\t\[::1\]:[0-9]+$'
}

@test "a host may be a name" {
    need_localhost
    start_ready statsd-recv --udp localhost:0 --no-self >out 2>err
    send "$port" '[b"a:1|c"]' "$([[ $ready == 'udp ['* ]] && echo ::1 || echo 127.0.0.1)"
    stop_recv
    assert_equal "$(without_time)" $'a\tc\t1\t1'
}

@test "without --udp it is 127.0.0.1:8125" {
    start_background statsd-recv --no-self -v >out 2>err
    wait_for_file_line err .
    if grep -q 'Address already in use' err; then
        wait_exit "$background_pid"
        assert_equal "$(<err)" 'statsd-recv: bind udp 127.0.0.1:8125: Address already in use'
    else
        assert_equal "$(<err)" 'statsd-recv: listening on udp 127.0.0.1:8125'
    fi
}

@test "an address that is none of this host" {
    run_program statsd-recv --udp 192.0.2.1:8125 --no-self
    assert_failure 1
    assert_stderr 'statsd-recv: bind udp 192.0.2.1:8125: Cannot assign requested address'
}

@test "--source: the sender is the sixth column" {
    start_recv --source --no-self
    python3 - "$port" >sender <<'PYTHON'
import socket, sys
for _ in range(2):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", int(sys.argv[1])))
    s.send(b"a:1:2|c")
    print("127.0.0.1:%d" % s.getsockname()[1])
    print("127.0.0.1:%d" % s.getsockname()[1])
PYTHON
    stop_recv
    assert_equal "$(cut -f6 out)" "$(<sender)"
}

# --- gauges that drift ----------------------------------------------------------------------------

DRIFT="has been sent 100 negative deltas and was never set: are they values? see --gauge-sign absolute"

@test "a gauge with a hundred negative deltas that was never set is reported once" {
    start_recv --no-self
    send "$port" '[b"temp:-5|g\n" * 99, b"rack:-5|g|#a:1\n" * 99, b"up:-1|g\nup:+1|g\n" * 150]'
    wait_until has_lines out 498
    [[ ! -s err ]]
    send "$port" '[b"temp:-5|g\n"] + [b"temp:-5|g\n" * 300]'
    stop_recv
    assert_success
    assert_stderr "statsd-recv: gauge 'temp' $DRIFT"
}

@test "a gauge that was set, before or between its deltas, in any form of line, is not reported" {
    start_recv --no-self
    send "$port" '[b"before:7|g\nfirst:1|c\nlast:8|g", b"before:-1|g\nlast:-1|g\n" * 150]'
    send "$port" '[b"between:-1|g\n" * 99, b"x:1|c\nbetween:12.5|g\ny:1|ms", b"between:-1|g\n" * 150]'
    send "$port" '[b"tagged:1|g|#k:v", b"tagged:-1|g|#k:v\n" * 150]'
    send "$port" '[b"packed:1:2|g", b"packed:-1:-1:-1|g\n" * 50, b"rated:3|g|@0.5", b"rated:-1|g\n" * 150]'
    stop_recv
    assert_success
    assert_equal "$(cut -f 2 out | grep -c gd)" $((300 + 249 + 150 + 150 + 150))
    refute_stderr
}

@test "a gauge that was set while its receiver waited for room is not reported" {
    mkfifo pipe
    exec 7<>pipe
    start_ready statsd-recv --udp 0 --no-self --buffer 4K >pipe 2>err 7<&-
    send "$port" '[b"some:%d|g\n" % i * 6000 for i in range(3)] + [b"temp:7|g\n"] + [b"temp:-1|g\n" * 200]'
    wait_until_asleep "$background_pid"
    start_background cat <pipe >out
    exec 7<&-
    wait_until has_lines out 18201
    [[ ! -s err ]]
}

@test "at most five gauges are reported; with --gauge-sign absolute, or --quiet, none" {
    start_recv --no-self
    for i in {1..8}; do
        send "$port" "[b'g$i:-5|g\n' * 120]"
    done
    stop_recv
    assert_equal "$(grep -c "$DRIFT" err)" 5
    for option in --gauge-sign=absolute --quiet; do
        start_recv --no-self "$option"
        send "$port" '[b"temp:-5|g\n" * 200]'
        stop_recv
        assert_equal "$(wc -l <out)" 200
        refute_stderr
    done
}

@test "the parser's options: --tags --raw-names --max-name --gauge-sign" {
    start_recv --no-self --tags none --raw-names --max-name 5 --gauge-sign absolute
    send "$port" '[b"a b/c:1|c", b"a;b=c:+1|g", b"toolong:1|c", b"a#x:1|c|#b:c"]'
    stop_recv
    assert_success
    assert_line --regexp $'^a b/c\tc\t1\t'
    assert_line --regexp $'^a;b=c\tg\t\\+?1\t'
    refute_line --partial toolong
    start_recv --no-self --tags graphite,influx
    send "$port" '[b"a,b=c:1|c"]'
    stop_recv
    assert_line --regexp $'^a;b=c\tc\t1\t'
}

@test "a German locale changes nothing" {
    LC_ALL=de_DE.UTF-8 start_recv --no-self --self-interval 0.5
    send "$port" '[b"a:1.5|ms|@0.5", b"a:1,5|ms"]'
    stop_recv
    assert_equal "$(without_time)" $'a\tms\t1.5\t0.5'
    assert_stderr --regexp "^statsd-recv: 127.0.0.1:[0-9]+: bad value '1,5': expected a number\$"
}

# --- the end --------------------------------------------------------------------------------------

@test "--count ends it after exactly N records, even in the middle of a datagram" {
    start_recv --count 3 --no-self
    send "$port" '[b"a:1|c\nbad", b"b:1:2:3:4|c\nc:1|c"]'
    finish_recv
    assert_success
    assert_equal "$(cut -f1,3 out | xargs)" 'a 1 b 1 b 2'
}

@test "--count does not count its own records" {
    start_recv --count 2
    wait_for_file_line out packets_dropped
    send "$port" '[b"a:1|c"]'
    send "$port" '[b"a:2|c"]'
    finish_recv
    assert_success
    assert_equal "$(grep -c '^a' out)" 2
    assert_equal "$(own_total metrics_received)" 2
}

@test "--for ends it after this long" {
    run_program statsd-recv --udp 0 --for 50ms --no-self
    assert_success
    refute_output
    refute_stderr
}

@test "TERM and INT: queued input is read and written, and the exit status is 0" {
    for signal in TERM INT; do
        start_recv --no-self --rcvbuf 4M
        freeze "$background_pid"
        send "$port" '[b"a:%d|c" % i for i in range(1000)]'
        kill -"$signal" "$background_pid"
        kill -CONT "$background_pid"
        finish_recv
        assert_success
        assert_equal "$(wc -l <out)" 1000
        assert_equal "$(tail -n 1 out | cut -f3)" 999
    done
}

@test "TERM while the reader is slow: it gets everything first" {
    mkfifo pipe
    start_ready statsd-recv --udp 0 --no-self --rcvbuf 4M 8<>pipe >pipe 2>err
    send "$port" '[b"\n".join([b"a:%d|c" % i for i in range(100)])] * 400'
    kill -TERM "$background_pid"
    timeout 10 cat pipe >out # a megabyte, and a pipe holds 256 KiB
    finish_recv
    assert_success
    assert_equal "$(wc -l <out)" 40000
}

@test "a second signal ends it at once" {
    mkfifo pipe
    start_ready statsd-recv --udp 0 --no-self --rcvbuf 4M 8<>pipe >pipe 2>err
    send "$port" '[b"\n".join([b"a:%d|c" % i for i in range(100)])] * 400'
    kill -TERM "$background_pid"
    wait_until refuses "$port"
    interrupt_again "$background_pid"
    wait_exit "$background_pid"
    assert_failure 1
    grep -Eq '^statsd-recv: ended by a second signal: [0-9]+ lines \([0-9]+ bytes\) not written$' err || fail "$(<err)"
}

# The first signal has been handled when no more input is accepted.
refuses() {
    local before after
    before=$(drops_of "$1")
    send "$1" '[b"late:1|c"]'
    after=$(drops_of "$1")
    ((after > before))
}

# The kernel's own count, from /proc/net/udp.
drops_of() {
    local hex
    hex=$(printf ':%04X' "$1")
    awk -v port="$hex" 'index($2, port) { print $NF }' /proc/net/udp
}

# --- self-metrics ---------------------------------------------------------------------------------

@test "self-metrics: one record each, and they add up" {
    start_recv --self-interval 1h
    send "$port" '[b"a:1:2|c\nbad\nb:3|ms:x|ms\n_e{1,1}:a|b", b"", b"_sc|a|0\nc:1|zz"]'
    stop_recv
    assert_success
    assert_equal "$(grep ^statsd out | cut -f1-4)" "$(printf 'statsd.%s\tc\t%s\t1\n' packets_received 3 \
        metrics_received 3 \
        bad_lines_seen 3 bad_timestamps 0 events_received 2 packets_dropped 0)"
}

@test "a report comes every --self-interval, on the half second, and contains what is new" {
    start_recv
    send "$port" '[b"a:1|c"]'
    wait_for_file_line out '^a'
    wait_for_file_line out $'^statsd.metrics_received\tc\t1\t'
    reports=$(grep -c packets_dropped out)
    wait_until has_more_reports "$reports"
    time=$(grep -a packets_dropped out | tail -n 1 | cut -f5)
    [[ $time =~ \.[5-9] ]] || fail "not on the half second: $time"
    assert_equal "$(tail -n 6 out | cut -f3 | xargs)" '0 0 0 0 0 0'
    stop_recv
    assert_equal "$(own_total metrics_received)" 1
    assert_equal "$(own_total packets_received)" 1
}

has_more_reports() {
    (($(grep -c packets_dropped out) > $1))
}

@test "--self-interval below a second" {
    start_recv --self-interval 20ms
    wait_until has_more_reports 4
    stop_recv
    assert_success
}

@test "--self-prefix names the self-metrics; an empty one leaves no dot" {
    run_program statsd-recv --udp 0 --for 1ms --self-interval 1h --self-prefix my.recv
    assert_line --regexp $'^my\.recv\.packets_received\tc\t0\t1\t'
    run_program statsd-recv --udp 0 --for 1ms --self-interval 1h --self-prefix ''
    assert_line --regexp $'^packets_received\tc\t0\t1\t'
}

@test "datagrams that the kernel drops are counted: sent = received + dropped" {
    start_recv --rcvbuf 64K
    freeze "$background_pid"
    send "$port" '[b"a:1|c"] * 2000'
    kill -CONT "$background_pid"
    wait_for_file_line out $'^statsd.packets_dropped\tc\t[1-9]'
    wait_for_file_line err dropped
    stop_recv
    assert_success
    dropped=$(own_total packets_dropped) received=$(own_total packets_received)
    ((dropped > 0 && received > 0 && dropped + received == 2000)) || fail "$dropped dropped, $received received"
    assert_equal "$(grep -c '^a' out)" "$received"
    assert_stderr "statsd-recv: $dropped datagrams dropped by the kernel: the receive buffer was full"
}

@test "last-moment drops are in the last report" {
    start_recv --rcvbuf 64K --self-interval 1h -v
    freeze "$background_pid"
    send "$port" '[b"a:1|c"] * 2000'
    kill -TERM "$background_pid"
    kill -CONT "$background_pid"
    finish_recv
    dropped=$(own_total packets_dropped) received=$(own_total packets_received)
    ((dropped > 0 && dropped + received == 2000)) || fail "$dropped dropped, $received received"
    assert_equal "$(tail -n 1 err)" \
        "statsd-recv: $received packets, $received records, 0 bad, 0 other, $dropped dropped"
}

# --- stdout ---------------------------------------------------------------------------------------

@test "a slow reader loses nothing: the buffer and then the kernel's queue hold it" {
    mkfifo pipe
    exec 8<>pipe
    start_ready statsd-recv --udp 0 --buffer 64K --rcvbuf 4M --self-interval 1h >pipe 2>err
    # 100 × 19 KB of records: 64 KiB fit into the pipe and as much into the buffer.
    send "$port" '[b"\n".join([b"slow:%d|c" % (1000 * n + i) for i in range(1000)]) for n in range(100)]'
    wait_until has_status err ' (3[3-9]|[4-6].)... bytes waiting$'
    waiting=$(tail -n 1 err | sed 's/.*, \([0-9]*\) bytes waiting$/\1/')
    ((waiting > 32768 && waiting <= 65536)) || fail "$waiting bytes wait, --buffer is 64K"
    # Each time the buffer is empty, it has to continue by itself: nothing new arrives.
    timeout 8 head -n 100000 <&8 >out
    cut -f3 out >values
    seq 0 99999 >expected
    assert_file values expected
    kill -TERM "$background_pid"
    timeout 20 head -n 5 <&8 >own
    exec 8>&-
    wait_exit "$background_pid"
    assert_success
    assert_equal "$(cut -f3 own | xargs)" '100 100000 0 0 0'
}

@test "it continues reading while its reader is slow" {
    mkfifo pipe
    start_ready statsd-recv --udp 0 --no-self --rcvbuf 64K 8<>pipe >pipe 2>err
    for n in {1..20}; do
        send "$port" '[b"\n".join([b"slow.reader:%d|c" % i for i in range(1000)])]'
        wait_until has_status err "^statsd-recv: $n packets"
    done
    assert_equal "$(tail -n 1 err | sed 's/, [0-9]* bytes.*//')" \
        'statsd-recv: 20 packets, 20000 records, 0 bad, 0 other, 0 dropped'
}

@test "a hostile datagram: every record comes out, within the buffer's memory" {
    # python3, because mawk waits for more than the last line.
    start_ready statsd-recv --udp 0 --no-self --rcvbuf 1M > >(exec 3>&- && python3 -c '
import sys
values = size = 0
for number, line in enumerate(sys.stdin.buffer, 1):
    values += int(line.split(b"\t")[2])
    size += len(line)
    if number == 25000:
        with open("done", "w") as done:
            print(values, size, file=done)') 2>err
    send "$port" '[b"n" * 4000 + b":1" * 25000 + b"|c"]'
    wait_for_file_line done .
    assert_equal "$(cut -d' ' -f1 done)" 25000
    (($(cut -d' ' -f2 done) > 100000000)) || fail 'not a hundred megabytes'
    peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$background_pid/status")
    grep -q __asan_init "$STATSD_BIN/statsd-recv" || ((peak < 30000)) || fail "peak memory: $peak KiB"
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
}

@test "a hostile datagram and a small buffer" {
    start_recv --no-self --buffer 4K
    send "$port" '[b"n" * 4000 + b":1" * 2000 + b"|c", b"a:1|c"]'
    stop_recv
    assert_success
    assert_equal "$(wc -l <out)" 2001
    assert_equal "$(tail -n 1 out | cut -f1)" a
}

@test "a reader that has exited ends it even if nothing arrives" {
    run_shell 'timeout 10 statsd-recv --udp 0 --no-self | true'
    assert_failure 1
    assert_stderr 'statsd-recv: write stdout: Broken pipe'
}

@test "a reader that exits after a line" {
    start_shell 'statsd-recv --udp 0 --ready-fd 9 --self-interval 10ms 9>ready 2>err | head -n 1 >first; echo $? >code'
    wait_for_file_line code .
    assert_equal "$(<code)" 1
    assert_equal "$(<err)" 'statsd-recv: write stdout: Broken pipe'
    assert_equal "$(wc -l <first)" 1
}

@test "a full disk" {
    run_shell 'statsd-recv --udp 0 --for 1ms >/dev/full'
    assert_failure 1
    assert_stderr 'statsd-recv: write stdout: No space left on device'
}

@test "a closed stdout is noticed before anything arrives" {
    run_shell 'timeout 10 statsd-recv --udp 0 --no-self >&-'
    assert_failure 1
    assert_stderr 'statsd-recv: write stdout: Bad file descriptor'
}

@test "a stdout that others share stays blocking" {
    mkfifo pipe
    exec 8<>pipe
    start_ready statsd-recv --udp 0 --no-self >&8 2>err
    send "$port" '[b"a:1|c"]'
    head -n 1 <&8 >out
    flags=$(awk '/^flags/ { print $2 }' /proc/$$/fdinfo/8)
    ((!(8#$flags & 8#4000))) || fail 'O_NONBLOCK is set'
    exec 8>&-
}

# --- refusals -------------------------------------------------------------------------------------

@test "bad data is reported with its sender and counted, and its neighbours are kept" {
    start_recv --self-interval 1h
    send "$port" '[b"a:1|c\na:x|c\nb:2|c", b"bad", b"a:1|c|@2"]'
    stop_recv
    assert_success
    assert_equal "$(grep -v statsd out | cut -f1 | xargs)" 'a b'
    assert_stderr --regexp "^statsd-recv: 127\.0\.0\.1:[0-9]+: bad value 'x': expected a number"$'\n'
    assert_stderr_line --partial "bad rate '2'"
    assert_equal "$(own_total bad_lines_seen)" 3
}

@test "a hundred bad lines do not flood stderr" {
    start_recv --no-self
    send "$port" '[b"bad"] * 100'
    stop_recv
    assert_success
    assert_equal "$(wc -l <err)" 6
    assert_equal "$(tail -n 1 err)" 'statsd-recv: 95 more bad lines'
}

@test "--max-line" {
    start_recv --no-self -l 5 -v
    send "$port" '[b"a:1|c\nbb:1|c\nc:1|c\r\n"]'
    stop_recv
    assert_equal "$(cut -f1 out | xargs)" 'a c'
    assert_stderr_line --regexp "^statsd-recv: 127\.0\.0\.1:[0-9]+: .*'bb:1\|c': "
    assert_stderr_line 'statsd-recv: 1 packets, 2 records, 1 bad, 0 other, 0 dropped'
}

@test "--strict ends it at the first bad line, after writing what was good" {
    start_recv --no-self --strict
    send "$port" '[b"a:1|c\nb:x|c\nc:1|c"]'
    finish_recv
    assert_failure 1
    assert_equal "$(cut -f1 out)" a
    assert_stderr --regexp "^statsd-recv: 127\.0\.0\.1:[0-9]+: bad value 'x': expected a number\$"
}

@test "--rejects keeps refused lines" {
    echo before >rejects
    start_recv --no-self --rejects rejects
    send "$port" '[b"ok:1|c\na\tb:x|c\r\nbad\0"]'
    wait_for_file_line rejects bad
    stop_recv
    assert_success
    assert_equal "$(wc -l <rejects)" 3
    assert_equal "$(head -n 1 rejects)" before
    local reason="bad value 'x': expected a number"
    [[ $(sed -n 2p rejects) =~ ^[0-9]+\.[0-9]{3}$'\t'127\.0\.0\.1:[0-9]+$'\t'"$reason"$'\t'a\\tb:x\|c$ ]] ||
        fail "$(sed -n 2p rejects)"
    [[ $(sed -n 3p rejects) == *$'\tbad\\0' ]] || fail "$(sed -n 3p rejects)"
}

@test "--rejects: a file that cannot be opened, a full disk" {
    run_program statsd-recv --udp 0 --rejects no/such/folder
    assert_failure 1
    assert_stderr 'statsd-recv: open no/such/folder: No such file or directory'
    start_recv --no-self --rejects /dev/full
    send "$port" '[b"bad"]'
    wait_for_file_line err 'write /dev/full'
    stop_recv
    assert_failure 1
    assert_stderr_line 'statsd-recv: write /dev/full: No space left on device'
    assert_stderr_line 'statsd-recv: /dev/full: 1 line lost'
}

@test "--quiet does not report bad data" {
    start_recv --no-self -q
    send "$port" '[b"bad"]'
    stop_recv
    assert_success
    refute_stderr
}

# --- ready ----------------------------------------------------------------------------------------

@test "a --ready-fd that is not open" {
    run_shell 'statsd-recv --udp 0 --ready-fd 9 9>&-'
    assert_failure 1
    assert_stderr 'statsd-recv: --ready-fd 9: Bad file descriptor'
}

@test "NOTIFY_SOCKET is notified, by path and by abstract name" {
    for name in "$PWD/notify" "@statsd-recv-test-$$"; do
        python3 - "$name" >told <<'PYTHON'
import os, socket, subprocess, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + name[1:] if name[0] == "@" else name)
s.settimeout(10)
subprocess.run(["statsd-recv", "--udp", "0", "--for", "1ms", "--no-self"], env={**os.environ, "NOTIFY_SOCKET": name})
print(s.recv(100))
PYTHON
        assert_equal "$(<told)" "b'READY=1\\n'"
    done
    NOTIFY_SOCKET=relative run_program statsd-recv --udp 0 --for 1ms --no-self
    assert_success
    assert_stderr "statsd-recv: NOTIFY_SOCKET: bad address 'relative': expected a path or @name"
    NOTIFY_SOCKET=$PWD/nobody run_program statsd-recv --udp 0 --for 1ms --no-self
    assert_success
    assert_stderr --regexp "^statsd-recv: NOTIFY_SOCKET: send '.*: No such file or directory\$"
}

# --- messages -------------------------------------------------------------------------------------

@test "a port that is in use" {
    start_recv --no-self
    run_program statsd-recv --udp "$port"
    assert_failure 1
    assert_stderr "statsd-recv: bind udp 127.0.0.1:$port: Address already in use"
    start_ready statsd-recv --udp 0.0.0.0:0 --no-self
    run_program statsd-recv --udp ":$port"
    assert_failure 1
    assert_stderr "statsd-recv: bind udp 0.0.0.0:$port: Address already in use"
}

@test "a host that does not exist" {
    run_program statsd-recv --udp no.such.host.invalid:8125
    assert_failure 1
    assert_stderr --regexp "^statsd-recv: resolve 'no.such.host.invalid': "
}

@test "a receive buffer that is not granted is reported" {
    run_program statsd-recv --udp 127.0.0.1:0 --rcvbuf 1G --for 1ms --no-self
    assert_success
    local reason='granted [0-9]+ of 1073741824 bytes: see sysctl net.core.rmem_max'
    assert_stderr --regexp "^statsd-recv: --rcvbuf: udp 127\.0\.0\.1:[0-9]+: $reason\$"
}

@test "--rcvbuf: who may have more than net.core.rmem_max gets it" {
    local most
    most=$(cat /proc/sys/net/core/rmem_max)
    python3 -c 'from socket import *
socket(AF_INET, SOCK_DGRAM).setsockopt(SOL_SOCKET, 33, 4096)' 2>/dev/null || skip 'no right to set SO_RCVBUFFORCE'
    run_program statsd-recv --udp 127.0.0.1:0 --rcvbuf "$((most + 65536))" --for 1ms --no-self
    assert_success
    refute_stderr
}

@test "USR1: one status line" {
    start_recv --no-self
    send "$port" '[b"a:1:2|c\nbad"]'
    wait_for_file_line out $'\t2\t'
    kill -USR1 "$background_pid"
    wait_for_file_line err waiting
    stop_recv
    assert_stderr_line 'statsd-recv: 1 packets, 2 records, 1 bad, 0 other, 0 dropped, 0 bytes waiting'
}

@test "--verbose prints where it listens, and totals at the end" {
    start_recv -v --no-self
    stop_recv
    assert_stderr "statsd-recv: listening on udp 127.0.0.1:$port
statsd-recv: 0 packets, 0 records, 0 bad, 0 other, 0 dropped"
}

@test "wrong usage of each option" {
    while IFS='|' read -r options reason; do
        # shellcheck disable=SC2086
        run_program statsd-recv $options
        assert_usage_error "statsd-recv: $reason"
    done <<'WRONG'
--udp x|--udp: bad address 'x': expected PORT, :PORT, ADDRESS:PORT, [IPV6]:PORT or fd:N
--udp 65536|--udp: bad address '65536': expected PORT, :PORT, ADDRESS:PORT, [IPV6]:PORT or fd:N
--udp ::1:8125|--udp: bad address '::1:8125': expected PORT, :PORT, ADDRESS:PORT, [IPV6]:PORT or fd:N
--udp fd:x|--udp: bad address 'fd:x': expected PORT, :PORT, ADDRESS:PORT, [IPV6]:PORT or fd:N
--tcp x|--tcp: bad address 'x': expected PORT, :PORT, ADDRESS:PORT, [IPV6]:PORT or fd:N
--unix fd:x|--unix: bad path 'fd:x': expected a path of 1 to 107 bytes, or fd:N
--unixgram=|--unixgram: bad path '': expected a path of 1 to 107 bytes, or fd:N
--mode 8|--mode: bad mode '8': expected an octal number up to 0777
--mode 1777|--mode: bad mode '1777': expected an octal number up to 0777
--mode -1|--mode: bad mode '-1': expected an octal number up to 0777
--max-connections 0|--max-connections: bad number '0': expected 1 to 16777216
--idle-timeout 0|--idle-timeout: bad duration '0': expected at least 1 ms
--rcvbuf 0|--rcvbuf: bad size '0': expected 1 to 1073741824 bytes
--rcvbuf x|--rcvbuf: bad size 'x': expected bytes, or a number with K, M or G
--ready-fd -1|--ready-fd: bad number '-1': expected a whole number
--tags dogstatsd,x|--tags: unknown word 'x': expected dogstatsd, graphite, influx, librato, signalfx, all or none
--max-name 0|--max-name: bad size '0': expected 1 to 1048576 bytes
--gauge-sign x|--gauge-sign: unknown word 'x': expected delta or absolute
-l 0|--max-line: bad size '0': expected 1 to 1073741824 bytes
--buffer 1|--buffer: bad size '1': expected 4096 to 68719476736 bytes
--for 0|--for: bad duration '0': expected at least 1 ms
--for x|--for: bad duration 'x': expected seconds, or a number with ms, s, m or h
--count 0|--count: bad number '0': expected 1 to 18446744073709551615
--self-interval 1ms|--self-interval: bad duration '1ms': expected at least 10 ms
--self-interval 25h|--self-interval: bad duration '25h': expected at most 86400000 ms
--udp|option --udp needs a value
--source=x|option --source takes no value
--nonsense|unknown option '--nonsense'
file|unexpected operand 'file'
WRONG
    run_program statsd-recv --self-prefix "$(printf '%2000s' '')"
    assert_usage_error 'statsd-recv: --self-prefix: expected at most 1024 bytes'
}

@test "--help and --version" {
    run_program statsd-recv --help
    assert_success
    refute_stderr
    ((${#lines[@]} <= 60)) || fail 'too long'
    run_program statsd-recv --version
    assert_output --regexp '^statsd-recv [0-9]+\.[0-9]+\.[0-9]+$'
}

# --- events ---------------------------------------------------------------------------------------

@test "--events keeps events and service checks as they came" {
    echo before >events
    start_recv --events events --self-interval 1h
    send "$port" '[b"_e{1,3}:a|b\\nc|#x:y\na:1|c\n_sc|db|2|m:is \xff down\r\nb:1|c", b"_e{1,1}:d|e"]'
    wait_until has_lines events 4
    mv events old
    kill -USR1 "$background_pid"
    wait_until [ -e events ]
    send "$port" '[b"_sc|later|0"]'
    stop_recv
    assert_success
    refute_stderr_line --partial "bad line"
    printf 'before\n_e{1,3}:a|b\\nc|#x:y\n_sc|db|2|m:is \xff down\n_e{1,1}:d|e\n' >expected
    assert_file old expected
    assert_equal "$(<events)" '_sc|later|0'
    assert_equal "$(own_total events_received) $(own_total events_lost) $(own_total metrics_received)" '4 0 2'
}

@test "--events: what a full disk does not take is counted, and receiving goes on" {
    run_program statsd-recv --udp 0 --events no/such/folder
    assert_failure 1
    assert_stderr 'statsd-recv: open no/such/folder: No such file or directory'
    start_recv --events /dev/full --self-interval 20ms
    send "$port" '[b"_sc|a|0\na:1|c"]'
    wait_for_file_line out $'^statsd.events_lost\tc\t1\t'
    stop_recv
    assert_failure 1
    assert_stderr 'statsd-recv: write /dev/full: No space left on device
statsd-recv: /dev/full: 1 line lost'
    assert_equal "$(grep -c ^a out)" 1
}
