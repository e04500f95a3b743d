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
        # Without names of their own, servers of one address have the same place in the ring.
        for backend; do
            echo "    127.0.0.1:$backend=s$backend"
        done
        echo '    ;'
        echo 'match * send to carbons stop;'
        echo "listen type linemode 127.0.0.1:$port proto tcp;"
    } >"$folder/relay.conf"
    server_run "$name" carbon-c-relay -f relay.conf
    server_wait "$name" listens "$port"
}
