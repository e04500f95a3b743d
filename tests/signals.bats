#!/usr/bin/env bats
# Signals: which of them are one, what ends a program, and what it reports then. And what must not
# block a program: a reader of its output that takes nothing, a full stderr.

# shellcheck disable=SC2154,SC2030,SC2031 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export AWS_REGION=eu-west-1 # statsd-cloudwatch does not start without one
}

# The programs that read their standard input. statsd-kafka needs a Kafka first: kafka.bats has its signals.
filters() {
    printf '%s\n' "${PROGRAMS[@]}" | grep -vxE 'statsd-(kafka|recv|run)'
}

# as_filter NAME: sets $words to a command that waits for input and needs nothing else.
as_filter() {
    words=("$1")
    case $1 in
    statsd-agg) words+=(-i 1h) ;;
    statsd-carbon | statsd-cloudwatch | statsd-prometheus) words+=(-n) ;;
    statsd-elastic | statsd-influx) words+=(-n http://127.0.0.1:9) ;;
    statsd-spool) words+=("$BATS_TEST_TMPDIR/spool" -- "$ROOT/tests/fake-sink" "$BATS_TEST_TMPDIR/sink" read) ;;
    esac
}

# start_filter NAME: starts one of the filters, which waits for input, or statsd-recv.
start_filter() {
    : >err
    if [[ $1 == statsd-recv ]]; then
        start_ready statsd-recv --udp 0 --no-self >out 2>err
        return
    fi
    as_filter "$1"
    start_fed "${words[@]}"
    wait_until handles_signals "$background_pid"
}

# --- one signal or two ----------------------------------------------------------------------------

@test "two TERMs within a second are one, 50 times: the last interval is written" {
    for i in {1..50}; do
        rm -f in
        start_live -i 1h --no-self
        rec "a$i" c 1 >&5
        kill -TERM "$background_pid"
        kill -TERM "$background_pid" || true
        exec 5>&-
        wait_exit "$background_pid"
        assert_success
        grep -q "^a$i	c	count	1	" out || fail "run $i lost its interval" "$(<err)"
        run ! grep 'second signal' err
    done
}

@test "timeout, which signals the child and then its group: 20 times the last interval is written" {
    # timeout sends CONT as well, which may take away the STOP that the leak check at exit waits for.
    export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
    for i in {1..20}; do
        timeout 0.3 bash -c "{ printf 'a:1|c\n'; sleep 60; } | statsd-parse |
            statsd-agg -i 1h --no-self --drain 0 >out" || true
        wait_for_file_line out '^a.c.count.1'
        rm out
    done
}

@test "TERM and HUP mixed within a second are one" {
    for pair in 'HUP HUP' 'TERM HUP' 'INT TERM' 'INT HUP'; do
        rm -f in
        start_live -i 1h --no-self
        rec a c 1 >&5
        for signal in $pair; do
            kill "-$signal" "$background_pid"
        done
        exec 5>&-
        wait_exit "$background_pid"
        assert_success
        grep -q '^a	c	count	1	' out || fail "$pair lost the interval"
    done
}

@test "HUP ends every program in order" {
    for program in statsd-recv $(filters); do
        start_filter "$program"
        kill -HUP "$background_pid"
        exec 5>&-
        wait_exit "$background_pid"
        ((status == 0)) || fail "$program" "$(<err)"
        # statsd-agg has nothing to write but its own rows.
        [[ ! -s err ]] || fail "$program" "$(<err)"
    done
}

@test "HUP does not end a program that nohup started" {
    mkfifo in
    exec 5<>in
    start_background nohup statsd-parse --time 7 <in >out 2>err 5>&-
    echo 'a:1|c' >&5
    wait_for_file_line out '^a'
    kill -HUP "$background_pid"
    echo 'b:1|c' >&5
    wait_for_file_line out '^b'
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
}

@test "a second INT ends a program at once, and it reports what it has not written" {
    start_live -i 1h --drain 1h
    { rec a c 1 && rec b c 1 && rec a g 1; } >&5
    # shellcheck disable=SC2016
    wait_until eval 'kill -USR1 "$background_pid"; grep -q "^statsd-agg: 3 records" err'
    kill -INT "$background_pid"
    interrupt_again "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    assert_failure 1
    assert_equal "$(<out)" ''
    assert_equal "$(tail -n 1 err)" \
        'statsd-agg: ended by a second signal: an open interval of 3 series not written'
}

