#!/usr/bin/env bats
# Client libraries of others, over every kind of socket that they have: what they send is received.
# Debian's python3-statsd is tested always. `make check-peers` gets the others from their registries,
# for which it needs the network, pip, npm, go and mvn.

# shellcheck disable=SC2154
load helper

CLIENTS=$ROOT/tests/peers/clients

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# need_peers TOOL...
need_peers() {
    local tool
    [[ ${PEERS_CLIENTS:-} ]] || skip 'make check-peers tests it: it needs the network'
    for tool; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
}

# try_client KIND COMMAND...: has the client send to a socket of that kind, and checks what came.
try_client() {
    local kind=$1 place=0
    shift
    [[ $kind != unix* ]] || place=$PWD/socket
    start_ready statsd-recv "--$kind" "$place" --no-self --events events >out 2>err
    [[ $kind == unix* ]] || place=$port
    timeout 60 "$@" "$kind" "$place" 3>&- 4>&- || fail "the client failed: $* $kind"
    wait_until has_users
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
    assert_equal "$(awk -F'\t' '{ print $1, $2, $2 == "s" ? $3 : $3 + 0, $4 }' out | sort | paste -sd,)" \
        'app.depth g 7 1,app.hits c 3 1,app.time ms 320 1,app.users s bob 1'
    assert_equal "$(grep -v max_dgram_qlen err)" ''
}

# try_run COMMAND...: has the client send to statsd-run over UDP, and checks what its table shows.
try_run() {
    local row
    echo "{ port: 0, address: '127.0.0.1', mgmt_port: 0, flushInterval: 1000000, noSelf: true,
        backends: ['console'] }" >run.js
    start_ready statsd-run run.js >table 2>err
    timeout 60 "$@" udp "$port" 3>&- 4>&- || fail "the client failed: $*"
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
    for row in '^app\.hits +3 ' '^app\.depth +7$' '^app\.users +1$' '^app\.time +1 .* 320 '; do
        grep -Eq "$row" table || fail "no row: $row" "$(<table)"
    done
}

has_users() {
    (($(wc -l <out) >= 4))
}

@test "Python: statsd, over UDP, TCP and a Unix stream" {
    /usr/bin/python3 -c 'import statsd' 2>/dev/null || skip 'the module is not installed: python3-statsd'
    for kind in udp tcp unix; do
        try_client "$kind" /usr/bin/python3 -B "$CLIENTS/client_statsd.py"
    done
    try_run /usr/bin/python3 -B "$CLIENTS/client_statsd.py"
}

@test "Python: datadog, over UDP, Unix datagrams and a Unix stream of messages" {
    need_peers python3
    python3 -m venv python >log 2>&1 && python/bin/pip install -q datadog >>log 2>&1 || skip "$(tail -n 1 log)"
    for kind in udp unixgram unix; do
        try_client "$kind" python/bin/python -B "$CLIENTS/client_datadog.py"
        assert_equal "$(<events)" '_e{7,6}:a title|a text'
        rm events
    done
    try_run python/bin/python -B "$CLIENTS/client_datadog.py"
}

@test "node: hot-shots, over UDP, TCP and Unix datagrams" {
    need_peers node npm
    echo '{}' >package.json
    npm install --no-audit --no-fund --loglevel=error hot-shots unix-dgram >log 2>&1 || skip "$(tail -n 1 log)"
    for kind in udp tcp unixgram; do
        NODE_PATH=$PWD/node_modules try_client "$kind" node "$CLIENTS/hot-shots.js"
        assert_equal "$(<events)" '_e{11,6}:app.a title|a text'
        rm events
    done
    NODE_PATH=$PWD/node_modules try_run node "$CLIENTS/hot-shots.js"
}

@test "Go: datadog-go, over UDP, Unix datagrams and a Unix stream of messages" {
    need_peers go
    printf 'module client\ngo 1.19\n' >go.mod
    cp "$CLIENTS/client.go" .
    GOFLAGS=-mod=mod go get github.com/DataDog/datadog-go/v5/statsd >log 2>&1 || skip "$(tail -n 1 log)"
    go build -o client client.go
    for kind in udp unixgram unix; do
        try_client "$kind" ./client
        assert_equal "$(<events)" '_e{7,6}:a title|a text'
        rm events
    done
    try_run ./client
}

@test "Java: java-dogstatsd-client, over UDP, Unix datagrams and a Unix stream of messages" {
    need_peers mvn javac java
    cp "$CLIENTS/pom.xml" .
    mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >log 2>&1 || skip "$(tail -n 1 log)"
    javac -cp 'lib/*' -d . "$CLIENTS/Client.java"
    for kind in udp unixgram unix; do
        try_client "$kind" java -cp '.:lib/*' Client
        assert_equal "$(<events)" '_e{11,6}:app.a title|a text'
        rm events
    done
    try_run java -cp '.:lib/*' Client
}
