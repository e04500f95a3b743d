# shellcheck shell=bash
# influxdb2_start FOLDER: an InfluxDB 2 with the organization `mine`, the bucket `test` and the token
# `secret`. Sets $port.

influxdb2_answers() {
    curl -sf "http://127.0.0.1:$port/health" >/dev/null
}

influxdb2_start() {
    server_folder "$1"
    port=$(free_port)
    server_run "$1" "$BUILD/servers/influx/influxd2" --http-bind-address "127.0.0.1:$port" --bolt-path bolt \
        --sqlite-path sqlite --engine-path engine --reporting-disabled
    server_wait "$1" influxdb2_answers
    curl -sSf "http://127.0.0.1:$port/api/v2/setup" --data-binary \
        '{"username":"me","password":"long enough","org":"mine","bucket":"test","token":"secret"}' >/dev/null
}
