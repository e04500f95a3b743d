# shellcheck shell=bash
# moto_start FOLDER: moto's server, which checks signatures. Sets $port, and $moto_id and
# $moto_secret, the key of a user who may do everything.

# Skips the test where moto is not.
need_moto() {
    [[ -e $STATSD_BIN/../servers/moto/ready ]] || skip 'there is no moto here: make check-servers fetches it'
}

moto_start() {
    local bin
    bin=$(cd "$STATSD_BIN/../servers/moto/bin" && pwd)
    server_folder "$1"
    port=$(free_port)
    INITIAL_NO_AUTH_ACTION_COUNT=3 server_run "$1" "$bin/moto_server" -H 127.0.0.1 -p "$port"
    PATIENCE=60 server_wait "$1" listens "$port"
    read -r moto_id moto_secret < <("$bin/python" "$ROOT/tests/servers/moto-user" "http://127.0.0.1:$port")
}
