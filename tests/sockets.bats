#!/usr/bin/env bats
# The sockets of statsd-recv besides UDP: TCP, Unix streams and datagrams, sockets that a parent has
# opened. What a client has sent becomes records or is counted, whatever the client does.

# shellcheck disable=SC2154
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    # statsd-recv warns of a short queue, which the machine may have.
    quiet_queue='its queue holds only [0-9]* datagrams: see sysctl net.unix.max_dgram_qlen$'
}

# clients SCRIPT [ARGUMENT...]: runs a script of tests/clients.py.
clients() {
    local script="from clients import *"$'\n'$1
    shift
    PYTHONPATH=$ROOT/tests python3 -B -c "$script" "$@" 3>&- 4>&-
}

# Starts a receiver, writing to ./out and ./err; sets $background_pid, $ready and $port.
start_recv() {
    start_ready statsd-recv "$@" >out 2>err
}

stop_recv() {
    kill -TERM "$background_pid" 2>/dev/null || true
    finish_recv
}

finish_recv() {
    wait_exit "$background_pid"
    output=$(<out)
    stderr=$(grep -v "$quiet_queue" err || true)
}

has_lines() {
    (($(wc -l <"$1") >= $2))
}

# The total of a self-metric over all reports.
own_total() {
    awk -F'\t' -v name="statsd.$1" '$1 == name { sum += $3 } END { print sum + 0 }' "${2:-out}"
}

# The value of a self-metric in the last report.
own_last() {
    awk -F'\t' -v name="statsd.$1" '$1 == name { last = $3 } END { print last }' out
}

series() {
    grep -v '^statsd\.' out | cut -f 1,3 | sort | paste -sd ' ' | tr '\t' =
}

# --- lines and messages ---------------------------------------------------------------------------

@test "TCP: lines split anywhere arrive whole, the last one without its LF" {
    start_recv --tcp 0 --no-self
    [[ $ready =~ ^'tcp 127.0.0.1:'[0-9]+$ ]] || fail "ready: $ready"
    clients 'for text in b"a:1|c\nb:2:3|ms|@0.5\r\n\nc:4|g", b"d:5|c\n":
        client = tcp(sys.argv[1])
        for byte in text:
            client.sendall(bytes([byte]))
        client.close()' "$port"
    wait_until has_lines out 5
    stop_recv
    assert_success
    refute_stderr
    assert_equal "$(series)" 'a=1 b=2 b=3 c=4 d=5'
}

@test "TCP on all interfaces is IPv4 and IPv6, with the sender of each" {
    start_recv --tcp :0 --source --no-self
    assert_equal "$ready" "tcp 0.0.0.0:$port"$'\n'"tcp [::]:$port"
    clients 'for host in "127.0.0.1", "::1":
        client = tcp(sys.argv[1], host)
        client.sendall(b"a:1|c\nbad\n")
        name = client.getsockname()
        print(("[%s]:%d" if ":" in host else "%s:%d") % name[:2])
        client.close()' "$port" >senders
    wait_until has_lines out 2
    stop_recv
    assert_equal "$(cut -f 6 out | sort)" "$(sort senders)"
    while read -r sender; do
        assert_stderr_line "statsd-recv: $sender: bad line 'bad': expected name:value|type"
    done <senders
}

@test "a Unix stream: lines, and messages after their length" {
    start_recv --unix sock --source --self-interval 1h
    assert_equal "$ready" 'unix sock'
    clients 'lines, framed, bytewise = unix("sock"), unix("sock"), unix("sock")
lines.sendall(b"a:1|c\na:2|c\na:")
framed.sendall(message(b"b:1|c\nb:2|c") + message(b"") + message(b"b:3|c\n")[:7])
for byte in message(b"c:1|c") + message(b"c:2|c"):
    bytewise.sendall(bytes([byte]))
lines.sendall(b"3|c")
framed.sendall(message(b"b:3|c\n")[7:])
for client in lines, framed, bytewise:
    client.close()
print("unix:%d" % os.getpid())' >sender
    wait_until has_lines out 8
    stop_recv
    assert_success
    refute_stderr
    assert_equal "$(series)" 'a=1 a=2 a=3 b=1 b=2 b=3 c=1 c=2'
    assert_equal "$(grep -v ^statsd out | cut -f 6 | sort -u)" "$(<sender)"
    assert_equal "$(own_total packets_received)" 5
}

