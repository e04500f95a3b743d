#!/usr/bin/env bats
# Sockets that a parent has opened: statsd-recv uses them as they are, and a restart loses only what
# their queues cannot hold, which is counted.

# shellcheck disable=SC2154
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    quiet_queue='its queue holds only [0-9]* datagrams: see sysctl net.unix.max_dgram_qlen$'
}

# parent SCRIPT [ARGUMENT...]: runs a script of tests/clients.py.
parent() {
    local script="from clients import *"$'\n'$1
    shift
    PYTHONPATH=$ROOT/tests python3 -B -c "$script" "$@" 3>&- 4>&-
}

own_total() {
    awk -F'\t' -v name="statsd.$1" '$1 == name { sum += $3 } END { print sum + 0 }' "${@:2}"
}

@test "fd:N: a socket of any kind, whatever the option" {
    run_program parent 'import subprocess
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
           socket.socket(socket.AF_INET, socket.SOCK_STREAM), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
           socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)]
for number, s in enumerate(sockets):
    path = "\0abstract%d" % os.getpid() if number == 5 else "sock%d" % number
    s.bind({2: ("127.0.0.1", 0), 10: ("::1", 0)}.get(s.family, path))
    if s.type == socket.SOCK_STREAM and number != 3: # which does not listen yet
        s.listen()
reader, writer = os.pipe()
options = ["--udp", "--tcp", "--unixgram", "--unix"]
argv = ["statsd-recv", "--ready-fd", str(writer), "--no-self", "-q"]
for number, s in enumerate(sockets):
    argv += [options[number % 4], "fd:%d" % s.fileno()]
recv = subprocess.Popen(argv, pass_fds=[writer] + [s.fileno() for s in sockets], stdout=subprocess.PIPE)
os.close(writer)
ready = os.fdopen(reader).read()
print(ready.replace(str(os.getpid()), "PID"), end="")
for number, s in enumerate(sockets):
    client = socket.socket(s.family, s.type)
    client.connect(s.getsockname())
    client.send(b"from%d:1|c" % number)
    client.close()
for i in range(6):
    print(recv.stdout.readline().decode().split("\t")[0])
recv.terminate()
assert recv.wait() == 0
for s in sockets: # nothing is left in them
    assert os.get_blocking(s.fileno())
    assert s.family != socket.AF_UNIX or s.getsockname()[0] == 0 or os.path.exists(s.getsockname())
    client = socket.socket(s.family, s.type)
    client.connect(s.getsockname())
    client.send(b"later")
    s.settimeout(5)
    print((s if s.type == socket.SOCK_DGRAM else s.accept()[0]).recv(9))'
    assert_success
    assert_equal "$(grep -c later <<<"$output")" 6
    assert_equal "$(grep -o 'from.' <<<"$output" | sort | xargs)" 'from0 from1 from2 from3 from4 from5'
    assert_equal "$(sed -n '1,6s/:[0-9]*$//p; 4,6p' <<<"$output" | xargs)" \
        'udp 127.0.0.1 udp [::1] tcp 127.0.0.1 unix sock3 unixgram sock4 unix @abstractPID'
}

@test "fd:N: a connection, and the end when it is closed" {
    run_program parent 'import subprocess
for family in socket.AF_UNIX, socket.AF_INET:
    if family == socket.AF_UNIX:
        ours, theirs = socket.socketpair()
    else:
        listener = socket.create_server(("127.0.0.1", 0))
        ours, theirs = socket.create_connection(listener.getsockname()), listener.accept()[0]
    recv = subprocess.Popen(["statsd-recv", "--unix", "fd:%d" % theirs.fileno(), "--no-self"],
                            pass_fds=[theirs.fileno()], stdout=subprocess.PIPE)
    ours.sendall(b"a:1|c\nb:")
    print(recv.stdout.readline().decode().split("\t")[0])
    ours.sendall(b"2|c")
    ours.shutdown(socket.SHUT_WR)
    print(recv.stdout.read().decode().split("\t")[0], recv.wait())'
    assert_success
    assert_output 'a
b 0
a
b 0'
    refute_stderr
}

@test "fd:N: what is no socket of these kinds" {
    run_shell 'exec 9>&-; statsd-recv --udp fd:9'
    assert_failure 1
    assert_stderr 'statsd-recv: fd:9: Bad file descriptor'
    run_shell 'statsd-recv --tcp fd:9 9</dev/null'
    assert_failure 1
    assert_stderr 'statsd-recv: fd:9: Socket operation on non-socket'
    run_program parent 'import subprocess
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
sys.exit(subprocess.call(["statsd-recv", "--unix", "fd:%d" % s.fileno()], pass_fds=[s.fileno()]))'
    assert_failure 1
    assert_stderr --regexp \
        '^statsd-recv: fd:[0-9]+: expected a socket of UDP or TCP, or a Unix socket of datagrams or a stream$'
}

@test "drops of a socket that was handed down are counted from its beginning, or from what the parent says" {
    parent 'import subprocess
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
s.bind(("127.0.0.1", 0))
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(100):
    client.sendto(b"a:1|c", s.getsockname())
for suffix in "", ":7":
    with __import__("builtins").open("out" + suffix, "w") as out:
        subprocess.run(["statsd-recv", "--udp", "fd:%d%s" % (s.fileno(), suffix), "--for", "50ms",
                        "--self-interval", "1h"], pass_fds=[s.fileno()], stdout=out)' 2>err
    received=$(own_total packets_received out) dropped=$(own_total packets_dropped out)
    ((dropped > 7 && received + dropped == 100)) || fail "$received received, $dropped dropped"
    assert_equal "$(own_total packets_dropped out:7)" $((dropped - 7))
}

