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

# random_lines N SEED: StatsD lines with names, values, rates, tags and times of all kinds.
random_lines() {
    python3 - "$1" "$2" <<'PYTHON'
import random, sys
chance = random.Random(int(sys.argv[2]))
pick, odds = chance.choice, chance.random
LETTERS = "abcXYZ019._-/ é+%&@~"

def word(letters, most):
    return "".join(pick(letters) for _ in range(chance.randint(1, most)))

def number():
    digits = pick([str(chance.randint(0, 9)), str(chance.randint(0, 10**15)), repr(odds()),
                   repr(odds() * 10**chance.randint(-9, 9))])
    return digits + (f"e{chance.randint(-20, 20)}" if "e" not in digits and odds() < 0.1 else "")

for _ in range(int(sys.argv[1])):
    kind = pick(["c", "c", "ms", "ms", "h", "d", "g", "s"])
    value = word(LETTERS, 12) if kind == "s" else (pick(["", "-", "+"]) if kind in "cg" else "") + number()
    line = f"n{word(LETTERS, 30)}:{value}|{kind}"
    if kind in ("c", "ms", "h", "d") and odds() < 0.4:
        line += f"|@{1 - odds()!r}"
    if odds() < 0.5:
        line += "|#" + ",".join(f"{word('abcé_', 8)}:{word(LETTERS, 12)}" for _ in range(chance.randint(1, 6)))
    if odds() < 0.1:
        line += f"|T{chance.randint(1, 2 * 10**9)}"
    print(line)
PYTHON
}

