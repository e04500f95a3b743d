#!/usr/bin/env bats
# The files in examples/docker: an image, and StatsD, Graphite and Grafana together. No registry of
# images is asked: DOCKER_IMAGE=1 (`make check-servers` sets it) builds the image with buildah on a
# base that debootstrap makes. Graphite's and Grafana's own images are not run; tests/compose.bats
# (`make check-docker`) runs all three in a Docker, with others in their place.

# shellcheck disable=SC2154
load helper

DOCKER=$ROOT/examples/docker

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    stop_background
    [[ ! -d store ]] || in_store rm --all >/dev/null || true
}

# The python3 that has yaml.
need_yaml() {
    for python in python3 /usr/bin/python3; do
        ! "$python" -c 'import yaml' 2>/dev/null || return 0
    done
    skip 'python3 has no yaml here: apt-get install python3-yaml'
}

# our_config FOLDER: the config of the image, with short intervals, free ports of this machine alone,
# and dashboards in FOLDER.
our_config() {
    sed "s/0\.0\.0\.0/127.0.0.1/; s/port: 8125,/port: 0, mgmt_port: 0,/; s/: 10000/: 200/; s,\"/dashboards\",\"$1\"," \
        "$DOCKER/statsd/config.js"
}

# has_sent DASHBOARD: a sample has arrived at the sink, and has a dashboard.
has_sent() {
    grep -q '^stats\.counters\.api\.requests\.count 1 ' sink && jq -e . "$1" >/dev/null 2>&1
}

@test "compose.yaml names what exists, and its parts fit together" {
    need_yaml
    run_program "$python" - "$DOCKER" <<'END'
import os, re, sys, yaml

folder = sys.argv[1]
load = lambda name: yaml.safe_load(open(os.path.join(folder, name)))
compose = load("compose.yaml")
services = compose["services"]
assert set(services) == {"statsd", "graphite", "grafana"}, services.keys()
targets = {}
for name, service in services.items():
    known = {"image", "build", "environment", "ports", "volumes", "depends_on", "restart", "stop_grace_period"}
    assert set(service) <= known, (name, set(service) - known)
    assert all(type(value) is str for value in service["environment"].values()), name
    assert all(other in services for other in service.get("depends_on", [])), name
    for port in service["ports"]:
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+(/udp)?", port), port
    for volume in service["volumes"]:
        source, target = volume.split(":")[:2]
        targets[name, target] = source
        if source.startswith("."):
            assert os.path.exists(os.path.join(folder, source)), source
        else:
            assert source in compose["volumes"], source
assert os.access(os.path.join(folder, targets["graphite", "/etc/run_once/all-creates"]), os.X_OK)

build = services["statsd"]["build"]
context = os.path.join(folder, build["context"])
dockerfile = open(os.path.join(context, build["dockerfile"])).read()
for source in re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.M):
    assert os.path.exists(os.path.join(context, source)), source
assert len(re.findall(r"^FROM \$\{BASE\}", dockerfile, re.M)) == 2
command = re.search(r'^CMD \["(.*)"\]$', dockerfile, re.M)[1]
mounted = targets["statsd", os.path.dirname(command)]
config = os.path.join(folder, mounted, os.path.basename(command))
assert os.path.isdir(os.path.join(folder, mounted)) and os.path.isfile(config)
assert 'ENTRYPOINT ["statsd-run"]' in dockerfile and "\nUSER statsd\n" in dockerfile

assert services["graphite"]["environment"]["STATSD_DISABLED"] == "1"
assert services["statsd"]["environment"]["GRAPHITE_HOST"] in services
source, = load("grafana/datasources.yaml")["datasources"]
assert source["type"] == "graphite" and source["url"].removeprefix("http://") in services
provider, = load("grafana/dashboards.yaml")["providers"]
path = provider["options"]["path"]
assert targets["grafana", path] == targets["statsd", path] == "dashboards"
assert f'grafana: {{ dir: "{path}" }}' in open(config).read()
END
    assert_success
}

