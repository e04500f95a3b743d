# shellcheck shell=bash
# A Carbon and a graphite-web of our own for tests/graphite.bats, in the directory $graphite, on
# free ports. If we are root, they run as nobody. graphite_start sets $carbon (its port) and $web
# (its URL).

nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

graphite_missing() {
    [[ -x /usr/bin/carbon-cache ]] || echo graphite-carbon
    /usr/bin/python3 -c 'import graphite' 2>/dev/null || echo graphite-web
    /usr/bin/python3 -c 'import statsd' 2>/dev/null || echo python3-statsd
    has_semaphores || echo 'a /dev/shm that we can write to'
}

# has_semaphores [AS...]: Carbon and graphite-web need them; the C library keeps them in /dev/shm.
has_semaphores() {
    "$@" /usr/bin/python3 -c 'import multiprocessing; multiprocessing.Lock()' 2>/dev/null
}

# Finds a port that nobody listens on, outside the range that outgoing connections use.
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

# Runs a command as the owner of the directory, in its own process group, for at most a quarter of
# an hour. Its process id, which is also the group's, goes to $graphite/NAME.pid.
graphite_run() {
    local name=$1 as_owner=()
    shift
    (($(stat -c %u "$graphite") == EUID)) || as_owner=("${nobody[@]}")
    setsid -- "${as_owner[@]}" timeout 900 "$@" >"$graphite/$name.out" 2>"$graphite/$name.err" </dev/null 3>&- 4>&- &
    echo "$!" >"$graphite/$name.pid"
    disown
}

graphite_end() {
    local pid
    pid=$(cat "$graphite/$1.pid" 2>/dev/null) || return 0
    kill -TERM -- "-$pid" 2>/dev/null || true
    for ((i = 0; i < 200; i++)); do
        kill -0 -- "-$pid" 2>/dev/null || break
        sleep 0.02
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
    rm -f "$graphite/$1.pid"
}

# Gives the directory to nobody if we are root, and nobody can enter it and have semaphores.
choose_owner() {
    ((EUID == 0)) || return 0
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" "$BATS_FILE_TMPDIR"
    chown -R 65534:65534 "$graphite"
    if ! "${nobody[@]}" touch "$graphite/whisper/here" 2>/dev/null || ! has_semaphores "${nobody[@]}"; then
        chown -R 0:0 "$graphite"
    fi
}

carbon_config() {
    cat >"$graphite/carbon.conf" <<CONF
[cache]
STORAGE_DIR = $graphite
LOCAL_DATA_DIR = $graphite/whisper
CONF_DIR = $graphite
LOG_DIR = $graphite/log
PID_DIR = $graphite
USER =
ENABLE_LOGROTATION = False
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = $carbon
ENABLE_UDP_LISTENER = False
PICKLE_RECEIVER_PORT = 0
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = $carbonlink
CARBON_METRIC_INTERVAL = 0
WHISPER_FALLOCATE_CREATE = False
ENABLE_TAGS = True
TAG_UPDATE_INTERVAL = 1
GRAPHITE_URL = $web
CONF
    cp "$ROOT/examples/graphite/storage-aggregation.conf" "$graphite"
    printf '[all]\npattern = .*\nretentions = 1s:1h\n' >"$graphite/storage-schemas.conf"
}

listens() {
    (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

carbon_start() {
    graphite_run carbon /usr/bin/carbon-cache --config "$graphite/carbon.conf" --nodaemon \
        --pidfile "$graphite/carbon-cache.pid" start
    wait_until listens "$carbon" || graphite_says 'Carbon did not start'
    wait_until listens "$carbonlink" || graphite_says 'Carbon did not start'
}

carbon_stop() {
    graphite_end carbon
    rm -f "$graphite/carbon-cache.pid"
}

graphite_says() {
    fail "$1" "$(tail -n 20 "$graphite"/*.out "$graphite"/*.err 2>&1)"
}

graphite_start() {
    graphite=$BATS_FILE_TMPDIR/graphite
    mkdir -p "$graphite/whisper" "$graphite/log"
    cp "$BATS_TEST_DIRNAME"/graphite/{site_settings.py,serve-web} "$graphite"
    choose_owner
    carbon=$(free_port)
    carbonlink=$(free_port)
    graphite_run web env GRAPHITE_TEST_DIR="$graphite" GRAPHITE_TEST_CARBONLINK="$carbonlink" PYTHONPATH="$graphite" \
        PYTHONDONTWRITEBYTECODE=1 HOME="$graphite" MPLCONFIGDIR="$graphite" /usr/bin/python3 "$graphite/serve-web"
    wait_until has_whole_line "$graphite/web.out" || graphite_says 'graphite-web did not start'
    web=http://127.0.0.1:$(cat "$graphite/web.out")
    carbon_config
    carbon_start
    export graphite carbon carbonlink web
}

graphite_stop() {
    graphite_end carbon
    graphite_end web
}

ask() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/graphite/ask" "$web" "$@"
}

# stands PATH VALUE: waits until VALUE is the path's first value.
has_first() {
    [[ $(ask first "$1" 2>&1) == "$1 $2" ]]
}

stands() {
    wait_until has_first "$1" "$2" || fail "$1 is not $2" "$(ask first "$1" 2>&1)" "$(tail "$graphite"/log/*.log)"
}

# all_stand FILE: waits until every line of FILE is in Graphite.
holds_all() {
    ask holds <"$1" >"$BATS_TEST_TMPDIR/missing" 2>&1
}

all_stand() {
    wait_until holds_all "$1" || fail 'not in Graphite' "$(head -n 20 "$BATS_TEST_TMPDIR/missing")"
}