@test "Unix datagrams, with the process that sent them" {
    start_recv --unixgram sock --source --self-interval 1h
    assert_equal "$ready" 'unixgram sock'
    clients 'client = unixgram("sock")
for text in b"a:1|c\na:2|c", b"", b"bad", b"a:3|c\n":
    client.send(text)
print("unix:%d" % os.getpid())' >sender
    wait_until has_lines out 3
    stop_recv
    assert_success
    assert_equal "$(series)" 'a=1 a=2 a=3'
    assert_equal "$(grep -v ^statsd out | cut -f 6 | sort -u)" "$(<sender)"
    assert_stderr "statsd-recv: $(<sender): bad line 'bad': expected name:value|type"
    assert_equal "$(own_total packets_received)" 4
}

@test "any mix of sockets at once" {
    start_recv --udp 0 --tcp 0 --unix s --unixgram g --tcp 0 --udp 0 --unix s2 -v --self-interval 1h
    clients 'places = sys.argv[1].splitlines()
for round in range(50):
    for number, place in enumerate(places):
        client = connect(place)
        client.send(b"from%d:1|c\n" % number)
        client.close()' "$ready"
    wait_until has_lines out 350
    stop_recv
    assert_success
    assert_equal "$(grep -v ^statsd out | cut -f 1 | sort | uniq -c | xargs)" \
        '50 from0 50 from1 50 from2 50 from3 50 from4 50 from5 50 from6'
    assert_equal "$(sed -n 's/^statsd-recv: listening on //p' err)" "$ready"
    assert_equal "$(tail -n 1 err)" 'statsd-recv: 150 packets, 350 records, 0 bad, 0 other, 0 dropped, 0 connections'
    assert_equal "$(own_last connections) $(own_total connections_refused)" '0 0'
}

@test "with a socket of any kind, there is no other" {
    for place in '--tcp 0' '--unix sock' '--unixgram sock'; do
        # shellcheck disable=SC2086
        start_recv $place
        assert_equal "$(wc -l <<<"$ready")" 1
        [[ $ready != udp* ]]
        stop_recv
    done
}

@test "what a client leaves when it ends otherwise than by closing is refused" {
    start_recv --tcp 0 --unix sock --no-self
    clients 'a, b, c = tcp(sys.argv[1]), unix("sock"), tcp(sys.argv[1])
print(*("127.0.0.1:%d" % client.getsockname()[1] for client in (a, c)), os.getpid())
a.sendall(b"a:1|c\na:2|c")
b.sendall(message(b"b:1|c") + message(b"b:2|c")[:-1])
c.sendall(b"c:1|c\nc:2|c")
wait_for(lambda: content("out").count("\n") == 3)
reset(a)
b.close()
wait_for(lambda: content("err").count("\n") == 2)
os.kill(int(sys.argv[2]), 15)
is_closed(c)' "$port" "$background_pid" >who
    finish_recv
    assert_success
    read -r first third pid <who
    assert_equal "$(series)" 'a=1 b=1 c=1'
    assert_stderr_line "statsd-recv: $first: bad line 'a:2|c': the connection ended before the line did"
    local reason='the connection ended before the message did'
    assert_stderr_line "statsd-recv: unix:$pid: bad message '\\x05\\0\\0\\0b:2|': $reason"
    assert_stderr_line "statsd-recv: $third: bad line 'c:2|c': the connection ended before the line did"
}

@test "at the end, what the connections have sent is read, and a last line of one that was closed" {
    for socket in '--tcp 0' '--unix sock'; do
        # shellcheck disable=SC2086
        start_recv $socket --no-self
        clients 'open, closed = connect(sys.argv[1]), connect(sys.argv[1])
open.sendall(b"open:0|c\n")
wait_for(lambda: content("out"))
os.kill(int(sys.argv[2]), 19)
for i in range(30):
    open.sendall(b"open:1|c\n" * 50)
closed.sendall(b"closed:1|c")
closed.close()
late = connect(sys.argv[1])
late.sendall(b"late:1|c\n")
os.kill(int(sys.argv[2]), 15)
os.kill(int(sys.argv[2]), 18)
is_closed(late)' "$ready" "$background_pid"
        finish_recv
        assert_success
        refute_stderr
        assert_equal "$(cut -f 1 out | sort | uniq -c | xargs)" '1 closed 1 late 1501 open'
    done
}