# All of them at the same time. Each has its fifo open for writing itself, so its input does not end.
@test "a second TERM or HUP that comes a second later ends every program at once" {
    for signal in TERM HUP; do
        declare -A pids=()
        for program in $(filters); do
            mkdir -p "$program"
            [[ -p $program/in ]] || mkfifo "$program/in"
            as_filter "$program"
            start_background "${words[@]}" <>"$program/in" >"$program/out" 2>"$program/err"
            pids[$program]=$background_pid
        done
        for pid in "${pids[@]}"; do
            wait_until handles_signals "$pid"
        done
        kill -TERM "${pids[@]}"
        sleep 1.1
        before=$(date +%s%3N)
        kill "-$signal" "${pids[@]}"
        for program in "${!pids[@]}"; do
            wait_exit "${pids[$program]}"
            assert_failure 1
            assert_equal "$(<"$program/err")" "$program: ended by a second signal"
        done
        (($(date +%s%3N) - before < 2500)) || fail 'they took their time'
    done
}

@test "what statsd-table and statsd-carbon have not written is reported too" {
    start_fed statsd-table --drain 1h
    printf 'a\tc\tcount\t1\t1\nb\tc\tcount\t1\t1\n' >&5
    interrupt_twice
    exec 5>&-
    assert_failure 1
    assert_equal "$(<err)" 'statsd-table: ended by a second signal: an open interval of 2 series not written'
    start_fed statsd-carbon --drain 1h --no-self 127.0.0.1:1
    printf 'a 1 1\nb 2 1\n' >&5
    wait_for_file_line err 'Connection refused'
    kill -INT "$background_pid"
    interrupt_again "$background_pid"
    wait_exit "$background_pid"
    exec 5>&-
    assert_failure 1
    assert_equal "$(tail -n 1 err)" 'statsd-carbon: ended by a second signal: 2 lines for 127.0.0.1:1 not written'
}

# --- a reader that takes nothing ------------------------------------------------------------------

# wait_until_stuck PROGRAM: waits until tests/stuck-pipe has started it and it is stuck in a write.
wait_until_stuck() {
    wait_until pgrep -x -g "$background_pid" "$1" >/dev/null
    wait_until handles_signals "$(pgrep -x -g "$background_pid" "$1")"
    wait_until_asleep "$(pgrep -x -g "$background_pid" "$1")"
}

many_lines() {
    seq -f 'a%g:1|c' 200000
}

# The rest of a line that was written in part counts as a line.
@test "a second signal ends a program that is stuck in a write" {
    many_lines >lines
    for signal in INT TERM; do
        start_background "$ROOT/tests/stuck-pipe" 1 statsd-parse --time 7 --drain 1h lines 2>err
        wait_until_stuck statsd-parse
        pkill -$signal -x -g "$background_pid" statsd-parse
        sleep 1.1
        pkill -$signal -x -g "$background_pid" statsd-parse
        wait_exit "$background_pid"
        assert_failure 1
        [[ $(<err) =~ ^'statsd-parse: ended by a second signal: '([0-9]+)' lines ('([0-9]+)' bytes) not written'$ ]] ||
            fail "$(<err)"
        ((BASH_REMATCH[1] > 1000 && BASH_REMATCH[2] > 20000)) || fail "$(<err)"
    done
}

@test "TERM and a reader that takes nothing: every filter ends within --drain and counts what is left" {
    many_lines >lines
    statsd-parse --time 1000 lines >records
    statsd-agg --once -i 10 --no-self records >rows
    for run in 'statsd-parse --time 7 lines' 'statsd-agg -e records' 'statsd-agg -i 0.3 records' \
        'statsd-table --tsv rows' 'statsd-carbon -n'; do
        program=${run%% *}
        before=$(date +%s%3N)
        # shellcheck disable=SC2086
        start_background "$ROOT/tests/stuck-pipe" 1 $run --drain 700ms <rows 2>err
        wait_until_stuck "$program"
        pkill -TERM -x -g "$background_pid" "$program"
        before=$(date +%s%3N)
        wait_exit "$background_pid"
        took=$(($(date +%s%3N) - before))
        assert_failure 1
        grep -Eq "^$program: stdout: its reader takes nothing: [0-9]+ lines \([0-9]+ bytes\) not written$" err ||
            fail "$run" "$(<err)"
        ((took < 3000)) || fail "$run took $took ms"
    done
}

