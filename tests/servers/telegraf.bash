# shellcheck shell=bash
# telegraf_start FOLDER TOKEN: a Telegraf that listens as InfluxDB 1 (/write) and as InfluxDB 2
# (/api/v2/write, with the token), and writes the lines that it takes to the folder's `lines`. Sets $port and
# $port2.

telegraf_start() {
    local folder=$SERVERS/$1
    server_folder "$1"
    port=$(free_port)
    while port2=$(free_port) && [[ $port2 == "$port" ]]; do :; done
    cat >"$folder/telegraf.conf" <<CONF
[agent]
  interval = "100ms"
  flush_interval = "100ms"
  omit_hostname = true
[[inputs.influxdb_listener]]
  service_address = "127.0.0.1:$port"
[[inputs.influxdb_v2_listener]]
  service_address = "127.0.0.1:$port2"
  token = "$2"
[[outputs.file]]
  files = ["lines"]
  data_format = "influx"
CONF
    server_run "$1" "$BUILD/servers/influx/telegraf" --config telegraf.conf
    server_wait "$1" listens "$port"
    server_wait "$1" listens "$port2"
}