@test "the round trip: random records come back, by the hundred thousand" {
    random_lines "${SEND_RECORDS:-100000}" "${SEND_SEED:-$RANDOM}" >lines
    statsd-parse -q lines >records 2>refused
    (($(wc -l <records) > ${SEND_RECORDS:-100000} * 9 / 10)) || fail 'most are refused' "$(head -n 3 refused)"
    sent records >expected
    start_server --tcp 127.0.0.1:0
    run_shell "statsd-send --tcp 127.0.0.1:$port <records"
    assert_success
    refute_stderr
    stop_server
    cut -f 1-4 got >back
    assert_file back expected
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

# How late each line of a capture comes, in ms after the line that comes soonest; of several tries,
# as a busy machine delays some lines, but not the same ones each time. The kernel stamps arrivals.
# The first two are not counted: a process that has just begun has to wait for its turn.
@test "--pace keeps the times of records, and --speed is as much faster" {
    cat >measure <<'END'
import socket, struct, subprocess, sys, time
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
server.setsockopt(socket.SOL_SOCKET, 35, 1) # SO_TIMESTAMPNS
server.settimeout(20)
speed = float(sys.argv[1])
gaps = [0, 400 * speed, 50, 3, 100, 20, 7, 150, 1, 33, 60]
offsets = [sum(gaps[:i + 1]) / speed for i in range(len(gaps))]
records = "".join("a\tc\t1\t1\t%.3f\n" % ((1700000000000 + sum(gaps[:i + 1])) / 1000) for i in range(len(gaps)))
place = "127.0.0.1:%d" % server.getsockname()[1]
best = [1e9] * len(gaps)
for attempt in range(int(sys.argv[2])):
    child = subprocess.Popen(["statsd-send", *sys.argv[3:], place], stdin=subprocess.PIPE)
    child.stdin.write(records.encode())
    child.stdin.close()
    arrivals = []
    while len(arrivals) < len(gaps):
        data, extra, _, _ = server.recvmsg(2000, 64)
        seconds, nanoseconds = struct.unpack("qq", extra[0][2])
        arrivals += [seconds * 1000 + nanoseconds / 1e6] * len(data.split(b"\n"))
    child.wait()
    soonest = min(a - o for a, o in zip(arrivals[2:], offsets[2:]))
    best = [min(b, a - o - soonest) for a, o, b in zip(arrivals, offsets, best)]
    if max(best[2:]) < 2:
        sys.exit()
sys.exit("ms late at best: %s" % " ".join("%.1f" % b for b in best[2:]))
END
    local speed
    for speed in '1 30 --pace' '10 30 --speed 10'; do
        # shellcheck disable=SC2086
        run_program python3 measure $speed
        assert_success
    done
    # It can fail: a tenth too fast is not the same.
    run_program python3 measure 1 2 --speed 1.1
    assert_failure 1
}

@test "--pace shows on a terminal how much has been sent" {
    need_terminal
    for i in {0..19}; do rec a c 1 1 "170000000$((i / 10)).$((i % 10))00"; done >records
    start_server --udp 127.0.0.1:0
    run_shell "python3 '$ROOT/tests/on-terminal' 80 sh -c 'statsd-send --pace 127.0.0.1:$port 2>&1' <records"
    assert_success
    assert_output --regexp $'statsd-send: [1-9][0-9] %\r'
    run_shell "python3 '$ROOT/tests/on-terminal' 80 sh -c 'statsd-send -q --pace 127.0.0.1:$port 2>&1' <records"
    refute_output
    stop_server
}

@test "--timestamps sends the times in whole seconds" {
    local now
    now=$(date +%s)
    rec a c 1 1 "$((now - 5)).750" >records
    start_server --udp 127.0.0.1:0
    run_shell "statsd-send --timestamps 127.0.0.1:$port <records; statsd-send 127.0.0.1:$port <records"
    assert_success
    stop_server
    assert_equal "$(cut -f 5 got | head -n 1)" "$((now - 5)).000"
    awk -v now="$now" 'NR == 2 && $5 < now { exit 1 }' got || fail 'the time goes along without --timestamps' "$(<got)"
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
        awk '/ lines, / { exit $2 != $4 + $6 }' said || fail "$way: lines read are not those sent and lost" "$(<said)"
        stop_server
    done
}

# The books: what was sent and what was dropped.
totals() {
    sed -n 's/^statsd-send: \([0-9]*\) lines, .* sent, \([0-9]*\) lost, 0 bad$/\1 \2/p' said
}

@test "a place that takes nothing does not hold up the others, and what it misses is counted" {
    local way place all lost
    cat >stuck <<'END'
import os, socket, sys
way, path = sys.argv[1:]
kind = socket.SOCK_DGRAM if way == "unixgram" else socket.SOCK_STREAM
server = socket.socket(socket.AF_INET if way == "tcp" else socket.AF_UNIX, kind)
server.bind(("127.0.0.1", 0) if way == "tcp" else path)
if kind == socket.SOCK_STREAM:
    server.listen()
print(server.getsockname()[1] if way == "tcp" else "ready", flush=True)
client = server.accept()[0] if kind == socket.SOCK_STREAM else server
open("may-read").read()
client.settimeout(0.2 if way == "unixgram" else None)
with open("taken", "wb", buffering=0) as out:
    try:
        while data := client.recv(65536):
            out.write(data + (b"\n" if way == "unixgram" else b""))
    except TimeoutError:
        pass
open("over", "w").write("over")
END
    for way in tcp unix unixgram; do
        rm -f in may-read over path port taken
        mkfifo may-read in
        start_background python3 stuck "$way" "$PWD/path" >port
        wait_until has_whole_line port
        [[ $way == tcp ]] && place=127.0.0.1:$(<port) || place=$PWD/path
        start_server --tcp 127.0.0.1:0
        local server=$background_pid
        exec 5<>in
        start_background statsd-send -v "--$way" "$place" --tcp "127.0.0.1:$port" <in 2>said 5>&-
        local sender=$background_pid
        awk 'BEGIN { for (i = 0; i < 400000; i++)
            printf "some.series.of.many.%d\tc\t%d\t1\t1700000000.000\n", i, i }' >&5
        wait_for_file_line said "^statsd-send: $way $place takes nothing: its lines are dropped until it does$"
        wait_until eval '(($(wc -l <got) == 400000))' || fail "the other has $(wc -l <got)"
        # It takes again.
        echo >may-read
        wait_until eval '{ rec after c 1 >&5; grep -qs "^after" taken; }' || fail 'it takes nothing again' "$(<said)"
        grep -Eq "^statsd-send: $way $place takes lines again: [1-9][0-9]* lost$" said
        exec 5>&-
        wait_exit "$sender"
        assert_failure 1
        wait_until test -e over
        read -r all lost < <(totals)
        # Each line is whole, and is the other's or lost.
        run_shell "grep -vcE '^some\.series\.of\.many\.([0-9]+):\1\|c$|^after:1\|c$' taken"
        assert_output 0
        assert_equal "$way $(($(wc -l <taken) + lost))" "$way $all"
        kill -TERM "$server" && wait_exit "$server"
    done
}

@test "a Unix socket whose server is busy at the start is waited for" {
    cat >busy <<'END'
import os, socket, sys
datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
datagrams.bind("datagrams")
filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
filler.connect("datagrams")
filler.setblocking(False)
try:
    while True:
        filler.send(b"full:1|c")
except BlockingIOError:
    pass
stream = socket.socket(socket.AF_UNIX)
stream.bind("stream")
stream.listen(0)
first = socket.socket(socket.AF_UNIX)
first.connect("stream")
print("ready", flush=True)
open("may-accept").read()
stream.accept()
with open("got", "wb") as got:
    client = stream.accept()[0]
    while data := client.recv(65536):
        got.write(data)
END
    mkfifo may-accept
    start_background python3 busy >ready
    local server=$background_pid
    wait_until has_whole_line ready
    # No room for another datagram: it is connected all the same.
    rec a c 1 >record
    run_shell 'statsd-send --unixgram datagrams <record'
    assert_failure 1
    assert_stderr "statsd-send: unixgram datagrams takes nothing: its lines are dropped until it does
statsd-send: unixgram datagrams took nothing to the end: 1 lost"
    # No room for another connection.
    start_background statsd-send --unix stream <record 2>said
    local sender=$background_pid
    wait_until eval 'grep -q "^State:.*sleeping" /proc/$sender/status'
    echo >may-accept
    wait_exit "$sender"
    assert_success
    wait_exit "$server"
    assert_equal "$(<got)$(<said)" 'a:1|c'
}

