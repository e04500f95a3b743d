#!/usr/bin/env bats
# make static: its archive holds programs that run in a folder with nothing else in it.

# shellcheck disable=SC2154 # status and output are bats'

load helper

setup_file() {
    command -v musl-gcc >/dev/null || return 0
    make -s -C "$ROOT" static BUILD="$BATS_FILE_TMPDIR/build" STATIC_ARCHIVE="$BATS_FILE_TMPDIR/static.tar.gz" \
        >"$BATS_FILE_TMPDIR/log" 2>&1
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    command -v musl-gcc >/dev/null || skip 'musl-gcc is not installed'
    [[ -e $BATS_FILE_TMPDIR/static.tar.gz ]] || fail 'it does not build' "$(<"$BATS_FILE_TMPDIR/log")"
    tar -xzf "$BATS_FILE_TMPDIR/static.tar.gz"
    top=(statsd-utils-*)
}

# in_root COMMAND…: runs it with the archive's folder as the root of the file system.
in_root() {
    chroot "$top" "$@"
}

need_chroot() {
    in_root /bin/statsd-parse --version >/dev/null 2>&1 || skip 'no right to chroot'
}

@test "all programs that need no library are in it, linked with nothing" {
    run_shell 'ls statsd-utils-*/bin | xargs'
    assert_output "$(echo statsd-{agg,carbon,grafana,parse,recv,run,send,spool,table})"
    run_shell "readelf -dW $top/bin/* | grep -c NEEDED"
    assert_output 0
    for file in man/man1/statsd-run.1 doc/statsd-utils/LICENSE bash-completion/completions/statsd-agg; do
        [[ -s $top/share/$file ]] || fail "$file is missing"
    done
}

@test "each says its version in an empty root" {
    need_chroot
    for program in "$top"/bin/*; do
        program=${program##*/}
        run_shell "chroot $top /bin/$program --version"
        assert_success
        [[ $output == "$program "* ]] || fail "$program" "$output"
    done
}

@test "a pipeline in an empty root prints what ours prints" {
    need_chroot
    printf '%s\n' a:1\|c b:320\|ms\|@0.1\|#env:prod c:x\|s d:5\|g >lines
    statsd-parse --time 7 <lines | statsd-agg --once -i 10 --no-self | statsd-carbon -n --no-self >expected
    in_root /bin/statsd-parse --time 7 <lines | in_root /bin/statsd-agg --once -i 10 --no-self |
        in_root /bin/statsd-carbon -n --no-self >is
    assert_file is expected
    statsd-parse --time 7 <lines | statsd-agg --once -i 10 | statsd-table --tsv >expected
    in_root /bin/statsd-parse --time 7 <lines | in_root /bin/statsd-agg --once -i 10 |
        in_root /bin/statsd-table --tsv >is
    assert_file is expected
}

@test "it receives in an empty root" {
    need_chroot
    start_ready chroot "$top" /bin/statsd-recv --udp 127.0.0.1:0 --no-self >out 2>err
    send_udp "$port" 'a:1|c'
    wait_for_file_line out '^a'
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
}

@test "statsd-run and its programs run in an empty root" {
    need_chroot
    echo "{ port: 0, mgmt_port: 0, address: '127.0.0.1', backends: ['console'], noSelf: true,
        flushInterval: 1000000 }" >"$top/config.js"
    TMPDIR=/ start_ready chroot "$top" /bin/statsd-run config.js >out 2>err
    send_udp "$port" 'hits:3|c'
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
    grep -Eq '^hits +3 ' out || fail "$(<out)" "$(<err)"
    assert_equal "$(<err)" ''
    assert_equal "$(ls "$top")" $'bin\nconfig.js\nshare'
}
