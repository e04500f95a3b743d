# shellcheck shell=bash
# systemd_unpack, systemd_start: boot a real systemd as the first process of a Debian in namespaces of
# its own, from the root that servers/systemd/fetch has made. Its network is that of the tests. Its
# files are in $SERVERS/root. systemd_stop kills it; systemd_shut_down stops its services first.
#
#     booted systemctl start statsd-run       runs a command there, in the place of bats' `run`'s
#     journal UNIT                            prints the messages of a unit
#
# SYSTEMD is the network, /proc/self/ns/net, that it must not be in.
#
# The tests of a file share it: systemd_start belongs in setup_file, systemd_stop in teardown_file.

# systemd_lacks: prints why there can be none here.
systemd_lacks() {
    if [[ ! ${SYSTEMD:-} ]]; then
        echo 'make check-systemd runs it'
    elif ((EUID != 0)); then
        echo 'a systemd of its own needs root'
    elif ! unshare --net --pid --fork --mount --cgroup true 2>/dev/null; then
        echo 'there are no namespaces here'
    elif [[ $(readlink /proc/self/ns/net) == "$SYSTEMD" ]]; then
        echo 'it would change the settings of this network: make check-systemd gives it one of its own'
    elif [[ ! -w $(systemd_groups)/cgroup.procs ]]; then
        echo 'no control group can be made here'
    elif [[ ! -e $(systemd_tar) ]]; then
        echo 'there is no systemd here: tests/servers/systemd/fetch BUILD makes one with debootstrap'
    fi
}

need_systemd() {
    local lacks
    lacks=$(systemd_lacks)
    [[ ! $lacks ]] || skip "$lacks"
}

systemd_tar() {
    local tar=$STATSD_BIN/../servers/systemd/root.tar
    [[ -e $tar ]] || tar=$ROOT/build/servers/systemd/root.tar
    echo "$tar"
}

# Prints where control groups are made.
systemd_groups() {
    findmnt -t cgroup2 -n -o TARGET | head -n 1
}

# systemd_unpack: makes $SERVERS/root, which systemd_start boots as often as it is called.
systemd_unpack() {
    mkdir -p "$SERVERS/root"
    chmod 755 "$SERVERS/root"
    tar -xf "$(systemd_tar)" -C "$SERVERS/root"
}

systemd_start() {
    echo "$(systemd_groups)/statsd-systemd.$BASHPID" >"$SERVERS/group"
    BOOT_GROUP=$(<"$SERVERS/group") setsid -- "$ROOT/tests/servers/systemd/boot" "$SERVERS/root" \
        >"$SERVERS/output" 2>&1 </dev/null 3>&- 4>&- &
    echo "$!" >"$SERVERS/systemd.pid"
    disown
    wait_until systemd_is_up || fail 'systemd does not come up' "$(tail -n 20 "$SERVERS/output")"
}

systemd_is_up() {
    pgrep -P "$(<"$SERVERS/systemd.pid")" -x systemd >"$SERVERS/first" &&
        into systemctl is-system-running --wait >/dev/null
}

# into COMMAND…: runs it there.
into() {
    nsenter --target "$(<"$SERVERS/first")" --mount --pid --uts --ipc --cgroup --root --wd -- \
        /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C SYSTEMD_PAGER= \
        DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

booted() {
    run_program into "$@"
}

journal() {
    into journalctl --no-pager -q -o cat -u "$1"
}

systemd_stop() {
    [[ ! -e $SERVERS/systemd.pid ]] || server_kill systemd
    rm -f "$SERVERS/first"
    [[ ! -e $SERVERS/group ]] || wait_until systemd_remove_group
}

systemd_shut_down() {
    into systemctl poweroff >/dev/null 2>&1 || true
    wait_until server_is_gone systemd || fail 'systemd does not shut down' "$(tail -n 20 "$SERVERS/output")"
    rm "$SERVERS/systemd.pid"
    systemd_stop
}

systemd_remove_group() {
    find "$(<"$SERVERS/group")" -depth -type d -exec rmdir {} + 2>/dev/null
    [[ ! -d $(<"$SERVERS/group") ]]
}
