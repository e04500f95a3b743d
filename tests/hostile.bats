#!/usr/bin/env bats
# Input that nobody means well with, at every kind of socket at once: what is good among it becomes
# records, the rest is counted, and memory stays what it is.

# shellcheck disable=SC2154
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    start_ready statsd-recv --udp 127.0.0.1:0 --tcp 127.0.0.1:0 --unixgram gram --unix stream \
        --rcvbuf 4M >out 2>err
    udp=$(sed -n 's/^udp .*://p' <<<"$ready")
    tcp=$(sed -n 's/^tcp .*://p' <<<"$ready")
    receiver=$background_pid
}

# client: runs a Python program that has the sockets `udp`, `tcp`, `gram` and `stream`, connected.
client() {
    python3 -c '
import socket, struct, sys, time
def connected(family, kind, place):
    s = socket.socket(family, kind)
    s.connect(place)
    return s
udp = connected(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int(sys.argv[1])))
def tcp(): return connected(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(sys.argv[2])))
gram = connected(socket.AF_UNIX, socket.SOCK_DGRAM, "gram")
def stream(): return connected(socket.AF_UNIX, socket.SOCK_STREAM, "stream")
'"$(cat)" "$udp" "$tcp"
}

end_receiver() {
    kill -TERM "$receiver"
    wait_exit "$receiver"
    assert_success
}

# own NAME: the sum of a self-metric.
own() {
    awk -F'\t' -v name="statsd.$1" '$1 == name && $2 == "c" { sum += $3 } END { print sum + 0 }' out
}

# records NAME: how many there are.
records() {
    awk -F'\t' -v name="$1" '$1 == name { count++ } END { print count + 0 }' out
}

has_records() {
    (($(records "$1") >= $2))
}

memory() {
    awk '/VmRSS/ { print $2 }' "/proc/$receiver/status"
}

@test "datagrams of 65,507 bytes: of short lines, of one line, of separators" {
    client <<'PYTHON'
short = b"a:1|c\n" * 10917 + b"a:1|c"
for s in (udp, gram):
    for text in (short, b"x" * 65503 + b":1|c", b":" * 65507, b"|" * 65507, b"\n" * 65507, b"\0" * 65507,
                 b"a:1|c|#" + b"," * 65500):
        s.send(text[:65507])
    s.send(b"end:1|c")
PYTHON
    wait_until has_records end 2
    end_receiver
    # The last one is a line with many empty tags; those mean nothing.
    assert_equal "$(records a)" $((2 * 10918 + 2))
    assert_equal "$(own packets_received)" 16
    assert_equal "$(own metrics_received)" $((2 * 10918 + 2 + 2))
    assert_equal "$(own bad_lines_seen)" $((2 * 4))
}

@test "lines of separators only, at every socket: each is one bad line" {
    client <<'PYTHON'
lines = [b":", b"|", b"@", b"#", b"::", b":|", b"|:|", b":::|||@@@###", b"|c",
          b":|c", b":1|c", b"a:|c", b"a:1|", b"a|c"]
text = b"\n".join(lines) + b"\nend:1|c\n"
udp.send(text)
gram.send(text)
for s in (tcp(), stream()):
    s.sendall(text)
    s.close()
PYTHON
    wait_until has_records end 4
    end_receiver
    assert_equal "$(own metrics_received)" 4
    assert_equal "$(own bad_lines_seen)" $((4 * 14))
}

@test "a hundred connections of one byte at a time hold up nobody, and their lines arrive whole" {
    client <<'PYTHON'
slow = [tcp() if i % 2 else stream() for i in range(100)]
line = b"slow.and.patient:1|c\n"
fast = tcp()
for at in range(len(line)):
    for s in slow:
        s.send(line[at:at + 1])
    fast.sendall(b"fast:1|c\n" * 1000)
    time.sleep(0.05)
for s in slow + [fast]:
    s.close()
PYTHON
    wait_until has_records fast 21000
    wait_until has_records slow.and.patient 100
    end_receiver
    assert_equal "$(own bad_lines_seen)" 0
    assert_equal "$(own metrics_received)" 21100
}

@test "a frame of 4 GiB closes its connection, as one bad line, and takes no memory" {
    client <<'PYTHON'
def framed(text): return struct.pack("<I", len(text)) + text
for length in (0xffffffff, 0x80000000, 65536):
    s = stream()
    s.sendall(framed(b"before:1|c"))
    s.sendall(struct.pack("<I", length))
    s.settimeout(10)
    try:
        assert s.recv(1) == b""
    except ConnectionResetError:
        pass
s = stream()
s.sendall(framed(b"end:1|c"))
PYTHON
    wait_until has_records end 1
    (($(memory) < 20000)) || [[ -n ${ASAN_OPTIONS:-} ]]
    end_receiver
    assert_equal "$(records before)" 3
    assert_equal "$(own bad_lines_seen)" 3
    assert_equal "$(own metrics_received)" 4
}

@test "a line without an end: bounded memory, one bad line, and the next line is read" {
    client <<'PYTHON'
for s in (tcp(), stream()):
    for i in range(400):
        s.sendall(b"x" * 65536)
    s.sendall(b"\nend:1|c\n")
    s.close()
PYTHON
    wait_until has_records end 2
    (($(memory) < 20000)) || [[ -n ${ASAN_OPTIONS:-} ]]
    end_receiver
    assert_equal "$(own bad_lines_seen)" 2
}

@test "connections that come and go, half of them in the middle of a line or a frame" {
    client <<'PYTHON'
for i in range(300):
    for s in (tcp(), stream()):
        s.sendall((b"good:1|c\nhalf:1|c", b"good:1|c\n")[i % 2])
        s.close()
    s = stream()
    s.sendall(struct.pack("<I", 8) + b"good:1|c" + struct.pack("<I", 100) + b"cut")
    s.close()
udp.send(b"end:1|c")
PYTHON
    wait_until has_records end 1
    wait_until has_records good 900
    wait_until has_records half 300
    end_receiver
    # The last line of a stream counts without its line end; a frame that was cut is a bad line.
    assert_equal "$(own bad_lines_seen)" 300
}