@test "README.md and the comments name files that exist, and images of compose.yaml" {
    local file
    cd "$ROOT" || return
    for file in $(grep -hoE -- '-f [a-z/]+(Dockerfile|compose\.yaml)' README.md "$DOCKER"/* | cut -d ' ' -f 2); do
        [[ -f $file ]] || fail "there is no $file"
    done
    [[ -n $file ]]
    for file in $(grep -h 'docker run' README.md "$DOCKER/Dockerfile" |
        grep -oE '(statsd-utils|[a-z]+/graphite-statsd)( |$)'); do
        [[ $file == statsd-utils ]] || grep -q "image: $file\$" "$DOCKER/compose.yaml" || fail "another image: $file"
    done
}

@test "the image has the libraries of every program" {
    local package
    for package in $(sed -n 's/^[A-Z]*_*PACKAGE[a-z_-]* *= *//p' "$ROOT/Makefile"); do
        grep -qw -- "$package" "$DOCKER/Dockerfile" || fail "the Dockerfile does not install $package"
    done
    [[ -n $package ]]
}

@test "the config of the image is the pipeline to Graphite and Grafana" {
    run_program statsd-run --check "$DOCKER/statsd/config.js"
    assert_success
    refute_stderr
    GRAPHITE_HOST=here run_program statsd-run --print "$DOCKER/statsd/config.js"
    assert_success
    assert_line --partial 'statsd-recv --udp 0.0.0.0:8125 '
    assert_line --partial '>(statsd-carbon here:2003 '
    assert_line --partial 'statsd-grafana --dir /dashboards'
}

@test "the config of the image sends to Graphite and writes dashboards" {
    start_tcp_sink "$PWD/sink"
    mkdir dashboards
    our_config "$PWD/dashboards" >config.js
    GRAPHITE_HOST=127.0.0.1 GRAPHITE_PORT=$port start_ready statsd-run config.js >out 2>err
    send_udp "$port" 'api.requests:1|c\n'
    wait_until has_sent dashboards/api.json || fail 'not there' "$(cat err sink; ls dashboards)"
    grep -q 'stats\.counters\.api\.requests' dashboards/api.json
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
}

@test "all-creates lifts the limit of Carbon's config and leaves the rest" {
    printf '%s\n' '[cache]' '# MAX_CREATES_PER_MINUTE = 1' 'MAX_CREATES_PER_MINUTE = 50' 'X = 50' >carbon.conf
    sh "$DOCKER/all-creates" carbon.conf
    run_program cat carbon.conf
    assert_output - <<'END'
[cache]
# MAX_CREATES_PER_MINUTE = 1
MAX_CREATES_PER_MINUTE = inf
X = 50
END
}

# in_store ARGUMENT…: buildah with images of its own.
in_store() {
    buildah --root "$PWD/store" --runroot "$PWD/store.run" --storage-driver vfs "$@"
}

# make_base: the image `base`, of Debian's smallest system.
make_base() {
    local container
    debootstrap --variant=minbase bookworm root >debootstrap.log 2>&1 ||
        skip "debootstrap has no Debian here: $(tail -n 1 debootstrap.log)"
    container=$(in_store from scratch)
    in_store add -q "$container" root / >/dev/null
    in_store commit -q "$container" base >/dev/null
    rm -rf root
}

@test "the image builds, and statsd-run works in it as the first process of a user without rights" {
    [[ -n ${DOCKER_IMAGE:-} ]] || skip 'three minutes: make check-servers runs it'
    ((EUID == 0)) || skip 'needs root: sudo make check-servers'
    command -v buildah debootstrap unshare >/dev/null || skip 'not installed: apt-get install buildah debootstrap'
    local container image
    make_base
    in_store build -q --isolation chroot --build-arg BASE=localhost/base -t image -f "$DOCKER/Dockerfile" "$ROOT" \
        >build.log 2>&1 || fail 'no image' "$(tail -n 20 build.log)"
    container=$(in_store from --pull-never localhost/image)
    image=$(in_store mount "$container")

    for program in "${PROGRAMS[@]}"; do
        run_program in_store run --isolation chroot "$container" -- "$program" --version
        assert_success
        assert_output --partial "$program"
    done
    run_program in_store inspect --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Cmd}}' "$container"
    assert_output 'statsd [/etc/statsd/config.js]'
    [[ ! -e $image/usr/bin/gcc ]]
    cmp "$image/etc/statsd/config.js" "$DOCKER/statsd/config.js"

    start_tcp_sink "$PWD/sink"
    our_config /dashboards >"$image/etc/statsd/config.js"
    GRAPHITE_HOST=127.0.0.1 GRAPHITE_PORT=$port PATH=/usr/local/bin:/usr/bin:/bin \
        start_ready /usr/bin/unshare --pid --fork --kill-child --mount-proc="$image/proc" \
        /usr/sbin/chroot --userspec=statsd:statsd "$image" statsd-run /etc/statsd/config.js >out 2>err
    send_udp "$port" 'api.requests:1|c\n'
    wait_until has_sent "$image/dashboards/api.json" || fail 'not there' "$(cat err sink)"
    first=$(pgrep -P "$background_pid")
    assert_equal "$(awk '/^NSpid/ { print $NF }' "/proc/$first/status")" 1
    assert_equal "$(awk '/^Uid/ { print $2, $3 }' "/proc/$first/status")" '8125 8125'
    kill -TERM "$first"
    wait_exit "$background_pid"
    assert_success
    tail -n 1 sink | grep -q '^stats\.'
}
