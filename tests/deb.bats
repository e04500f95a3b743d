#!/usr/bin/env bats
# make deb: the Debian package, installed, upgraded, removed and purged by dpkg: below a folder, and
# with DEB_ROOT=1 (`make check-deb` sets it) in a root of its own that debootstrap makes, or that
# $DEB_ROOT_TAR holds.

# shellcheck disable=SC2154,SC2030,SC2031,SC2016 # status and output are bats'

load helper

# The variables of the make that runs this test must not reach the makes inside it.
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD SAN WERROR V CC CFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR

# Without DEB_ROOT the package is built without optimization, which takes a third of the time.
setup_file() {
    local revision
    command -v dpkg-gencontrol >/dev/null || return 0
    [[ ${DEB_ROOT:-} ]] || export DEB_BUILD_OPTIONS=noopt
    for revision in 1 2; do
        make -s -j2 -C "$ROOT" deb BUILD="$BATS_FILE_TMPDIR/build" DEB_REVISION="$revision" \
            DEB="$BATS_FILE_TMPDIR/$revision.deb" >"$BATS_FILE_TMPDIR/log" 2>&1 || return 0
    done
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    command -v dpkg-gencontrol >/dev/null || skip 'no dpkg-gencontrol here: apt-get install dpkg-dev'
    first=$BATS_FILE_TMPDIR/1.deb second=$BATS_FILE_TMPDIR/2.deb
    version=$(sed -n 's/.*STATSD_UTILS_VERSION "\(.*\)"/\1/p' "$ROOT/common/base/version.h")
}

teardown() {
    stop_background
    [[ ! -d root/proc/1 ]] || umount root/proc
}

need_packages() {
    [[ -e $second ]] || fail 'it does not build' "$(tail -n 40 "$BATS_FILE_TMPDIR/log")"
}

# dpkg_below OPTION…: dpkg on the folder `root`, without a shell there.
dpkg_below() {
    local as=()
    (($(id -u) == 0)) || as=(unshare --map-root-user)
    run_program "${as[@]}" dpkg --root="$PWD/root" --force-script-chrootless --force-not-root --force-depends \
        --force-confold --log="$PWD/dpkg.log" "$@" </dev/null
}

need_dpkg() {
    local tool
    need_packages
    for tool in dpkg systemd-sysusers; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    (($(id -u) == 0)) || unshare --map-root-user true 2>/dev/null || skip 'dpkg needs root here'
    mkdir -p root/var/lib/dpkg/{updates,info,triggers} root/etc
    touch root/var/lib/dpkg/{status,available}
}

@test "it holds every program, manual and completion that make builds, and the service" {
    local program
    need_packages
    dpkg-deb -c "$first" | awk '{ print $6 }' >files
    dpkg-deb -x "$first" tree
    for program in "${PROGRAMS[@]}"; do
        for file in bin/$program share/man/man1/$program.1.gz share/bash-completion/completions/$program \
            share/zsh/site-functions/_$program share/fish/vendor_completions.d/$program.fish; do
            [[ -s tree/usr/$file ]] || fail "$file is missing"
        done
        run_program "tree/usr/bin/$program" --version
        assert_output --regexp "^$program "
    done
    assert_equal "$(find tree/usr/share/man/man[57] -name '*.gz' | wc -l)" "$(find "$ROOT"/man -name '*.[57]' | wc -l)"
    for file in etc/statsd/config.js usr/lib/systemd/system/statsd-run.{service,socket} \
        usr/lib/sysusers.d/statsd-utils.conf usr/share/doc/statsd-utils/{copyright,changelog.gz,changelog.Debian.gz}; do
        grep -qx "./$file" files || fail "$file is missing"
    done
    run_shell "grep -E '^\./usr/local|^\./(lib|bin)/' files; grep -rl /usr/local tree/usr/lib; zgrep -l /usr/local \
        tree/usr/share/man/*/*"
    refute_output
    # Nothing but the shared libraries that only some programs need is a recommendation.
    assert_equal "$(dpkg-deb -f "$first" Depends | sed 's/ ([^)]*)//g')" \
        'libc6, systemd-standalone-sysusers | systemd-sysusers | systemd'
    if [[ -x $STATSD_BIN/statsd-influx ]]; then
        [[ $(dpkg-deb -f "$first" Recommends) == *libcurl4*libjansson4* ]]
    fi
    assert_equal "$(dpkg-deb -f "$first" Version)" "$version-1"
    run_program tree/usr/bin/statsd-run --check tree/etc/statsd/config.js
    assert_success
    refute_stderr
}

