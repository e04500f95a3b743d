# shellcheck shell=bash
# influxdb_start FOLDER [AUTH [PROGRAM]]: an InfluxDB 1, by default Debian's (1.6); with `true`, it wants a user.
# Sets $port.

influxdb_listens() {
    port=$(grep -ao 'Listening on HTTP.* addr=127.0.0.1:[0-9]*' "$1/output") && port=${port##*:}
}

influxdb_start() {
    local folder=$SERVERS/$1
    server_folder "$1"
    cat >"$folder/influxdb.conf" <<CONF
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "meta"
[data]
  dir = "data"
  wal-dir = "wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:0"
  auth-enabled = ${2:-false}
  log-enabled = false
CONF
    server_run "$1" "${3:-influxd}" -config influxdb.conf
    server_wait "$1" influxdb_listens "$folder"
}
