# shellcheck shell=bash
# docker_start, docker_stop: a dockerd of our own, whose files are all in $SERVERS/docker. Its mounts
# and processes are in namespaces of their own and end with it. The variable DOCKER_HOST names it to
# its clients.
#
#     docker_start host             builds images on the network of the tests, which it leaves as it is
#     docker_stop; docker_start own runs them in a network of its own; ports are published in that
#     "${inside[@]}" COMMAND…       runs a command in that network
#
# The tests of a file share it: docker_start belongs in setup_file, docker_enter in setup, docker_stop
# in teardown_file.

# docker_lacks: prints why there can be none here.
docker_lacks() {
    local pair
    if [[ ! ${COMPOSE:-} ]]; then
        echo 'five minutes: make check-docker runs it'
    elif ((EUID != 0)); then
        echo 'a dockerd of its own needs root: sudo make check-docker'
    elif ! unshare --net --pid --fork --mount true 2>/dev/null; then
        echo 'there are no namespaces here'
    else
        for pair in dockerd:docker.io docker:docker.io docker-compose:docker-compose debootstrap:debootstrap \
            iptables:iptables ip:iproute2; do
            command -v "${pair%:*}" >/dev/null || echo "there is no ${pair%:*} here: install ${pair#*:}"
        done | head -n 1
    fi
}

# docker_start own|host
docker_start() {
    local network=()
    [[ $1 == host ]] || network=(--net)
    server_folder docker
    echo "/statsd-docker.$BASHPID" >"$folder/group"
    export DOCKER_HOST=unix://$folder/socket DOCKER_CONFIG=$folder/client DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0
    # A pid in there may be that of another process in the next namespace.
    rm -rf "$folder"/{socket,pid,exec}
    # unshare ignores TERM. After its KILL the daemon is killed, and with that all of the namespace.
    setsid -- timeout --signal KILL 1800 unshare "${network[@]}" --mount --pid --fork --kill-child --mount-proc -- \
        "$ROOT/tests/servers/docker/daemon" "$folder" "$(<"$folder/group")" "$1" >>"$folder/output" 2>&1 </dev/null \
        3>&- 4>&- &
    echo "$!" >"$SERVERS/docker.pid"
    disown
    server_wait docker docker_is_up
    docker_enter
}

docker_is_up() {
    docker version >/dev/null 2>&1
}

# Sets $docker_daemon and $inside.
docker_enter() {
    docker_daemon=$(pgrep -x dockerd --pgroup "$(<"$SERVERS/docker.pid")")
    inside=(nsenter --target "$docker_daemon" --net --)
}

# docker_kill CONTAINER: kill -9 of its first process. (Docker does not restart it after `docker kill`.)
docker_kill() {
    nsenter --target "$docker_daemon" --pid -- bash -c "kill -KILL $(docker inspect -f '{{.State.Pid}}' "$1")"
}

# Stops the daemon and all containers, at once.
docker_stop() {
    [[ ! -e $SERVERS/docker.pid ]] || server_kill docker
    [[ ! -e $SERVERS/docker/group ]] || wait_until docker_remove_groups || fail 'control groups remain'
}

docker_remove_groups() {
    local groups
    mapfile -t groups < <(find /sys/fs/cgroup -depth -type d -path "*$(<"$SERVERS/docker/group")*" 2>/dev/null)
    ((${#groups[@]} == 0)) || rmdir -- "${groups[@]}" 2>/dev/null
}
