# shellcheck shell=bash
# Real servers for tests. Each runs in a folder of its own, listens on free ports of the loopback,
# and ends with the test, whatever becomes of that. helper.bash comes before this file:
#
#     load helper
#     load servers/server                   (in tests/*.bats)
#     load servers/carbon-cache
#
#     setup() { need_server carbon-cache graphite-carbon; … }
#     teardown() { servers_stop; stop_background; }
#
#     carbon_cache_start one                starts it in $SERVERS/one; sets $port
#     server_freeze one; server_kill one    and carbon_cache_start one "$port" starts it again
#
# A file that starts servers once, in setup_file, sets SERVERS=$BATS_FILE_TMPDIR/servers before it
# loads this, and calls servers_stop in teardown_file.
#
# A starter, servers/NAME.bash, has a function NAME_start FOLDER [ARGUMENT]… that writes the
# configuration, calls server_run, waits until the server answers and sets $port. It says what else
# it sets.

# shellcheck disable=SC2154

SERVERS=${SERVERS:-$BATS_TEST_TMPDIR/servers}

# Whom servers run as if we are root.
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# need_server COMMAND PACKAGE: skips the test where the server is not installed.
need_server() {
    command -v "$1" >/dev/null || skip "there is no $1 here: install $2"
}

# Prints a port that nobody listens on, outside the range that outgoing connections use.
free_port() {
    /usr/bin/python3 - <<'PYTHON'
import random, socket
low, high = map(int, open("/proc/sys/net/ipv4/ip_local_port_range").read().split())
while True:
    port = random.randint(10000, 60999)
    if low <= port <= high and (low > 12000 or high < 60000):
        continue
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
PYTHON
}

# server_folder NAME: makes the server's folder, or finds it again, and sets $folder.
server_folder() {
    folder=$SERVERS/$1
    mkdir -p "$folder"
}

# give_away FOLDER: gives it to nobody if we are root, and nobody can enter it.
give_away() {
    local above=$1
    ((EUID == 0)) || return 0
    while [[ $above == "${BATS_RUN_TMPDIR:-/none}"/* ]]; do
        above=$(dirname "$above")
        chmod a+x "$above"
    done
    ! "${nobody[@]}" test -x "$1" || chown -R 65534:65534 "$1"
}

# server_run NAME COMMAND…: runs it in its folder, as nobody if we are root, in its own process
# group, for at most a quarter of an hour. What it prints goes to the folder's `output`.
server_run() {
    local name=$1 folder=$SERVERS/$1 as_owner=()
    shift
    give_away "$folder"
    (($(stat -c %u "$folder") == EUID)) || as_owner=("${nobody[@]}")
    (cd "$folder" && exec setsid -- "${as_owner[@]}" timeout 900 "$@") >>"$folder/output" 2>&1 </dev/null \
        3>&- 4>&- 5>&- 8>&- &
    echo "$!" >"$SERVERS/$name.pid"
    disown
}

server_signal() {
    local pid
    pid=$(cat "$SERVERS/$2.pid" 2>/dev/null) && kill "-$1" -- "-$pid" 2>/dev/null
}

server_is_gone() {
    ! server_signal 0 "$1"
}

# server_stop NAME: TERM, and KILL after four seconds. It may be started again.
server_stop() {
    server_signal TERM "$1" || return 0
    server_signal CONT "$1" || true
    PATIENCE=4 wait_until server_is_gone "$1" || server_kill "$1"
    rm -f "$SERVERS/$1.pid"
}

# server_kill NAME: kill -9; returns when it is gone.
server_kill() {
    server_signal KILL "$1" || return 0
    wait_until server_is_gone "$1" || fail "server $1 cannot be killed"
    rm -f "$SERVERS/$1.pid"
}

server_is_frozen() {
    local pid
    for pid in $(pgrep -g "$(<"$SERVERS/$1.pid")"); do
        is_frozen "$pid" || return
    done
}

# server_freeze NAME: stops all of its processes; its kernel still takes bytes. server_thaw goes on.
server_freeze() {
    server_signal STOP "$1"
    wait_until server_is_frozen "$1" || fail "server $1 has not stopped"
}

server_thaw() {
    server_signal CONT "$1"
}

# Kills every server of this test. For teardown.
servers_stop() {
    local pid
    for pid in "$SERVERS"/*.pid; do
        [[ ! -e $pid ]] || server_kill "$(basename "$pid" .pid)"
    done
}

listens() {
    (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# server_wait NAME COMMAND…: waits until the command succeeds, or fails with the server's output.
server_wait() {
    local name=$1
    shift
    wait_until "$@" || fail "server $name does not answer" "$(tail -n 20 "$SERVERS/$name/output" 2>&1)"
}