# --- the files of Unix sockets --------------------------------------------------------------------

@test "--mode applies to the sockets that follow; the default lets everybody send" {
    umask 077
    start_recv --unix a --mode 0600 --unixgram b --unix c --mode 660 --unixgram d
    assert_equal "$(stat -c '%n %a' a b c d | xargs)" 'a 666 b 600 c 600 d 660'
    stop_recv
    assert_success
    [[ ! -e a && ! -e b && ! -e c && ! -e d ]] || fail 'a file is left'
}

@test "a socket where nobody listens is replaced, one where somebody does is an error" {
    for kind in unix unixgram; do
        start_recv --$kind sock
        run_program statsd-recv --$kind sock
        assert_failure 1
        assert_stderr "statsd-recv: bind $kind sock: Address already in use"
        kill -KILL "$background_pid"
        wait "$background_pid" || true
        [[ -S sock ]]
        start_recv --$kind sock
        stop_recv
        assert_success
        [[ ! -e sock ]]
        echo text >sock
        run_program statsd-recv --$kind sock
        assert_failure 1
        assert_stderr "statsd-recv: bind $kind sock: File exists"
        assert_equal "$(<sock)" text
        rm sock
        run_program statsd-recv --$kind no/such/folder
        assert_failure 1
        assert_stderr "statsd-recv: bind $kind no/such/folder: No such file or directory"
    done
}

@test "at the end, the file of another in the same place stays" {
    start_recv --unix sock
    first=$background_pid
    rm sock
    start_ready statsd-recv --unix sock >out2
    kill -TERM "$first"
    wait_exit "$first"
    assert_success
    [[ -S sock ]]
    clients 'client = unix("sock")
client.sendall(b"a:1|c\n")'
    wait_for_file_line out2 ^a
}

@test "of many that start at once where a dead socket is, one has it" {
    start_recv --unix sock
    kill -KILL "$background_pid"
    wait "$background_pid" || true
    for i in {1..12}; do
        start_background statsd-recv --unix sock -v 2>"err.$i"
    done
    wait_until has_all_said
    assert_equal "$(grep -l 'listening on unix sock' err.* | wc -l)" 1
    assert_equal "$(grep -l 'bind unix sock: Address already in use' err.* | wc -l)" 11
}

has_all_said() {
    (($(cat err.* | grep -c 'listening\|bind') == 12))
}

# --- limits ---------------------------------------------------------------------------------------

@test "--max-connections: one more is closed at once, counted and reported" {
    start_recv --tcp 0 --unix sock --max-connections 2 --self-interval 20ms
    clients 'open = [tcp(sys.argv[1]), unix("sock")]
for client in open:
    client.sendall(b"a:1|c\n")
wait_for(lambda: "\nstatsd.connections\tg\t2\t" in content("out"))
for i in range(7):
    client = tcp(sys.argv[1])
    print("127.0.0.1:%d" % client.getsockname()[1], flush=True)
    assert is_closed(client)
open[0].close()
wait_for(lambda: content("out").split("statsd.connections\t")[-1].startswith("g\t1"))
more = tcp(sys.argv[1])
more.sendall(b"b:1|c\n")
more.close()' "$port" >refused
    wait_for_file_line out ^b
    stop_recv
    assert_success
    sed -i "s/.*/statsd-recv: tcp 127.0.0.1:$port: connection of & refused: --max-connections are open/" refused
    assert_equal "$(head -n 5 err)" "$(head -n 5 refused)"
    assert_equal "$(sed -n 6p err)" 'statsd-recv: 2 more refused connections'
    assert_equal "$(own_total connections_refused)" 7
}

