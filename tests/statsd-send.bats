#!/usr/bin/env bats
# statsd-send: records → servers. The server is statsd-recv, so what comes back are records again.

# shellcheck disable=SC2154
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# start_server OPTION…: starts a statsd-recv that writes to ./got; sets $port.
start_server() {
    start_ready statsd-recv --no-self "$@" >got 2>err
}

stop_server() {
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
}

# conformance: every record that the lines of tests/golden give, and those of its scenarios.
conformance() {
    cut -f 2 "$ROOT/tests/golden/lines.tsv" | grep -av '^#' |
        while IFS= read -r line; do printf '%b\n' "$line"; done | statsd-parse -q
    cat "$ROOT"/tests/golden/scenarios/*.records
}

# sent RECORDS: the columns that the wire keeps; a signed gauge is set to 0 first.
sent() {
    awk -F '\t' -v OFS='\t' '
        $2 == "g" && $3 ~ /^[-+]/ { print $1, "g", 0, $4; $2 = "gd" }
        { print $1, $2, $3, $4 }' "$1"
}

@test "the round trip: all records of the conformance tests come back, by every way and in every dialect" {
    conformance >records
    (($(wc -l <records) > 1500))
    sent records >expected
    local way tags
    for way in udp tcp unixgram unix; do
        case $way in
        udp | tcp) start_server --rcvbuf 8M "--$way" 127.0.0.1:0 && place=127.0.0.1:$port ;;
        *) start_server "--$way" "$PWD/socket" && place=$PWD/socket ;;
        esac
        run_shell "statsd-send --mtu 65507 --$way $place <records"
        assert_success
        refute_stderr
        stop_server
        cut -f 1-4 got >back
        assert_file back expected
    done
    for tags in graphite influx librato signalfx; do
        start_server --rcvbuf 8M --udp 127.0.0.1:0
        grep -v ':' records >without
        sent without >expected
        run_shell "statsd-send --mtu 65507 --tags $tags 127.0.0.1:$port <without"
        assert_success
        stop_server
        cut -f 1-4 got >back
        assert_file back expected
    done
}

@test "what the wire cannot say is refused, and the exit status is 1" {
    { rec a s 'x|y' && rec b c 1 && rec 'c d' c 1 && echo rubbish; } >records
    start_server --udp 127.0.0.1:0
    run_shell "statsd-send -v 127.0.0.1:$port <records"
    assert_failure 1
    assert_stderr --partial \
        "statsd-send: stdin:1: bad record 'a\\ts\\tx|y\\t1\\t1700000000.000': StatsD's lines cannot say it"
    assert_stderr --partial 'statsd-send: 4 lines, 1 sent, 0 lost, 3 bad'
    stop_server
    assert_equal "$(cut -f 1 got)" b
}

@test "datagrams are at most --mtu, and no line is cut" {
    for i in {1..100}; do rec "a.$i" c 1; done >records
    start_server --udp 127.0.0.1:0
    run_shell "statsd-send --mtu 64 127.0.0.1:$port <records"
    assert_success
    stop_server
    assert_equal "$(wc -l <got)" 100
    rec "$(printf 'x%.0s' {1..80})" c 1 >long
    run_shell "statsd-send --mtu 64 127.0.0.1:$port <long"
    assert_failure 1
    assert_stderr --partial 'its line is longer than --mtu'
}

@test "--shard: each series goes to one place, whatever else is sent" {
    for i in {1..200}; do rec "a.$i" c 1 && rec "a.$i" c 2; done >records
    start_server --udp 127.0.0.1:0 && first=$port && first_pid=$background_pid && mv got got1
    start_server --udp 127.0.0.1:0
    run_shell "statsd-send --shard 127.0.0.1:$first 127.0.0.1:$port=2 <records"
    assert_success
    stop_server
    kill "$first_pid" && wait_exit "$first_pid"
    cut -f 1,3 got1 got | sort >both
    cut -f 1,3 records | sort >expected
    assert_file both expected
    assert_equal "$(comm -12 <(cut -f 1 got1 | sort -u) <(cut -f 1 got | sort -u))" ''
    (($(wc -l <got1) > 80 && $(wc -l <got) > 200))
}

@test "--raw sends lines as they are; without --shard each place gets everything" {
    printf 'a:1|c\nany thing\nb:2|g\n' >lines
    start_server --udp 127.0.0.1:0 && first=$port && first_pid=$background_pid && mv got got1
    start_server --udp 127.0.0.1:0
    run_shell "statsd-send --raw 127.0.0.1:$first 127.0.0.1:$port <lines"
    assert_success
    stop_server
    kill "$first_pid" && wait_exit "$first_pid"
    assert_equal "$(cut -f 1-3 got | xargs)" 'a c 1 b g 2'
    assert_equal "$(cut -f 1-3 got1 | xargs)" 'a c 1 b g 2'
}

# The gaps of a capture, and how far the arrivals are from them, in ms.
@test "--pace keeps the times of records, and --speed is as much faster" {
    cat >measure <<'END'
import socket, subprocess, sys, time
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
server.settimeout(5)
gaps = [0, 50, 3, 100, 20, 7, 150, 1, 33, 60] * 2
times = [1700000000000 + sum(gaps[:i + 1]) for i in range(len(gaps))]
records = "".join("a\tc\t1\t1\t%.3f\n" % (t / 1000) for t in times)
place = "127.0.0.1:%d" % server.getsockname()[1]
child = subprocess.Popen(["statsd-send", *sys.argv[2:], place], stdin=subprocess.PIPE)
child.stdin.write(records.encode())
child.stdin.close()
arrivals = []
while len(arrivals) < len(gaps):
    lines = len(server.recv(2000).split(b"\n"))
    arrivals += [time.monotonic() * 1000] * lines
child.wait()
late = sorted(a - arrivals[0] - (t - times[0]) / float(sys.argv[1]) for a, t in zip(arrivals, times))
print("%.1f" % (late[len(late) * 3 // 4] - late[len(late) // 4]))
END
    local speed
    for speed in '1 --pace' '10 --speed 10'; do
        # shellcheck disable=SC2086
        run_program python3 measure $speed
        assert_success
        # A busy machine may delay some: the half in the middle is within 2 ms, in one of a few tries.
        local try
        for try in 1 2 3 4 5; do
            ! awk '{ exit !($1 < 2) }' <<<"$output" || break
            # shellcheck disable=SC2086
            run_program python3 measure $speed
        done
        awk '{ exit !($1 < 2) }' <<<"$output" || fail "$speed: $output"
    done
}

@test "--rate: no more lines a second" {
    for i in {1..100}; do rec a c 1; done >records
    start_server --udp 127.0.0.1:0
    before=$(date +%s%3N)
    run_shell "statsd-send --rate 200 127.0.0.1:$port <records"
    assert_success
    (($(date +%s%3N) - before >= 480))
    stop_server
    assert_equal "$(wc -l <got)" 100
}

@test "--rate: what a pause leaves unused is not made up for" {
    start_server --udp 127.0.0.1:0
    before=$(date +%s%3N)
    {
        rec a c 1
        sleep 1
        for i in {1..100}; do rec a c 1; done
    } | statsd-send --rate 100 "127.0.0.1:$port"
    (($(date +%s%3N) - before >= 1850))
    stop_server
}

@test "--speed: a record that is due in thousands of years is waited for" {
    start_server --udp 127.0.0.1:0
    { rec first c 1 && printf 'later\tc\t1\t1\t99999999999\n'; } >records
    run timeout -s INT 1 statsd-send --speed 0.000001 --drain 0 "127.0.0.1:$port" <records
    assert_equal "$status $output" '124 '
    stop_server
}

@test "a line that is too long for one place goes to the other, and once" {
    start_server --udp 127.0.0.1:0 --unix "$PWD/socket"
    long=$(printf 'n%.0s' {1..70})
    { rec a c 1 && rec "$long" c 1 && rec b c 1; } >records
    statsd-send --mtu 64 --udp "127.0.0.1:$port" --unix "$PWD/socket" <records 2>err.send || status=$?
    assert_equal "$status" 1
    assert_equal "$(<err.send)" "statsd-send: stdin:2: long record '${long:0:60}'…: its line is longer than --mtu"
    stop_server
    assert_equal "$(cut -f 1 got | sort | uniq -c | awk '{ print $1 }' | xargs)" '2 2 1'
    assert_equal "$(grep -c "^$long" got)" 1
}

@test "a node that is down loses its series to the others, and gets them back" {
    cat >admin <<'END'
import os, socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    client, _ = server.accept()
    if client.recv(100).strip() == b"health":
        client.sendall(b"health: down\n" if os.path.exists("down") else b"health: up\n")
    client.close()
END
    start_background python3 admin >admin-port
    wait_until has_whole_line admin-port
    start_server --udp 127.0.0.1:0 && first=$port && mv got got1
    start_server --udp 127.0.0.1:0
    mkfifo in
    exec 5<>in
    start_background statsd-send --health-interval 0.05 --shard "127.0.0.1:$first@$(<admin-port)" \
        "127.0.0.1:$port@$(<admin-port)" <in 2>said 5>&- && sender=$background_pid
    kill "$sender" && wait_exit "$sender"
    start_background statsd-send --health-interval 0.05 --shard "127.0.0.1:$first@$(<admin-port)" "127.0.0.1:$port" \
        <in 2>said 5>&- && sender=$background_pid
    for i in {1..40}; do rec "a.$i" c 1; done >records
    cat records >&5
    wait_until eval '(($(cat got1 got | wc -l) == 40))'
    (($(wc -l <got1) > 5))
    cp got1 before
    touch down
    wait_for_file_line said "^statsd-send: 127.0.0.1:$first is down: its series go to the others$"
    cat records >&5
    wait_until eval '(($(cat got1 got | wc -l) == 80))'
    assert_file got1 before
    rm down
    wait_for_file_line said "^statsd-send: 127.0.0.1:$first is up: its series come back$"
    cat records >&5
    wait_until eval '(($(cat got1 got | wc -l) == 120))'
    assert_equal "$(cut -f 1 got1)" "$(cut -f 1 before before)"
    exec 5>&-
    wait_exit "$sender"
    assert_success
}

@test "a server that is not there is reported, and the next datagrams are sent" {
    start_server --udp 127.0.0.1:0
    stop_server
    mkfifo in
    exec 5<>in
    start_background statsd-send "127.0.0.1:$port" <in 2>said 5>&- && sender=$background_pid
    rec a c 1 >&5
    # The refusal of the first is seen with the second.
    wait_until eval 'rec b c 1 >&5; grep -q "^statsd-send: send udp 127.0.0.1:$port: Connection refused$" said'
    start_server --udp "127.0.0.1:$port" 5>&-
    wait_until eval 'rec b c 1 >&5; [[ -s got ]]'
    exec 5>&-
    wait_exit "$sender"
    assert_success
}

@test "a TCP or Unix server that is started again is connected to again; what is lost is counted" {
    local way place
    for way in tcp unix unixgram; do
        rm -f in socket
        [[ $way == tcp ]] && place=127.0.0.1:0 || place=$PWD/socket
        start_server "--$way" "$place"
        [[ $way != tcp ]] || place=127.0.0.1:$port
        server=$background_pid
        mkfifo in
        exec 5<>in
        start_background statsd-send -v "--$way" "$place" <in 2>said 5>&- && sender=$background_pid
        rec a c 1 >&5
        wait_until test -s got
        kill -KILL "$server" && wait_exit "$server"
        rec a c 1 >&5
        start_server "--$way" "$place" 5>&-
        wait_until eval 'rec b c 1 >&5; sleep 0.1; [[ -s got ]]'
        exec 5>&-
        wait_exit "$sender"
        ((status <= 1))
        grep -q 'lines, .* sent, [0-9]* lost, 0 bad' said || fail "$way" "$(<said)"
        stop_server
    done
}

@test "wrong usage" {
    run_program statsd-send --raw --pace </dev/null
    assert_usage_error 'statsd-send: --pace needs records, which have times: it does not go with --raw'
    run_program statsd-send --raw --shard </dev/null
    assert_usage_error 'statsd-send: --shard needs records: it does not go with --raw'
    for place in '' a:b a:1=0 a:1=x a:1=0x10 'a:1= 5' a:1=inf a:1@ a:1@0 a:1@x a:1@0000000080; do
        run_program statsd-send "$place" </dev/null
        assert_usage_error "statsd-send: bad place '$place': expected HOST, HOST:PORT or HOST:PORT=WEIGHT"
    done
    for speed in 0 -1 0x10 ' 5' 5s nan inf 1e400 ''; do
        run_program statsd-send --speed "$speed" </dev/null
        assert_usage_error "statsd-send: --speed: bad factor '$speed': expected a number above 0"
    done
    run_program statsd-send --unix '' </dev/null
    assert_usage_error "statsd-send: --unix: bad place ''"
    run_program statsd-send --unix no-such </dev/null
    assert_failure 1
    assert_stderr 'statsd-send: connect unix no-such: No such file or directory'
}