@test "the number of lines not written is exact" {
    many_lines | head -n 20000 >lines
    start_background "$ROOT/tests/stuck-pipe" 1 statsd-parse --time 7 --drain 300ms lines 2>err
    wait_until_stuck statsd-parse
    pkill -TERM -x -g "$background_pid" statsd-parse
    wait_exit "$background_pid"
    # stuck-pipe has filled the pipe before, but statsd-parse makes it larger.
    not=$(sed -n 's/.*nothing: \([0-9]*\) lines.*/\1/p' err)
    bytes=$(sed -n 's/.*(\([0-9]*\) bytes.*/\1/p' err)
    statsd-parse --time 7 lines >all
    assert_equal "$(tail -c "$bytes" all | wc -l)" "$not"
}

@test "statsd-recv ends within --drain, and counts what its reader has not taken" {
    start_background "$ROOT/tests/stuck-pipe" 1 \
        statsd-recv --udp 127.0.0.1:0 -v --no-self --rcvbuf 4M --drain 500ms 2>err
    wait_for_file_line err 'listening on udp'
    port=$(sed -n 's/.*listening on udp 127.0.0.1://p' err)
    python3 - "$port" <<'PYTHON'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(400):
    s.sendto(b"\n".join([b"a:%d|c" % i] * 100), ("127.0.0.1", int(sys.argv[1])))
PYTHON
    pkill -TERM -x -g "$background_pid" statsd-recv
    wait_exit "$background_pid"
    assert_failure 1
    grep -Eq '^statsd-recv: stdout: its reader takes nothing: [0-9]+ lines \([0-9]+ bytes\) not written$' err ||
        fail "$(<err)"
}

@test "a reader that takes everything in time loses nothing, even with --drain 0" {
    many_lines >lines
    mkfifo slow
    (
        sleep 0.1
        exec cat
    ) <slow >got &
    reader=$!
    start_background statsd-parse --time 7 --drain 0 lines >slow 2>err
    wait_exit "$background_pid"
    wait $reader
    assert_success
    assert_equal "$(wc -l <got)" 200000
}

# --- a terminal -----------------------------------------------------------------------------------

# at_terminal SIGNAL COMMAND…: runs it with a terminal as stdin, types `a:1|c`, and sends it the
# signal after its output has come. Prints the seconds until it has ended.
at_terminal() {
    python3 - "$@" <<'PYTHON'
import os, pty, signal, subprocess, sys, time
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=open("out", "w"), stderr=open("err", "w"))
os.write(master, b"a:1|c\n")
deadline = time.time() + 15
while not os.path.getsize("err") or ("statsd-parse" in sys.argv[2] and not os.path.getsize("out")):
    assert time.time() < deadline
    time.sleep(0.02)
child.send_signal(getattr(signal, sys.argv[1]))
start = time.time()
status = child.wait(15)
print(status, int(time.time() - start))
PYTHON
}

@test "^C ends a filter that reads a terminal at once, and so does TERM" {
    for signal in SIGINT SIGTERM; do
        run_program at_terminal $signal statsd-parse --time 7
        assert_output '0 0'
        assert_equal "$(<err)" 'statsd-parse: reading from the terminal: end with ^D'
        assert_equal "$(<out)" "$(rec a c 1 1 7.000)"
        for program in statsd-agg statsd-table 'statsd-carbon -n'; do
            # shellcheck disable=SC2086
            run_program at_terminal $signal $program
            assert_output '0 0'
        done
    done
}

# --- messages -------------------------------------------------------------------------------------

@test "a full stderr stops nobody, and what it did not take is reported when it works again" {
    start_background "$ROOT/tests/stuck-pipe" 2 statsd-recv --udp 127.0.0.1:0 --no-self --ready-fd 9 >out 9>out
    wait_for_file_line out '^udp'
    port=$(sed -n 's/^udp 127.0.0.1://p' out)
    for i in 1 2 3 4; do
        send_udp "$port" 'bad\ngood:1|c'
    done
    wait_until eval '(($(grep -c ^good out) == 4))'
    touch drain
    wait_until test -e drained
    wait_for_file_line drained 'messages lost'
    send_udp "$port" 'late\n'
    wait_for_file_line drained 'late'
    kill -TERM "$(pgrep -x -g "$background_pid" statsd-recv)"
    wait_exit "$background_pid"
    assert_success
    assert_equal "$(head -n 1 drained)" 'statsd-recv: 4 messages lost: stderr did not take them'
}