@test "--idle-timeout closes silent connections, and no other" {
    start_recv --tcp 0 --idle-timeout 300ms --self-interval 20ms
    clients 'silent, torn, slow = tcp(sys.argv[1]), tcp(sys.argv[1]), tcp(sys.argv[1])
torn.sendall(b"torn:1|c")
print("127.0.0.1:%d" % torn.getsockname()[1])
begun = time.monotonic()
for byte in b"slow:1|c\nslow:2|c\n":
    slow.sendall(bytes([byte]))
    time.sleep(0.05)
assert is_closed(silent) and is_closed(torn)
slow.sendall(b"slow:3|c\n")
assert is_closed(slow)
assert time.monotonic() - begun < 10' "$port" >torn
    stop_recv
    assert_success
    assert_equal "$(series)" 'slow=1 slow=2 slow=3'
    assert_stderr "statsd-recv: $(<torn): bad line 'torn:1|c': the connection ended before the line did"
    assert_equal "$(own_last connections)" 0
}

@test "a connection that was not read in time is not silent" {
    start_recv --tcp 0 --idle-timeout 100ms --no-self
    clients 'client = tcp(sys.argv[1])
os.kill(int(sys.argv[2]), 19)
client.sendall(b"a:1|c\na:2|c\n")
time.sleep(0.3)
os.kill(int(sys.argv[2]), 18)
assert is_closed(client)' "$port" "$background_pid"
    stop_recv
    assert_equal "$(series)" 'a=1 a=2'
    refute_stderr
}

@test "without descriptors the listener waits until a connection closes" {
    start_shell 'ulimit -n 20; exec statsd-recv --tcp 0 --no-self --ready-fd 9 9>ready >out 2>err'
    wait_for_file_line ready tcp
    clients 'open = [tcp(sys.argv[1]) for i in range(20)]
for number, client in enumerate(open):
    client.sendall(b"a:%d|c\n" % number)
wait_for(lambda: "Too many open files" in content("err"))
while open:
    open.pop(0).close()' "$(sed 's/.*://' ready)"
    wait_until has_lines out 20
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
    grep -q '^statsd-recv: accept tcp 127.0.0.1:[0-9]*: Too many open files: waiting until a connection closes$' err ||
        fail "$(<err)"
    assert_equal "$(cut -f 3 out | sort -n | xargs)" "$(seq 0 19 | xargs)"
}

@test "without descriptors the listener rests, and the next client is served as soon as a connection closes" {
    start_shell 'ulimit -n 20; exec statsd-recv --tcp 0 --no-self --ready-fd 9 9>ready >out 2>err'
    wait_for_file_line ready tcp
    clients 'open = [tcp(sys.argv[1]) for i in range(30)]
def sockets(folder):
    return sum(os.readlink(folder + "/" + fd).startswith("socket:") for fd in os.listdir(folder))
def served():
    return content("out").count("\n")
for client in open:
    client.sendall(b"a:1|c\n")
wait_for(lambda: "Too many open files" in content("err"))
wait_for(lambda: served() == sockets("/proc/%s/fd" % sys.argv[2]) - 1)
begun = time.monotonic()
for i in range(10):
    before = served()
    open.pop(0).close()
    wait_for(lambda: served() > before)
# By itself it tries only once a second.
assert time.monotonic() - begun < 8
for client in open:
    client.close()' "$(sed 's/.*://' ready)" "$background_pid"
    wait_until has_lines out 30
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
    local failed
    failed=$(awk '/Too many open files/ { sum++ } /more failed calls/ { sum += $2 } END { print sum }' err)
    # One at first, and one after each of the ten: five are printed.
    ((failed >= 11 && failed < 100)) || fail "$failed failed calls" "$(<err)"
    grep -Eqx 'statsd-recv: [0-9]+ more failed calls of accept' err || fail "$(<err)"
}

@test "the limit of open files is raised as far as it may" {
    start_shell 'ulimit -Sn 64; exec statsd-recv --tcp 0 --ready-fd 9 9>ready >out 2>err'
    wait_for_file_line ready tcp
    assert_equal "$(awk '/^Max open files/ { print $4 }' "/proc/$background_pid/limits")" "$(ulimit -Hn)"
}

