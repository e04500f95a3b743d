# What every bats file loads first (`load helper`): the built programs in PATH, assertions that show
# what they saw, background programs that never outlive their test, and waiting for events instead
# of sleeping.
#
#     run_program statsd-parse --check <<<'a:x|c'     sets $status $output $stderr (and $lines …)
#     run_shell 'statsd-parse f | head -1'            the same for a pipeline, with pipefail
#     start_ready statsd-recv --udp 127.0.0.1:0 >out  sets $background_pid $ready $port when ready
#     wait_for_file_line out '^api'                   until a line of out matches, or the test fails
#     kill -TERM "$background_pid"; wait_exit "$background_pid"; assert_success

# Many variables set here are for the files that load this one; bats sets $status, $output and
# $stderr.
# shellcheck disable=SC2034,SC2154

bats_require_minimum_version 1.5.0

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export STATSD_BIN=${STATSD_BIN:-$ROOT/build/bin}
STATSD_BIN=$(cd "$STATSD_BIN" && pwd)
export PATH="$STATSD_BIN:$PATH" LC_ALL=C TZ=UTC
PROGRAMS=()
for program in "$ROOT"/cmd/*/; do
    program=$(basename "$program")
    [[ ! -x $STATSD_BIN/$program ]] || PROGRAMS+=("$program") # make leaves out those whose library is missing
done
unset program

# The most seconds that anything may take before its test fails.
PATIENCE=${PATIENCE:-20}
background=()
inside=()

# A file with its own teardown calls stop_background in it.
teardown() {
    stop_background
}

# --- running --------------------------------------------------------------------------------------

run_program() {
    run --separate-stderr -- "$@"
}

run_shell() {
    run --separate-stderr -- bash -o pipefail -c "$1"
}

# run_crontab FILE: runs every line of a crontab as cron does, one after the other: with sh and
# hardly any variables but those of the file. /usr/local/bin is a folder with our programs and with a
# `mail` that writes to mail.txt and mail.words.
run_crontab() {
    local line variables=(SHELL=/bin/sh "HOME=$PWD" PATH=/usr/bin:/bin)
    mkdir -p cron-bin
    ln -sf "$STATSD_BIN"/statsd-* cron-bin
    printf '#!/bin/sh\ncat >mail.txt\necho "$*" >mail.words\n' >cron-bin/mail
    chmod +x cron-bin/mail
    : >cron.run
    while IFS= read -r line; do
        if [[ $line =~ ^[A-Z]+= ]]; then
            variables+=("${line//\/usr\/local\/bin/$PWD/cron-bin}")
        else
            sed -E 's/^([^ ]+ +){5}//; s/\\%/%/g' <<<"$line" >>cron.run
        fi
    done <"$1"
    run_program env -i "${variables[@]}" sh cron.run
}

# --- asserting ------------------------------------------------------------------------------------

# Prints why the test failed, and all output of the last run.
fail() {
    {
        printf -- '-- %s\n' "$1"
        shift
        (($# == 0)) || printf '%s\n' "$@"
        printf -- '-- status: %s\n' "${status:-none}"
        [[ -z ${output:-} ]] || printf -- '-- stdout:\n%s\n' "${output:0:4000}"
        [[ -z ${stderr:-} ]] || printf -- '-- stderr:\n%s\n' "${stderr:0:4000}"
    } >&2
    return 1
}

assert_success() {
    ((status == 0)) || fail 'expected success'
}

# assert_failure [STATUS]
assert_failure() {
    if (($# > 0)); then
        ((status == $1)) || fail "expected exit status $1"
    else
        ((status != 0)) || fail 'expected failure'
    fi
}

assert_equal() {
    [[ $1 == "$2" ]] || fail 'not equal' "   is: $1" "   expected: $2"
}

# compare_text WHAT TEXT [--partial|--regexp] EXPECTED; if EXPECTED is `-`, it is read from stdin.
compare_text() {
    local what=$1 text=$2 how=equal expected
    shift 2
    case $1 in
    --partial | --regexp) how=${1#--} && shift ;;
    esac
    expected=$1
    [[ $expected != - ]] || expected=$(cat)
    case $how in
    equal) [[ $text == "$expected" ]] || fail "$what differs (< expected, > is)" \
        "$(diff <(printf '%s\n' "$expected") <(printf '%s\n' "$text"))" ;;
    partial) [[ $text == *"$expected"* ]] || fail "$what lacks: $expected" ;;
    regexp) [[ $text =~ $expected ]] || fail "$what does not match: $expected" ;;
    esac
}

# assert_output [--partial|--regexp] EXPECTED, and the same for stderr. Trailing line ends do not
# count; to compare every byte, write to a file and use assert_file.
assert_output() {
    compare_text stdout "$output" "$@"
}

assert_stderr() {
    compare_text stderr "$stderr" "$@"
}

# has_line TEXT EXPECTED | has_line TEXT --regexp REGEX | has_line TEXT --partial PART
has_line() {
    local line
    while IFS= read -r line; do
        case $2 in
        --regexp) [[ ! $line =~ $3 ]] || return 0 ;;
        --partial) [[ $line != *"$3"* ]] || return 0 ;;
        *) [[ $line != "$2" ]] || return 0 ;;
        esac
    done <<<"$1"
    return 1
}

assert_line() {
    has_line "$output" "$@" || fail "no such line on stdout: $*"
}

refute_line() {
    ! has_line "$output" "$@" || fail "a line that must not be on stdout: $*"
}

assert_stderr_line() {
    has_line "$stderr" "$@" || fail "no such line on stderr: $*"
}

refute_stderr_line() {
    ! has_line "$stderr" "$@" || fail "a line that must not be on stderr: $*"
}

refute_output() {
    [[ -z $output ]] || fail 'stdout is not empty'
}

refute_stderr() {
    [[ -z $stderr ]] || fail 'stderr is not empty'
}

# assert_file FILE EXPECTED-FILE: both have the same bytes.
assert_file() {
    cmp -s "$1" "$2" || fail "$1 is not $2 (< is, > expected)" "$(diff <(cat -A "$1") <(cat -A "$2") | head -40)"
}

# Wrong usage: exit 2, empty stdout, one line with the reason and one with the usage.
assert_usage_error() {
    assert_failure 2
    refute_output
    ((${#stderr_lines[@]} == 2)) || fail 'expected two lines on stderr'
    compare_text reason "${stderr_lines[0]}" "$@"
    [[ ${stderr_lines[1]} == usage:* ]] || fail 'the second line is no usage line'
}

# --- input ----------------------------------------------------------------------------------------

# Prints its arguments as one line, separated by TABs.
tsv() {
    local IFS=$'\t'
    printf '%s\n' "$*"
}

# rec SERIES TYPE VALUE [RATE [TIME]]: prints a record.
rec() {
    tsv "$1" "$2" "$3" "${4:-1}" "${5:-1700000000.000}"
}

# send_udp PORT TEXT [ADDRESS]: sends one datagram, TEXT in the syntax of printf %b. (Bash itself
# would send one per line.)
send_udp() {
    printf '%b' "$2" >"$BATS_TEST_TMPDIR/datagram"
    cat "$BATS_TEST_TMPDIR/datagram" >"/dev/udp/${3:-127.0.0.1}/$1"
}

# Skips a test of a name where there is none: a bare Debian has no /etc/hosts.
need_localhost() {
    getent ahosts localhost >/dev/null || skip 'localhost has no address here: there is no /etc/hosts'
}

# Skips a test of what a terminal shows where there is no /dev/pts.
need_terminal() {
    python3 -c 'import pty; pty.openpty()' 2>/dev/null || skip 'there are no terminals here: no /dev/pts'
}

# --- the background -------------------------------------------------------------------------------

# Starts a command in its own process group and sets $background_pid. Redirect it as you would the
# command.
start_background() {
    setsid -- "$@" <&0 3>&- 4>&- &
    background_pid=$!
    background+=("$background_pid")
}

# The same for a shell pipeline. To signal all of it, signal -- -"$background_pid".
start_shell() {
    start_background bash -o pipefail -c "$1"
}

# Starts a program with --ready-fd and waits until it is ready. Sets $background_pid, $ready (its
# lines) and $port (of the first).
start_ready() {
    local file
    file=$(mktemp "$BATS_TEST_TMPDIR/ready.XXXXXX")
    start_background "$@" --ready-fd 9 9>"$file"
    wait_until has_whole_line "$file" || fail "$1 did not become ready"
    ready=$(<"$file")
    port=${ready%%$'\n'*}
    port=${port##*:}
}

# start_with_input PROGRAM ARGUMENT…: starts a program that reads what is written to descriptor 8,
# until end_input. Its messages go to ./said, its descriptor 7, for done intervals, to ./named. If
# the array $inside is set, this command runs it. $port stays as it is.
start_with_input() {
    local port
    rm -f pipe
    mkfifo pipe
    exec 8<>pipe
    start_ready "${inside[@]}" "$@" <pipe 2>said 7>named 8>&-
    reader=$background_pid
}

# Ends the input of start_with_input's program, waits for its end and sets $status.
end_input() {
    exec 8>&-
    wait_exit "$reader"
}

# start_live OPTION…: starts statsd-agg, writing to ./out and ./err. Its stdin is the fifo ./in,
# open at descriptor 5.
start_live() {
    mkfifo in
    exec 5<>in
    start_ready statsd-agg "$@" <in >out 2>err 5>&-
}

# start_fed COMMAND…: starts it on the fifo ./in, which is open at descriptor 5, writing to ./out and
# ./err.
start_fed() {
    [[ -p in ]] || mkfifo in
    exec 5<>in
    start_background "$@" <in >out 2>err 5>&-
}

has_whole_line() {
    (($(wc -l <"$1") > 0))
}

# start_peer [OPTION|SCRIPT]…: starts tests/tools/tcp-peer, whose source says what its scripts are.
# Its port and its events go to ./events. Sets $background_pid and $port. If the array $inside is
# set, this command runs it.
start_peer() {
    local peer=$STATSD_BIN/../tools/tcp-peer
    [[ -x $peer ]] || skip 'the TCP peer is not built: make tools'
    start_background "${inside[@]}" "$peer" "$@" >events 8>&-
    wait_until has_whole_line events || fail 'the TCP peer did not start'
    read -r port <events
}

# wait_event EVENT [COUNT]: until this many (1) events match `EVENT CONNECTION BYTES`, as in `open 3`.
wait_event() {
    wait_until has_events "$@" || fail "fewer than ${2:-1} events of the TCP peer match: $1" "$(tail -n 20 events)"
}

has_events() {
    (($(count_events "$1") >= ${2:-1}))
}

count_events() {
    grep -Ec "^[0-9]+ $1( |\$)" events || true
}

# has_questions PORT COUNT: so many connections of a server have an end (FIN) of the client's to read.
has_questions() {
    local port
    port=$(printf ':%04X' "$1")
    (($(awk -v port="$port$" '$2 ~ port && $4 == "08"' /proc/net/tcp | wc -l) >= $2))
}

# start_tcp_sink FILE: starts a server that writes the lines that it receives to FILE. Sets
# $background_pid and $port.
start_tcp_sink() {
    start_peer --lines "$1"
}

# start_http ACTION…: starts tests/fake-http, which does these. What it gets is in ./http. Sets
# $background_pid, $port and $url.
start_http() {
    local file
    file=$(mktemp "$BATS_TEST_TMPDIR/ready.XXXXXX")
    mkdir -p http
    : >http/accepted
    start_background python3 "$ROOT/tests/fake-http" http "$@" >"$file"
    wait_until has_whole_line "$file" || fail 'the fake HTTP server did not start'
    port=$(<"$file")
    url=http://127.0.0.1:$port/write
}

# Ends everything that a test has left running; bats calls it through teardown.
stop_background() {
    local pid
    for pid in "${background[@]}"; do
        kill -KILL -- "-$pid" 2>/dev/null || true
        { wait "$pid" || true; } 2>/dev/null
    done
    background=()
}

# start_namespace: starts a network of our own, with its own mounts. Sets $namespace, a process in
# it, and $inside, a command that runs a command there. Skips the test where that is not allowed.
start_namespace() {
    unshare --net --mount true 2>/dev/null || skip 'no network namespaces here: they need root'
    start_background unshare --net --mount sleep infinity
    namespace=$background_pid
    wait_until is_program "$namespace" sleep || fail 'the namespace did not start'
    inside=(nsenter --target "$namespace" --net --mount --wd="$PWD" --)
    PATH=$PATH:/usr/sbin:/sbin
    "${inside[@]}" ip link set lo up
}

is_program() {
    [[ $(<"/proc/$1/comm") == "$2" ]]
}

# in_small_disk COMMANDS [WORD…]: runs them with a tmpfs of 64 KiB at ./d, in a namespace of their own.
# They have the words as $1…, wait_for COMMAND, and $pid, a process of theirs that is killed at the end.
in_small_disk() {
    local commands=$1
    shift
    mkdir -p d
    unshare -m true 2>/dev/null || skip 'no right to make a namespace'
    # shellcheck disable=SC2016
    run_program unshare -m bash -c '
        set -e
        trap "kill -KILL \$pid 2>/dev/null || true" EXIT
        mount -t tmpfs -o size=64k none d 2>/dev/null || exit 77
        wait_for() {
            for _ in {1..500}; do if eval "$1"; then return; fi; sleep 0.02; done
            echo "waited for $1"
            exit 1
        }
        '"$commands" _ "$@"
    ((status != 77)) || skip 'no right to mount a tmpfs'
}

# --- waiting --------------------------------------------------------------------------------------

# wait_until COMMAND…: waits until it succeeds; fails after $PATIENCE seconds.
wait_until() {
    local deadline=$((SECONDS + PATIENCE))
    until "$@"; do
        ((SECONDS <= deadline)) || return 1
        sleep 0.02
    done
}

matches_file_line() {
    grep -Eaq -- "$2" "$1" 2>/dev/null
}

# wait_for_file_line FILE REGEX
wait_for_file_line() {
    wait_until matches_file_line "$1" "$2" || fail "no line of $1 came to match $2" "$(tail -n 20 "$1" 2>&1)"
}

is_frozen() {
    [[ $(ps -o state= -p "$1") == [Tt]* ]]
}

# freeze PID: stops the process and waits until it has stopped. `kill -CONT` continues it.
freeze() {
    kill -STOP "$1"
    wait_until is_frozen "$1" || fail "process $1 has not stopped"
}

# take_descriptors PID: leaves the process no descriptor that it could open; give_descriptors does.
take_descriptors() {
    local free=0
    while [[ -e /proc/$1/fd/$free ]]; do
        free=$((free + 1))
    done
    prlimit --pid "$1" --nofile="$free:1024"
}

give_descriptors() {
    prlimit --pid "$1" --nofile=1024:1024
}

# has_status FILE REGEX: asks the background program for a status line, and is true when the last one
# in the file, which may be the answer to an earlier call, matches.
has_status() {
    kill -USR1 "$background_pid"
    tail -n 1 "$1" | grep -qE -- "$2"
}

# has_taken COUNT: statsd-agg, writing to ./err, has handled COUNT records, and has written what was
# due before it slept.
has_taken() {
    kill -USR1 "$background_pid"
    sleep 0.02
    grep -q "^statsd-agg: $1 records" err
}

# switches PID: how often it has gone to sleep, if it sleeps now.
switches() {
    awk '$1 == "State:" { state = $2 } $1 == "voluntary_ctxt_switches:" && state == "S" { print $2 }' "/proc/$1/status"
}

stays_asleep() {
    local before
    before=$(switches "$1")
    sleep 0.02
    [[ -n $before && $(switches "$1") == "$before" ]]
}

# wait_until_asleep PID: waits until the program does nothing more by itself: it has read what is
# there and waits for input, or it is stuck in a write.
wait_until_asleep() {
    wait_until stays_asleep "$1" || fail "process $1 does not come to rest"
}

# pipe_is_full FD: what stands in this pipe has left no room for another page.
pipe_is_full() {
    python3 -c '
import array, fcntl, sys, termios
held = array.array("i", [0])
fcntl.ioctl(0, termios.FIONREAD, held)
sys.exit(held[0] + 4096 <= fcntl.fcntl(0, 1032)) # F_GETPIPE_SZ' <&"$1"
}

# pipe_is_empty FD: what stood in this pipe has been read.
pipe_is_empty() {
    python3 -c '
import array, fcntl, sys, termios
held = array.array("i", [0])
fcntl.ioctl(0, termios.FIONREAD, held)
sys.exit(held[0] != 0)' <&"$1"
}

# interrupt_again PID: sends it INT as a second signal. One that comes within 50 ms of the first
# counts as the same signal.
interrupt_again() {
    sleep 0.1
    kill -INT "$1"
}

# Ends the background program, which waits with all its input read, by a second INT.
interrupt_twice() {
    wait_until handles_signals "$background_pid"
    wait_until_asleep "$background_pid"
    kill -INT "$background_pid"
    interrupt_again "$background_pid"
    wait_exit "$background_pid"
}

# handles_signals PID: a program of ours runs there, and has installed its handlers of TERM and HUP.
handles_signals() {
    local mask
    [[ $(<"/proc/$1/comm") == statsd-* ]] || return
    mask=$(awk '$1 == "SigCgt:" { print $2 }' "/proc/$1/status")
    (((0x$mask & 0x4001) == 0x4001))
}

is_gone() {
    ! kill -0 "$1" 2>/dev/null
}

# wait_exit PID: waits until this child of the test has ended, and sets $status. Not under `run`.
wait_exit() {
    wait_until is_gone "$1" || fail "process $1 has not ended"
    status=0
    wait "$1" || status=$?
}
