# shellcheck shell=bash
# haproxy_start FOLDER PORT…: haproxy, which passes a connection on to the first of these ports of
# the loopback that can be reached. Sets $port.

haproxy_start() {
    local name=$1 backend
    shift
    server_folder "$name"
    port=$(free_port)
    {
        cat <<CONF
defaults
    mode tcp
    timeout connect 1s
    timeout client 1m
    timeout server 1m
    retries 1
    option redispatch
listen carbon
    bind 127.0.0.1:$port
CONF
        for backend; do
            echo "    server s$backend 127.0.0.1:$backend$( (($# == 1)) || echo ' check inter 200ms')"
        done
    } >"$folder/haproxy.cfg"
    server_run "$name" haproxy -db -f haproxy.cfg
    server_wait "$name" listens "$port"
}