@test "a short queue of a Unix socket is reported at start" {
    queue=$(cat /proc/sys/net/unix/max_dgram_qlen)
    statsd-recv --unixgram sock --for 1ms --no-self 2>err
    message='statsd-recv: unixgram sock: its queue holds only %d datagrams: see sysctl net.unix.max_dgram_qlen'
    # shellcheck disable=SC2059
    assert_equal "$(<err)" "$( ((queue >= 100)) || printf "$message" "$queue")"
    unshare -n true 2>/dev/null || skip 'no network of its own, to set the length of its queue'
    for queue in 99 100; do
        unshare -n sh -c "echo $queue >/proc/sys/net/unix/max_dgram_qlen &&
            exec statsd-recv --unixgram sock --for 1ms --no-self" 2>err
        # shellcheck disable=SC2059
        assert_equal "$(<err)" "$( ((queue >= 100)) || printf "$message" "$queue")"
    done
}

@test "10,000 connections, a tenth of them slow" {
    count=10000
    (($(ulimit -Hn) > count + 100)) || count=$(($(ulimit -Hn) - 100))
    start_recv --tcp 0 --max-connections "$count" --self-interval 1h
    clients 'many_descriptors()
count = int(sys.argv[2])
clients = [tcp(sys.argv[1]) for i in range(count)]
slow, fast = clients[::10], [client for number, client in enumerate(clients) if number % 10]
for number, byte in enumerate(b"slow:1|c\n"):
    for client in slow:
        client.send(bytes([byte]))
    for client in fast[number::9]:
        client.sendall(b"fast:1|c\n" * 20)
for client in clients:
    client.sendall(b"all:1|c\n")
    client.close()
print(len(slow), len(fast) * 20)' "$port" "$count" >sent
    read -r slow fast <sent
    wait_until has_lines out $((slow + fast + count))
    stop_recv
    assert_success
    refute_stderr
    assert_equal "$(grep -v ^statsd out | cut -f 1 | sort | uniq -c | xargs)" "$count all $fast fast $slow slow"
    assert_equal "$(own_total bad_lines_seen) $(own_total connections_refused) $(own_last connections)" '0 0 0'
    assert_equal "$(own_total metrics_received)" $((slow + fast + count))
}

# --- a full output --------------------------------------------------------------------------------

# Each sends 2,000 pieces of 50 lines while nobody reads the output, which holds a few hundred.
slow_client='client = connect(sys.argv[1])
client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
for sent in range(2000):
    client.sendall(b"slow.reader.of.the.output:1|c\n" * 50)
print(sent + 1)'

# start_slow PLACE: starts a receiver whose output, ./pipe, is open at descriptor 8 and not read.
start_slow() {
    rm -f pipe sent
    mkfifo pipe
    exec 8<>pipe
    # shellcheck disable=SC2086
    start_ready statsd-recv $1 --buffer 64K --self-interval 1h >pipe 2>err 8<&-
}

# finish_slow LINES: reads until that many lines of the client's have come, and the reports of the end.
finish_slow() {
    receiver=$background_pid
    start_background cat <&8 >out
    exec 8<&-
    background_pid=$receiver
    wait_until has_lines out "$1"
    stop_recv
    assert_success
    wait_for_file_line out connections_refused
}

@test "a slow reader slows the clients of streams, and loses nothing" {
    for place in '--tcp 0' '--unix sock'; do
        start_slow "$place"
        receiver=$background_pid
        start_background env PYTHONPATH="$ROOT/tests" python3 -B -c "from clients import *"$'\n'"$slow_client" \
            "$ready" >sent 8>&-
        client=$background_pid
        wait_until_asleep "$client"
        background_pid=$receiver
        finish_slow 100000
        wait_exit "$client"
        assert_equal "$(<sent)" 2000
        assert_equal "$(grep -c ^slow out)" 100000
        assert_equal "$(own_total packets_dropped) $(own_total bad_lines_seen)" '0 0'
    done
}

@test "a slow reader: datagrams of Unix sockets are dropped and counted, and their clients never wait" {
    start_slow '--unixgram sock --tcp 0'
    clients "$slow_client" 'unixgram sock' >sent
    assert_equal "$(<sent)" 2000
    kill -USR1 "$background_pid"
    wait_for_file_line err waiting
    dropped=$(sed -n 's/.*, \([0-9]*\) dropped.*/\1/p' err)
    ((dropped > 1000 && dropped < 2000)) || fail "$dropped dropped"
    finish_slow $(((2000 - dropped) * 50))
    assert_equal "$(grep -c ^slow out)" $(((2000 - dropped) * 50))
    assert_equal "$(own_total packets_received) $(own_total packets_dropped)" "$((2000 - dropped)) $dropped"
    assert_stderr_line "statsd-recv: $dropped datagrams of Unix sockets dropped: the output buffer was full"
}

