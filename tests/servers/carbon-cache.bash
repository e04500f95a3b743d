# shellcheck shell=bash
# carbon_cache_start FOLDER [PORT [CONFIGURATION]…]: a carbon-cache that keeps a value a second of
# each path, for an hour. Started again, it has the files of its folder. Sets $port. Further lines of
# its configuration replace those that turn off tags and queries.
#
# carbon_cache_lines FOLDER: prints what is in its files, `path value time`, values as floats.

carbon_cache_config() {
    cat >"$folder/carbon.conf" <<CONF
[cache]
STORAGE_DIR = $folder
LOCAL_DATA_DIR = $folder/whisper
CONF_DIR = $folder
LOG_DIR = $folder/logs
PID_DIR = $folder
USER =
ENABLE_LOGROTATION = False
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = $port
ENABLE_UDP_LISTENER = False
PICKLE_RECEIVER_PORT = 0
CACHE_QUERY_INTERFACE = 127.0.0.1
CARBON_METRIC_INTERVAL = 0
WHISPER_FALLOCATE_CREATE = False
CONF
    (($# > 0)) || set -- 'CACHE_QUERY_PORT = 0' 'ENABLE_TAGS = False'
    printf '%s\n' "$@" >>"$folder/carbon.conf"
    printf '[all]\npattern = .*\nretentions = 1s:1h\n' >"$folder/storage-schemas.conf"
}

carbon_cache_start() {
    local name=$1
    port=${2:-$(free_port)}
    server_folder "$name"
    mkdir -p "$folder/whisper" "$folder/logs"
    carbon_cache_config "${@:3}"
    rm -f "$folder/carbon-cache.pid"
    server_run "$name" /usr/bin/carbon-cache --config "$folder/carbon.conf" --nodaemon \
        --pidfile "$folder/carbon-cache.pid" start
    server_wait "$name" listens "$port"
}

carbon_cache_lines() {
    /usr/bin/python3 - "$SERVERS/$1/whisper" <<'PYTHON'
import os, sys, time, whisper
root = sys.argv[1]
for folder, _, files in os.walk(root):
    for file in files:
        path = os.path.join(folder, file)
        name = os.path.relpath(path, root)[: -len(".wsp")].replace("/", ".")
        try:
            (start, _, step), values = whisper.fetch(path, time.time() - 3590, time.time() + 100)
        except (whisper.CorruptWhisperFile, OSError, TypeError):
            continue  # it is being created
        for number, value in enumerate(values):
            if value is not None:
                print(name, value, start + number * step)
PYTHON
}
