#!/usr/bin/env bats
# examples/docker/compose.yaml in a real Docker (`make check-docker`): our image by its Dockerfile,
# with a stand-in for Graphite's image, which holds the real Carbon and graphite-web, and a fake
# Grafana (tests/servers/docker). Their own images come from registries, which no test asks.

# shellcheck disable=SC2154
load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/docker

setup_file() {
    export LACKS
    LACKS=$(docker_lacks)
    [[ -z $LACKS ]] || return 0
    server_folder docker
    docker_start host
    make_base
    make_graphite
    make_image grafana/grafana "$BATS_TEST_DIRNAME/servers/docker/grafana"
    make_ours
    docker_stop
    docker_start own
}

teardown_file() {
    [[ -n $LACKS ]] || docker_stop
}

setup() {
    [[ -z $LACKS ]] || skip "$LACKS"
    cd "$BATS_TEST_TMPDIR" || return
    docker_enter
    cp -r "$ROOT/examples" .
    chmod -R a+rX examples
}

teardown() {
    [[ -z $LACKS ]] || return 0
    compose down --volumes --timeout 1 >/dev/null 2>&1 || true
    docker ps -aq | xargs -r docker rm --force --volumes >/dev/null || true
    stop_background
}

# Debian's smallest system, under the name that our Dockerfile starts from.
make_base() {
    debootstrap --variant=minbase bookworm "$BATS_FILE_TMPDIR/root" >"$BATS_FILE_TMPDIR/log" 2>&1 ||
        fail 'debootstrap has failed' "$(tail "$BATS_FILE_TMPDIR/log")"
    tar -C "$BATS_FILE_TMPDIR/root" -c . | docker import - debian:bookworm-slim >/dev/null
    rm -rf "$BATS_FILE_TMPDIR/root"
}

make_graphite() {
    local context=$BATS_FILE_TMPDIR/graphite
    cp -r "$BATS_TEST_DIRNAME/servers/docker/graphite" "$context"
    cp "$BATS_TEST_DIRNAME"/graphite/{serve-web,site_settings.py} "$context"
    make_image graphiteapp/graphite-statsd "$context"
}

# make_image NAME CONTEXT
make_image() {
    docker build -q --network host -t "$1" "$2" >"$BATS_FILE_TMPDIR/log" 2>&1 ||
        fail "no image $1" "$(tail "$BATS_FILE_TMPDIR/log")"
}

# Our image, as `compose up` and as README.md's line build it.
make_ours() {
    local line
    echo 'services: { statsd: { build: { network: host } } }' >"$BATS_FILE_TMPDIR/network.yaml"
    docker-compose -f "$ROOT/examples/docker/compose.yaml" -f "$BATS_FILE_TMPDIR/network.yaml" build \
        >"$BATS_FILE_TMPDIR/log" 2>&1 || fail 'no image' "$(tail "$BATS_FILE_TMPDIR/log")"
    line=$(grep -m 1 '^docker build ' "$ROOT/README.md")
    (cd "$ROOT" && bash -c "${line/build/build --network host}") >"$BATS_FILE_TMPDIR/log" 2>&1 ||
        fail "no image: $line" "$(tail "$BATS_FILE_TMPDIR/log")"
}

compose() {
    docker-compose -f "$PWD/examples/docker/compose.yaml" "$@"
}

# container SERVICE: its name for `docker`.
container() {
    compose ps -q "$1"
}

logs() {
    compose logs --no-color --tail 20 statsd graphite
}

# up: returns when statsd takes samples.
up() {
    compose up --no-build -d >up.log 2>&1 || fail 'compose up has failed' "$(cat up.log)"
    wait_until is_ready || fail 'statsd does not come up' "$(cat up.log; logs)"
}

# is_ready: statsd's UDP port, 8125, is open.
is_ready() {
    docker exec "$(container statsd)" grep -q ':1FBD ' /proc/net/udp 2>/dev/null
}

# send TEXT: as one datagram, so that all of it is in one interval.
send() {
    printf '%b' "$1" >datagram
    "${inside[@]}" bash -c 'cat datagram >/dev/udp/127.0.0.1/8125'
}

# graphite PATH: its first value, asked through the published port.
graphite() {
    "${inside[@]}" /usr/bin/python3 "$BATS_TEST_DIRNAME/graphite/ask" http://127.0.0.1:8080 first "$1" 2>&1
}

has_first() {
    [[ $(graphite "$1") == "$1 $2" ]]
}

