# shellcheck shell=bash
# victoria_metrics_start FOLDER: Debian's victoria-metrics. Sets $port.

victoria_metrics_start() {
    server_folder "$1"
    port=$(free_port)
    server_run "$1" victoria-metrics -storageDataPath data -httpListenAddr "127.0.0.1:$port" -retentionPeriod 100y \
        -influxMeasurementFieldSeparator /
    server_wait "$1" curl -sf -o /dev/null "http://127.0.0.1:$port/health"
}
