# shellcheck shell=bash
# A Carbon and a graphite-web of our own for tests/graphite.bats, with tests/servers. graphite_start
# sets $carbon (its port), $whisper (the folder of its files) and $web (graphite-web's URL).

graphite_missing() {
    [[ -x /usr/bin/carbon-cache ]] || echo graphite-carbon
    /usr/bin/python3 -c 'import graphite' 2>/dev/null || echo graphite-web
    /usr/bin/python3 -c 'import statsd' 2>/dev/null || echo python3-statsd
    has_semaphores || echo 'a /dev/shm that we can write to'
}

# Carbon and graphite-web need them; the C library keeps them in /dev/shm.
has_semaphores() {
    /usr/bin/python3 -c 'import multiprocessing; multiprocessing.Lock()' 2>/dev/null
}

carbon_start() {
    carbon_cache_start carbon "${carbon:-}" "CACHE_QUERY_PORT = $carbonlink" 'ENABLE_TAGS = True' \
        'TAG_UPDATE_INTERVAL = 1' "GRAPHITE_URL = $web"
    carbon=$port
    server_wait carbon listens "$carbonlink"
}

carbon_stop() {
    server_stop carbon
}

graphite_start() {
    carbonlink=$(free_port)
    server_folder carbon
    whisper=$folder/whisper
    cp "$ROOT/examples/graphite/storage-aggregation.conf" "$folder"
    server_folder web
    mkdir -p "$folder/log"
    cp "$BATS_TEST_DIRNAME"/graphite/{site_settings.py,serve-web} "$folder"
    server_run web env GRAPHITE_TEST_DIR="$folder" GRAPHITE_TEST_WHISPER="$whisper" \
        GRAPHITE_TEST_CARBONLINK="$carbonlink" PYTHONPATH="$folder" PYTHONDONTWRITEBYTECODE=1 HOME="$folder" \
        MPLCONFIGDIR="$folder" /usr/bin/python3 "$folder/serve-web"
    server_wait web matches_file_line "$folder/output" '^[0-9]+$'
    web=http://127.0.0.1:$(grep -m 1 -E '^[0-9]+$' "$folder/output")
    carbon_start
    export SERVERS carbon carbonlink whisper web
}

ask() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/graphite/ask" "$web" "$@"
}

# stands PATH VALUE: waits until VALUE is the path's first value.
has_first() {
    [[ $(ask first "$1" 2>&1) == "$1 $2" ]]
}

stands() {
    wait_until has_first "$1" "$2" || fail "$1 is not $2" "$(ask first "$1" 2>&1)" \
        "$(tail "$SERVERS"/*/output "$SERVERS"/carbon/logs/*.log)"
}

# all_stand FILE: waits until every line of FILE is in Graphite.
holds_all() {
    ask holds <"$1" >"$BATS_TEST_TMPDIR/missing" 2>&1
}

all_stand() {
    wait_until holds_all "$1" || fail 'not in Graphite' "$(head -n 20 "$BATS_TEST_TMPDIR/missing")"
}