@test "a place in a network that there is no way to" {
    unshare -n true 2>/dev/null || skip 'no network of its own'
    rec a c 1 >in
    run_program unshare -n "$(command -v statsd-send)" 10.0.0.2:8125 <in
    assert_failure 1
    assert_stderr 'statsd-send: connect udp 10.0.0.2:8125: Network is unreachable'
}

@test "a UDP place that cannot be reached is not called one that refuses" {
    start_server --udp 127.0.0.1:0
    rec a c 1 >record
    run_shell "statsd-send 127.0.0.1:$port 255.255.255.255:8125 <record"
    assert_failure 1
    assert_stderr "statsd-send: connect udp 255.255.255.255:8125: Permission denied: trying again
statsd-send: send udp 255.255.255.255:8125: Transport endpoint is not connected"
    stop_server
}

@test "a place that is down at the start is tried again, if another is up" {
    start_server --tcp 127.0.0.1:0
    local down=127.0.0.1:$port
    stop_server
    run_program statsd-send --tcp "$down" </dev/null
    assert_failure 1
    assert_stderr "statsd-send: connect tcp $down: Connection refused"
    start_server --tcp 127.0.0.1:0
    mv got got1
    mkfifo in
    exec 5<>in
    for i in {1..40}; do rec "a.$i" c 1; done >records
    start_background statsd-send -v --shard --tcp "$down" --tcp "127.0.0.1:$port" <in 2>said 5>&-
    local sender=$background_pid up=$port
    wait_for_file_line said "^statsd-send: connect tcp $down: Connection refused: trying again$"
    cat records >&5
    wait_for_file_line said "^statsd-send: send tcp $down: "
    wait_until test -s got1
    start_server --tcp "$down" 5>&-
    wait_until eval 'cat records >&5; [[ -s got ]]'
    exec 5>&-
    wait_exit "$sender"
    assert_failure 1
    # No series has moved.
    assert_equal "$(cut -f 1 got got1 | sort -u | wc -l)" 40
    assert_equal "$(comm -12 <(cut -f 1 got | sort -u) <(cut -f 1 got1 | sort -u))" ''
}

@test "a node of statsd-run that dies and comes back: its series go to the other, and come back" {
    local i node=() run=() records=0
    for i in 0 1; do
        echo "{ port: 0, address: '127.0.0.1', mgmt_port: 0, flushInterval: 50, flush_counts: false, noSelf: true,
            backends: ['console'] }" >config.$i.js
        start_node "$i"
    done
    mkfifo in
    exec 5<>in
    start_background statsd-send -v --health-interval 0.2 --shard "${node[@]}" <in 2>said 5>&-
    local sender=$background_pid name=${node[0]%@*}
    for i in {1..40}; do rec "a.$i" c 1; done >records
    cat records >&5
    wait_until eval '(($(series_of rows.0 rows.1 | wc -l) == 40))'
    series_of rows.0 >of-first
    (($(wc -l <of-first) > 5 && $(wc -l <of-first) < 35))
    kill -KILL -- "-${run[0]}"
    wait_for_file_line said "^statsd-send: $name is down: its series go to the others$"
    wait_until eval 'cat records >&5; (($(series_of rows.1 | wc -l) == 40))'
    sed "s/port: 0, add/port: ${name##*:}, add/; s/mgmt_port: 0/mgmt_port: ${node[0]#*@}/" config.0.js >config.js
    mv config.js config.0.js
    start_node 0
    wait_for_file_line said "^statsd-send: $name is up: its series come back$"
    cat records >&5
    wait_until eval '(($(series_of rows.0 | wc -l) == $(wc -l <of-first)))'
    assert_equal "$(series_of rows.0)" "$(<of-first)"
    exec 5>&-
    wait_exit "$sender"
}

# series_of FILE…: those that statsd-table has shown.
series_of() {
    awk '/^a\./ { print $1 }' "$@" | sort -u
}

# start_node I: starts statsd-run with config.I.js, writing to rows.I, and sets node[I], its place for
# statsd-send, and run[I].
start_node() {
    start_ready statsd-run "config.$1.js" >rows.$1 2>err.$1 5>&-
    run[$1]=$background_pid
    node[$1]=127.0.0.1:$port@${ready##*:}
}

@test "wrong usage" {
    run_program statsd-send --raw --pace </dev/null
    assert_usage_error 'statsd-send: --pace needs records, which have times: it does not go with --raw'
    run_program statsd-send --raw --shard </dev/null
    assert_usage_error 'statsd-send: --shard needs records: it does not go with --raw'
    for place in '' a:b a:1=0 a:1=x a:1=0x10 'a:1= 5' a:1=inf a:1@ a:1@0 a:1@x a:1@65536 a:1@0000080126 \
        a:1@99999999999999999999; do
        run_program statsd-send "$place" </dev/null
        assert_usage_error "statsd-send: bad place '$place': expected HOST, HOST:PORT or HOST:PORT=WEIGHT"
    done
    # Zeros in front change nothing: a name that is looked up shows that it is well.
    run_program statsd-send 127.0.0.1:8125@0000008126 </dev/null
    assert_success
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
