# shellcheck shell=bash
# victoria_metrics_start FOLDER [OPTION]…: a VictoriaMetrics that takes Graphite's plaintext. Sets $port, and
# $web, the URL of its HTTP interface (which takes and answers much else).
#
# victoria_metrics_lines: prints what is in the one at $web, `path value time`.

victoria_metrics_start() {
    local name=$1 http
    shift
    server_folder "$name"
    port=$(free_port)
    http=$(free_port)
    web=http://127.0.0.1:$http
    server_run "$name" victoria-metrics -graphiteListenAddr="127.0.0.1:$port" -httpListenAddr="127.0.0.1:$http" \
        -storageDataPath=data -retentionPeriod=100y -memory.allowedBytes=256MB "$@"
    server_wait "$name" listens "$http"
    server_wait "$name" listens "$port"
}

victoria_metrics_lines() {
    /usr/bin/python3 - "$web" <<'PYTHON'
import json, sys, urllib.request
web = sys.argv[1]
urllib.request.urlopen(web + "/internal/force_flush").read()
query = web + "/api/v1/export?match%5B%5D=%7B__name__!%3D%22%22%7D"
for line in urllib.request.urlopen(query):
    series = json.loads(line)
    for value, at in zip(series["values"], series["timestamps"]):
        print(series["metric"]["__name__"], float(value), at // 1000)
PYTHON
}