# --- systemd --------------------------------------------------------------------------------------

# listen_to OPTION...: systemd-socket-activate's options, and the command to run.
need_systemd() {
    command -v systemd-socket-activate >/dev/null || skip 'systemd-socket-activate is not installed: it is in systemd'
}

free_port() {
    parent 's = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

send_line() {
    parent 'client = connect(sys.argv[1])
client.send(sys.argv[2].encode() + b"\n")
client.close()' "$1" "$2"
}

# activate OPTION... -- COMMAND...: starts it, and waits until it listens.
activate() {
    start_background systemd-socket-activate "$@" >out 2>err
    wait_for_file_line err 'Listening on'
}

@test "systemd: sockets that were handed over are used, and there is no default socket" {
    need_systemd
    activate -d -l "$PWD/gram" -E "PATH=$PATH" "$(command -v statsd-recv)" --no-self -v
    send_line "unixgram $PWD/gram" 'a:1|c'
    wait_for_file_line out ^a
    assert_equal "$(grep -o 'listening on.*' err)" "listening on unixgram $PWD/gram"
    stop_background
    activate -l "$PWD/one" -l "$PWD/two" "$(command -v statsd-recv)" --no-self -v
    send_line "unix $PWD/one" 'one:1|c'
    send_line "unix $PWD/two" 'two:1|c'
    wait_for_file_line out ^two
    wait_for_file_line out ^one
    assert_equal "$(grep -o 'listening on .*' err | xargs)" "listening on unix $PWD/one listening on unix $PWD/two"
}

@test "systemd: in a shell's pipeline, --udp fd:3 takes the shell's socket, and without it there is advice" {
    need_systemd
    port=$(free_port)
    activate -d -l "127.0.0.1:$port" -E "PATH=$PATH" /bin/sh -c 'statsd-recv --no-self --udp fd:3 | cat'
    send_udp "$port" 'a:1|c'
    wait_for_file_line out ^a
    stop_background
    port=$(free_port)
    activate -d -l "127.0.0.1:$port" -E "PATH=$PATH" /bin/bash -o pipefail -c 'statsd-recv --no-self | cat; exit'
    send_udp "$port" 'a:1|c'
    wait_exit "$background_pid"
    assert_failure 1
    assert_equal "$(grep statsd-recv: err)" \
        'statsd-recv: LISTEN_PID names the parent process: if that is a shell, take its socket with --udp fd:3'
}

@test "LISTEN_PID of somebody else is nobody's business" {
    LISTEN_PID=1 LISTEN_FDS=1 run_program statsd-recv --udp 0 --for 1ms --no-self
    assert_success
    refute_stderr
    for wrong in 'LISTEN_PID=x LISTEN_FDS=1' 'LISTEN_PID=$$ LISTEN_FDS=0' 'LISTEN_PID=$$'; do
        run_shell "$wrong exec statsd-recv --udp 0 --for 1ms --no-self"
        assert_success
        refute_stderr
    done
    run_shell 'LISTEN_PID=$$ LISTEN_FDS=1 exec statsd-recv --udp 0 --for 1ms --no-self 3>&-'
    assert_failure 1
}

@test "systemd: a receiver restarted under load: sent = received + dropped" {
    need_systemd
    port=$(free_port)
    activate -d -l "127.0.0.1:$port" -E "PATH=$PATH" /bin/sh -c 'i=0
        while [ ! -e over ]; do
            i=$((i + 1))
            statsd-recv --udp fd:3 --self-interval 1h >out.$i 2>>err.recv
        done
        echo $i >runs'
    parent 'client = connect("udp :" + sys.argv[1])
sent, end = 0, time.monotonic() + 4
while time.monotonic() < end:
    for i in range(20):
        client.send(b"load:1|c\n" * 3)
        sent += 1
    time.sleep(0.001)
print(sent)' "$port" >sent &
    sender=$!
    for i in {1..12}; do
        wait_for_file_line "out.$i" ^load
        pkill -TERM -g "$background_pid" -x statsd-recv
    done
    wait "$sender"
    touch over
    pkill -TERM -g "$background_pid" -x statsd-recv
    wait_exit "$background_pid"
    runs=$(<runs)
    received=$(own_total packets_received out.*)
    dropped=$(own_total packets_dropped "out.$runs")
    assert_equal $((received + dropped)) "$(<sent)"
    assert_equal "$(cat out.* | grep -c ^load)" $((received * 3))
    ((runs >= 13))
    echo "# sent $(<sent), received $received in $runs runs, dropped $dropped" >&3
}

@test "connections that wait while a receiver is restarted are the next one's" {
    need_systemd
    activate -l "$PWD/sock" -E "PATH=$PATH" /bin/sh -c 'statsd-recv --unix fd:3 --no-self --count 1 >first
        until [ -e go ]; do sleep 0.05; done
        exec statsd-recv --unix fd:3 --no-self >second'
    send_line "unix $PWD/sock" 'a:1|c'
    wait_for_file_line first ^a
    for i in 1 2 3; do send_line "unix $PWD/sock" "b$i:1|c"; done
    touch go
    wait_for_file_line second ^b3
    assert_equal "$(cut -f 1 second | sort | xargs)" 'b1 b2 b3'
}