# stands PATH VALUE: waits until it is the path's first value in Graphite.
stands() {
    wait_until has_first "$1" "$2" || fail "$1 is not $2" "$(graphite "$1"; logs)"
}

# grafana WORD: what the fake Grafana answers, through the published port.
grafana() {
    "${inside[@]}" curl -sS --fail --max-time 20 "http://127.0.0.1:3000/$1"
}

# values TITLE: dashboard, panel, legend and first value of each series of each query of a dashboard.
values() {
    grafana answers | jq -r --arg title "$1" '.[] | select(.title == $title) | . as $row |
        if .error then [.panel, .query, .error] else
            .series[] | [$row.panel, .target, ([.datapoints[][0] | values] | first)] end | @tsv' | LC_ALL=C sort
}

has_dashboard() {
    grafana dashboards 2>/dev/null | jq -e --arg title "$1" 'any(.title == $title and .folder == "StatsD")' >/dev/null
}

has_values() {
    values "$1" >is 2>&1 && cmp -s is "$2"
}

exit_status() {
    docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$1"
}

@test "what is sent is in Graphite, and within half a minute on a dashboard that Grafana shows" {
    up
    send 'api.requests:3|c\napi.requests:4|c\napi.time:320|ms|#env:prod\napi.users:ada|s\napi.load:0.75|g'
    # More new paths than Carbon makes in a minute by itself:
    send "$(printf 'many.m%d:1|c\\n' {1..150})"
    PATIENCE=30 wait_until has_dashboard api || fail 'no dashboard' "$(grafana dashboards; logs)"
    stands stats.counters.api.requests.count 7.0
    printf '%s\t%s\t%s\n' api.load value 0.75 api.requests rate 0.7 api.time 'mean prod' 320 api.time 'p50 prod' 320 \
        api.time 'p90 prod' 320 api.time 'p99 prod' 320 api.time 'upper prod' 320 api.users unique 1 >expected
    wait_until has_values api expected || fail 'not what was sent' "$(diff is expected)"
    printf 'many.m%d\trate\t0.1\n' {1..150} | LC_ALL=C sort >expected
    wait_until has_values many expected || fail 'not what was sent' "$(diff is expected | head -n 20)"
}

@test "Carbon keeps the paths as examples/graphite says, whatever its image would do" {
    up
    send 'kept.hits:3|c\nkept.level:1|g\nkept.time:5|ms'
    stands stats.timers.kept.time.upper_90 5.0
    cat >kept.py <<'PYTHON'
import sys, whisper
for path in sys.argv[1:]:
    info = whisper.info("/opt/graphite/storage/whisper/" + path.replace(".", "/") + ".wsp")
    print(path, info["aggregationMethod"], *(f"{a['secondsPerPoint']}:{a['retention']}" for a in info["archives"]))
PYTHON
    kept() {
        docker exec -i "$(container graphite)" python3 - stats.{counters.kept.hits.count,gauges.kept.level} \
            stats.timers.kept.time.{lower,mean,upper_90} <kept.py >kept 2>&1
    }
    wait_until kept || fail 'no files' "$(cat kept)"
    sed 's/$/ 10:21600 60:604800 600:157680000/' >expected <<'END'
stats.counters.kept.hits.count sum
stats.gauges.kept.level last
stats.timers.kept.time.lower min
stats.timers.kept.time.mean average
stats.timers.kept.time.upper_90 max
END
    assert_file kept expected
}

@test "statsd and Grafana run as users without rights, and only statsd writes dashboards" {
    up
    assert_equal "$(docker exec "$(container statsd)" id -u)" 8125
    assert_equal "$(docker exec "$(container statsd)" cat /proc/1/comm)" statsd-run
    assert_equal "$(docker exec "$(container grafana)" id -u)" 472
    docker exec "$(container statsd)" touch /dashboards/x
    run_program docker exec --user 0 "$(container grafana)" touch /dashboards/x
    assert_failure
    assert_stderr --partial 'Read-only file system'
}

@test "all ports are of this machine alone" {
    up
    docker ps -q | xargs docker inspect -f '{{json .HostConfig.PortBindings}}' | jq -r '.[][].HostIp' >is
    assert_equal "$(sort is | paste -sd ' ')" '127.0.0.1 127.0.0.1 127.0.0.1'
}