@test "a filter with a full stderr goes on too" {
    yes x | head -n 100000 >lines
    echo 'good:1|c' >>lines
    run_shell "timeout 20 '$ROOT/tests/stuck-pipe' 2 statsd-parse --time 7 lines >out </dev/null"
    assert_success
    assert_equal "$(<out)" "$(rec good c 1 1 7.000)"
}

@test "a message is written whole where stderr is a pipe, a file or a socket" {
    echo x >lines
    expected="statsd-parse: lines:1: bad line 'x': expected name:value|type"
    run_shell 'statsd-parse lines 2>&1 >/dev/null | cat'
    assert_output --partial "statsd-parse: lines:1: bad line 'x': "
    expected=$output
    statsd-parse lines 2>err
    assert_equal "$(<err)" "$expected"
    run_program python3 -c '
import socket, subprocess
a, b = socket.socketpair()
subprocess.run(["statsd-parse", "lines"], stderr=b)
b.close()
print(a.makefile().read(), end="")'
    assert_output "$expected"
}

@test "read stdin: a failure is printed with --quiet too" {
    for program in $(filters); do
        as_filter "$program"
        run_program "${words[0]}" -q "${words[@]:1}" <.
        assert_failure 1
        assert_stderr "$program: read stdin: Is a directory"
    done
}

# --- control bytes --------------------------------------------------------------------------------

@test "in messages too: file names, and nothing of a message but its end is a line end" {
    run_program python3 - <<'PYTHON'
import os, pty, subprocess
master, slave = pty.openpty()
name = "no\033]0;x\007\n\tsuch\u00e9"
subprocess.run(["statsd-parse", name], stderr=slave, stdin=subprocess.DEVNULL)
os.close(slave)
print(os.read(master, 4096).replace(b"\r\n", b"\n").decode(), end="")
PYTHON
    assert_output 'statsd-parse: open no\x1b]0;x\x07\x0a\x09suché: No such file or directory'
    run_shell "statsd-parse \$'no\\033x'"
    assert_stderr "statsd-parse: open no"$'\033'"x: No such file or directory"
}

@test "every program that prints names does so, and side files too" {
    printf 'u:\033x|s\n' >lines
    start_background python3 "$ROOT/tests/on-terminal" 80 \
        statsd-recv --udp 127.0.0.1:0 --no-self --ready-fd 9 >out 9>ready
    wait_until has_whole_line ready
    port=$(sed 's/.*://' ready)
    send_udp "$port" 'u:\033x|s'
    wait_for_file_line out '^u	s	\\x1bx	'
    statsd-parse --time 7 lines >records
    printf 'a\033b\tc\t1\t1\t7\n' >>records
    run_program python3 "$ROOT/tests/on-terminal" 80 statsd-agg -e --no-self records
    assert_line 'a\x1bb	c	count	1	10'
    printf '\033x\n' >lines
    run_program python3 "$ROOT/tests/on-terminal" 80 bash -c 'statsd-parse -q --rejects /dev/stdout lines 2>&1'
    assert_line --partial '	\x1bx'
}

@test "on a terminal control bytes are shown escaped, elsewhere they go as they are" {
    printf 'a\033[2J\tc\tcount\t1\t1\n' >names.tsv
    # The name keeps nothing but what is allowed in names; members of sets keep everything.
    printf 'u:\033]0;x\007\302\2332J\233\177é\366|s\n' >lines
    run_program python3 "$ROOT/tests/on-terminal" 80 statsd-parse --time 7 lines
    assert_output "$(printf 'u\ts\t%s\t1\t7.000' '\x1b]0;x\x07'$'\302''\x9b2J\x9b\x7fé\xf6')"
    statsd-parse --time 7 lines >out
    grep -aq $'\033]0;x\007\302\2332J\233\177é\366' out || fail 'a file gets other bytes'
    run_program python3 "$ROOT/tests/on-terminal" 80 statsd-table --tsv names.tsv
    assert_line --partial 'a\x1b[2J	c	1'
    run_program python3 "$ROOT/tests/on-terminal" 80 statsd-table names.tsv
    [[ $output != *$'\033[2J'* ]] || fail 'the table lets it through'
}