@test "a slow reader: UDP's queue holds datagrams, and the rest is counted" {
    start_slow '--udp 0 --tcp 0'
    clients "$slow_client" "${ready%%$'\n'*}" >sent
    finish_slow 1
    assert_equal $(($(own_total packets_received) + $(own_total packets_dropped))) 2000
    (($(own_total packets_dropped) > 0))
    assert_equal "$(grep -c ^slow out)" $(($(own_total packets_received) * 50))
}

@test "clients that send without end leave the others their turn, and the end comes" {
    start_recv --tcp 0 --unix sock --unixgram gram --udp 0 --no-self
    receiver=$background_pid
    start_background env PYTHONPATH="$ROOT/tests" python3 -B -c 'from clients import *
place = sys.argv[1 if os.fork() else 2]
client = connect(place)
while True:
    client.sendall(b"endless:1|c\n" * 2000)' "tcp 127.0.0.1:$port" 'unix sock' 2>/dev/null
    wait_for_file_line out ^endless
    clients 'for place in sys.argv[1].splitlines() * 20:
        client = connect(place)
        client.send(b"other:1|c\n")
        client.close()' "$ready"
    wait_until has_others 80
    kill -TERM "$receiver"
    wait_exit "$receiver"
    assert_success
}

has_others() {
    (($(grep -c ^other out) >= $1))
}

# --- hostile input --------------------------------------------------------------------------------

has_no_connections() {
    kill -USR1 "$background_pid"
    sleep 0.05
    [[ $(tail -n 1 err) == *' 0 connections, '* ]]
}

# The peak memory of the receiver, in KiB.
peak() {
    awk '/^VmHWM/ { print $2 }' "/proc/$background_pid/status"
}

@test "hostile input: the longest datagrams, only separators, a byte at a time, a message of 4 GiB" {
    start_recv --udp 0 --tcp 0 --unix sock --unixgram gram --self-interval 1h --rcvbuf 4M
    clients 'udp, stream, unix_place, gram = sys.argv[1].splitlines()
slow = [connect(stream), connect(unix_place)]
for byte in b"a:1|c\n":
    for client in slow:
        client.send(bytes([byte]))
    for separator in b":", b"|", b"\n", b"#", b"@", b"\0", b"\xff", b",;=[":
        datagram = (separator * 65507)[:65507]
        connect(udp).send(datagram)
        connect(gram).send(datagram)
        for place in stream, unix_place:
            client = connect(place)
            client.sendall(datagram * 3)
            client.close()
framed = unix("sock")
framed.sendall(message(b"b:1|c") + bytes([255] * 4) + message(b"c:1|c") * 1000)
assert is_closed(framed)
for client in slow:
    client.close()
print(os.getpid())' "$ready" >pid
    wait_until has_no_connections
    (($(peak) < 60000)) || grep -q __asan_init "$STATSD_BIN/statsd-recv" || fail "peak memory: $(peak) KiB"
    stop_recv
    assert_success
    assert_equal "$(series)" 'a=1 a=1 b=1'
    # NULs at the Unix stream are the lengths of empty messages.
    assert_equal "$(own_total packets_received)" $((2 * 6 * 8 + 6 * (3 * 65507 / 4) + 1))
    (($(own_total bad_lines_seen) > 100))
}

@test "a length beyond 65535 closes the connection and is one bad line" {
    start_recv --unix sock --self-interval 1h
    clients 'for length in b"\xff\xff\xff\xff", b"\0\0\1\0":
        client = unix("sock")
        client.sendall(message(b"a:1|c") + length + message(b"b:1|c") * 10)
        assert is_closed(client)
print(os.getpid())' >pid
    stop_recv
    assert_equal "$(series)" 'a=1 a=1'
    local reason='a message has at most 65535 bytes: the connection was closed'
    assert_stderr "statsd-recv: unix:$(<pid): bad length '\\xff\\xff\\xff\\xff': $reason
statsd-recv: unix:$(<pid): bad length '\\0\\0\\x01\\0': $reason"
    assert_equal "$(own_total bad_lines_seen) $(own_total packets_received)" '2 2'
}