@test "stop delivers the open interval and ends with status 0, and what was there is there after the next up" {
    local name statsd
    up
    statsd=$(container statsd)
    send 'last.hits:2|c\nlast.hits:3|c'
    compose stop statsd >log 2>&1
    assert_equal "$(exit_status "$statsd")" 'exited 0'
    stands stats.counters.last.hits.count 5.0
    compose stop >log 2>&1
    for name in $(compose ps -q); do
        assert_equal "$(exit_status "$name")" 'exited 0'
    done
    run_program docker logs "$statsd"
    [[ ! $stderr =~ 'not delivered'|'ended with status' ]] || fail 'not all of it was delivered'
    up
    stands stats.counters.last.hits.count 5.0
    wait_until has_dashboard last || fail 'the dashboard has gone' "$(grafana dashboards)"
}

was_restarted() {
    [[ $(docker inspect -f '{{.RestartCount}} {{.State.Running}}' "$1") == '1 true' ]]
}

@test "statsd comes back when it is killed" {
    up
    docker_kill "$(container statsd)"
    wait_until was_restarted "$(container statsd)" || fail 'not restarted' "$(docker ps -a)"
    wait_until is_ready || fail 'not up' "$(logs)"
    send 'again:4|c'
    stands stats.counters.again.count 4.0
}

@test "what arrives while Graphite is away is in the next one" {
    up
    send 'before:1|c'
    stands stats.counters.before.count 1.0
    compose rm --stop --force -v graphite >log 2>&1
    send 'away:6|c'
    has_dashboard away || wait_until has_dashboard away || fail 'the interval does not end' "$(logs)"
    up
    stands stats.counters.away.count 6.0
}

# has_percentiles LIST: statsd-agg computes these.
has_percentiles() {
    docker top "$(container statsd)" | grep -q -- "--percentiles $1 "
}

@test "a change of config.js is noticed, whether the file is written or replaced" {
    local config=examples/docker/statsd/config.js
    up
    has_percentiles 50,90,99
    sed 's/50, 90, 99/75/' "$config" >new
    cat new >"$config"
    wait_until has_percentiles 75 || fail 'not noticed when it is written' "$(logs)"
    sed -i 's/75/95/' "$config"
    wait_until has_percentiles 95 || fail 'not noticed when it is replaced' "$(logs)"
    send 'changed:8|ms'
    stands stats.timers.changed.upper_95 8.0
}

@test "down --volumes leaves nothing" {
    up
    send 'gone:1|c'
    wait_until has_dashboard gone || fail 'no dashboard' "$(logs)"
    compose down --volumes >log 2>&1
    [[ ! $(docker ps -aq) && ! $(docker volume ls -q) ]] || fail 'left' "$(docker ps -a; docker volume ls)"
    assert_equal "$(docker network ls --format '{{.Name}}' | sort | paste -sd ' ')" 'bridge host none'
}

# readme_line WORDS: the line of README.md that begins with them.
readme_line() {
    grep -m 1 "^$1" "$ROOT/README.md"
}

@test "the lines of README.md run our image and Graphite's, each alone" {
    local address line
    line=$(readme_line 'docker run -p 127.0.0.1:8080:80 ')
    bash -c "${line/run/run -d --name graphite}" >log
    address=$(docker inspect -f '{{.NetworkSettings.IPAddress}}' graphite)
    wait_until "${inside[@]}" bash -c 'exec 9<>/dev/tcp/127.0.0.1/2003' 2>/dev/null
    wait_until "${inside[@]}" curl -sS --fail -o /dev/null http://127.0.0.1:8080/render 2>/dev/null
    printf 'alone:2|c\n' | statsd-parse --time "$(date +%s)" | statsd-agg --once --no-self |
        "${inside[@]}" statsd-carbon --no-self 127.0.0.1
    stands stats.counters.alone.count 2.0

    line=$(readme_line 'docker run -e GRAPHITE_HOST=')
    line=${line/graphite.example.com/$address}
    bash -c "${line/run/run -d --name statsd}" >log
    wait_for_log() {
        docker logs statsd 2>&1 | grep -q 'server is up'
    }
    wait_until wait_for_log || fail 'not up' "$(docker logs statsd 2>&1)"
    send 'image:9|c'
    stands stats.counters.image.count 9.0
}

@test "the lines of the Dockerfile run the image, and other programs of it" {
    printf 'api:1|c\nbad\n' >lines.txt
    run_shell "$(sed -n 's/^# Other programs: //p' "$ROOT/examples/docker/Dockerfile")"
    assert_failure 1
    assert_stderr --partial "bad"
}
