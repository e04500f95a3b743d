# shellcheck shell=bash
# carbon_c_relay_start FOLDER PORT…: a carbon-c-relay before the Carbons at these ports of the
# loopback; each path goes to one of them. Sets $port.

carbon_c_relay_start() {
    local name=$1 backend
    shift
    server_folder "$name"
    port=$(free_port)
    {
        echo 'cluster carbons carbon_ch replication 1'
        printf '    127.0.0.1:%d\n' "$@"
        echo '    ;'
        echo 'match * send to carbons stop;'
        echo "listen type linemode $port proto tcp;"
    } >"$folder/relay.conf"
    server_run "$name" carbon-c-relay -f relay.conf -i 127.0.0.1
    server_wait "$name" listens "$port"
}