@test "the same sources make the same package" {
    need_packages
    make -s -j2 -C "$ROOT" deb BUILD="$BATS_FILE_TMPDIR/build" DEB="$PWD/again.deb" >log 2>&1
    cmp "$first" again.deb || fail 'it differs' "$(diff <(dpkg-deb -c "$first") <(dpkg-deb -c again.deb))"
}

@test "lintian finds no error" {
    need_packages
    command -v lintian >/dev/null || skip 'lintian is not installed: apt-get install lintian'
    # Without optimization a program is not hardened.
    run_shell "lintian --allow-root --tag-display-limit 0 '$first' 2>&1 | grep '^E'"
    refute_output
}

@test "systemd finds no fault with the units, and rates the exposure at most 2.0" {
    need_packages
    command -v systemd-analyze >/dev/null || skip 'systemd-analyze is not installed'
    dpkg-deb -x "$first" tree
    local unit=$PWD/tree/usr/lib/systemd/system/statsd-run.service exposure
    # The program is not where the unit says.
    sed "s,ExecStart=/usr/bin,ExecStart=$STATSD_BIN," "$unit" >statsd-run.service
    cp "$unit" in-package.service
    cp tree/usr/lib/systemd/system/statsd-run.socket .
    run_shell 'systemd-analyze verify ./statsd-run.service ./statsd-run.socket 2>&1 | grep -a statsd-run'
    refute_output
    exposure=$(systemd-analyze security --offline=yes ./in-package.service 2>/dev/null |
        sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p') || true
    [[ $exposure ]] || skip "systemd-analyze cannot rate offline here"
    awk -v is="$exposure" 'BEGIN { exit is > 2.0 }' || fail "the exposure level is $exposure"
}

@test "below a folder it is installed, upgraded, removed and purged, and a config that was edited stays" {
    need_dpkg
    dpkg_below -i "$first"
    assert_success
    assert_equal "$(cut -d: -f1,6 root/etc/passwd | grep statsd)" statsd:/var/lib/statsd
    run_program root/usr/bin/statsd-agg --version
    assert_success
    echo '// mine' >>root/etc/statsd/config.js
    dpkg_below -i "$second"
    assert_success
    assert_equal "$(tail -n 1 root/etc/statsd/config.js)" '// mine'
    assert_equal "$(dpkg-query --admindir=root/var/lib/dpkg -W -f '${Version} ${Status}' statsd-utils)" \
        "$version-2 install ok installed"
    dpkg_below --verify statsd-utils
    assert_output --regexp '^..5...... c /etc/statsd/config\.js$'
    mkdir -p root/var/lib/statsd root/etc/systemd/system/multi-user.target.wants
    touch root/var/lib/statsd/state
    ln -s /usr/lib/systemd/system/statsd-run.service root/etc/systemd/system/multi-user.target.wants
    dpkg_below --remove statsd-utils
    assert_success
    [[ -e root/var/lib/statsd/state && ! -e root/usr/bin/statsd-agg ]]
    assert_equal "$(tail -n 1 root/etc/statsd/config.js)" '// mine'
    dpkg_below --purge statsd-utils
    assert_success
    run_program find root -name '*statsd*'
    refute_output
}

# --- a root of its own ----------------------------------------------------------------------------

# make_root: a bare Debian in the folder `root`, with what apt needs to reach its archive.
make_root() {
    [[ ${DEB_ROOT:-} ]] || skip 'make check-deb runs it'
    (($(id -u) == 0)) || skip 'a root of its own needs root'
    [[ ${DEB_ROOT_TAR:-} ]] || command -v debootstrap >/dev/null ||
        skip 'debootstrap is not installed: apt-get install debootstrap'
    "$ROOT/tests/servers/debian" root >debootstrap.log 2>&1 || fail 'there is no root' "$(tail debootstrap.log)"
    mount -t proc proc root/proc
    [[ $(codename root) == "$(codename '')" ]] || build_inside
    cp "$first" "$second" root/tmp
    # What the scripts of the package ask of systemd, which does not run here.
    mkdir -p root/usr/local/sbin root/run/systemd/system
    printf '#!/bin/sh\necho "${0##*/} $*" >>/asked\n' | tee root/usr/local/sbin/deb-systemd-invoke \
        >root/usr/local/sbin/systemctl
    chmod +x root/usr/local/sbin/*
    echo 'DPkg::Path "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";' >root/etc/apt/apt.conf.d/99fakes
}

# codename ROOT: of its Debian.
codename() {
    sed -n 's/^VERSION_CODENAME=//p' "$1/etc/os-release"
}

inside_root() {
    run_program chroot root /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C "${environment[@]}" "$@" </dev/null
}

# The packages of another release are built there: their libraries have other names.
build_inside() {
    local revision
    first=$PWD/1.deb second=$PWD/2.deb
    mkdir root/src
    (cd "$ROOT" && xargs cp --parents -t "$OLDPWD/root/src" <MANIFEST)
    inside_root sh -c 'apt-get -qq update && apt-get -y -qq --no-install-recommends install make gcc libc6-dev \
        dpkg-dev libcurl4-openssl-dev libjansson-dev zlib1g-dev libmicrohttpd-dev'
    assert_success
    for revision in 1 2; do
        inside_root make -s -j2 -C /src deb DEB_REVISION="$revision" DEB="/$revision.deb"
        assert_success
        mv "root/$revision.deb" .
    done
    inside_root sh -c 'rm -r /src; apt-get -y -qq purge gcc make dpkg-dev libc6-dev libcurl4-openssl-dev \
        libjansson-dev zlib1g-dev libmicrohttpd-dev; apt-get -y -qq autoremove --purge'
    assert_success
    inside_root sh -c 'apt-get -y -qq --no-install-recommends install lintian'
    assert_success
    cp "$first" root/tmp
    inside_root lintian --allow-root /tmp/1.deb
    [[ $output != *E:* ]] || fail "lintian finds errors"
    inside_root sh -c 'apt-get -y -qq purge lintian; apt-get -y -qq autoremove --purge'
}

@test "in a root of its own, apt installs it, its programs run, and it is upgraded, removed and purged" {
    environment=()
    make_root
    inside_root apt-get -qq update
    # The depended packages alone: what needs a library says so.
    inside_root apt-get -y -qq --no-install-recommends install /tmp/1.deb
    assert_success
    assert_equal "$(<root/asked)" 'systemctl --system daemon-reload'
    assert_equal "$(find root/etc/systemd -name 'statsd*')" ''
    assert_equal "$(grep ^statsd: root/etc/passwd | cut -d: -f6)" /var/lib/statsd
    inside_root sh -c "printf 'a:1|c\n' | statsd-parse | statsd-agg --once -i 10 --no-self | statsd-carbon -n --no-self"
    assert_success
    assert_line --regexp '^stats\.counters\.a\.count 1 [0-9.]+$'
    inside_root sh -c 'statsd-influx --version; echo $?'
    assert_output 127
    # A recommendation of apt's, like every user's.
    inside_root sh -c 'apt-get -y -qq install $(dpkg-query -W -f "\${Recommends}\n" statsd-utils |
        sed "s/([^)]*)//g; s/,//g")'
    assert_success
    for program in root/usr/bin/statsd-*; do
        inside_root "${program##*/}" --version
        assert_success
        assert_output --regexp "^${program##*/} $version$"
    done
    run_as_service
    echo '// mine' >>root/etc/statsd/config.js
    rm root/asked
    inside_root apt-get -y -qq -o Dpkg::Options::=--force-confold install /tmp/2.deb
    assert_success
    assert_equal "$(<root/asked)" "systemctl --system daemon-reload
deb-systemd-invoke try-restart statsd-run.service"
    assert_equal "$(tail -n 1 root/etc/statsd/config.js)" '// mine'
    rm root/asked
    inside_root apt-get -y -qq remove statsd-utils
    assert_success
    assert_equal "$(head -n 1 root/asked)" 'deb-systemd-invoke stop statsd-run.socket statsd-run.service'
    [[ ! -e root/usr/bin/statsd-run && -e root/etc/statsd/config.js ]]
    inside_root apt-get -y -qq purge statsd-utils
    assert_success
    run_program find root/etc root/usr root/var -name '*statsd*' ! -path '*/log/*' ! -path '*/cache/*'
    refute_output
}

# run_as_service: what the unit runs, as its user: a sample reaches a Carbon.
run_as_service() {
    start_tcp_sink "$PWD/sink"
    sed "s/port: 8125/port: 0, mgmt_port: 0/; s/10000/200/; s/2003/$port/" root/etc/statsd/config.js >root/tmp/config.js
    start_ready chroot --userspec=statsd root /usr/bin/env -i PATH=/usr/bin statsd-run /tmp/config.js >out 2>err
    wait_until send_until_seen || fail 'no sample at the sink' "$(<err)"
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
}

send_until_seen() {
    send_udp "$port" 'deb:1|c'
    grep -q '^stats\.counters\.deb\.count\|^stats_counts\.deb' sink
}
