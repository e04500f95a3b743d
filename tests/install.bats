#!/usr/bin/env bats
# From the source archive to the installed programs, and back: what make builds, installs and packs.

load helper

# The variables of the make that runs this test must not reach the makes inside it.
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD SAN WERROR V CC CFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR

# Unpacks the archive where there is no git, and builds it once.
setup_file() {
    local version
    version=$(sed -n 's/.*STATSD_UTILS_VERSION "\(.*\)"/\1/p' "$ROOT/common/base/version.h")
    make -s -C "$ROOT" dist ARCHIVE="$BATS_FILE_TMPDIR/archive.tar.gz"
    cd "$BATS_FILE_TMPDIR"
    tar -xzf archive.tar.gz
    mv "statsd-utils-$version" tree
    make -s -j2 -C tree CFLAGS=-O0 >build.log 2>&1 || { cat build.log && return 1; }
}

setup() {
    cd "$BATS_FILE_TMPDIR/tree"
    export CFLAGS=-O0
}

@test "an archive builds without git, and contains what git contains" {
    local program
    [[ ! -e .git ]]
    for program in "${PROGRAMS[@]}"; do
        run_program "build/bin/$program" --version
        assert_success
    done
    for file in .ci/run .clang-format LICENSE README.md tests/golden/lines.tsv examples/access.log; do
        [[ -e $file ]] || fail "$file is not in the archive"
    done
    [[ -x .ci/run && -x tests/check ]]
}

@test "an archive made from an archive is the same" {
    make -s dist ARCHIVE="$BATS_TEST_TMPDIR/again.tar.gz"
    tar -tzf "$BATS_FILE_TMPDIR/archive.tar.gz" | sed 's,/$,,' | sort >"$BATS_TEST_TMPDIR/first"
    tar -tzf "$BATS_TEST_TMPDIR/again.tar.gz" | sort >"$BATS_TEST_TMPDIR/second"
    assert_file "$BATS_TEST_TMPDIR/second" "$BATS_TEST_TMPDIR/first"
}

@test "install puts programs, pages and completions in place, and uninstall leaves nothing" {
    local program place="$BATS_TEST_TMPDIR/a place"
    run_program make -s install DESTDIR="$place" PREFIX=/usr
    assert_success
    for program in "${PROGRAMS[@]}"; do
        [[ -x $place/usr/bin/$program ]]
        [[ -f $place/usr/share/man/man1/$program.1 ]]
        [[ -f $place/usr/share/bash-completion/completions/$program ]]
        [[ -f $place/usr/share/zsh/site-functions/_$program ]]
        [[ -f $place/usr/share/fish/vendor_completions.d/$program.fish ]]
    done
    [[ -f $place/usr/share/man/man5/statsd-record.5 && -f $place/usr/share/man/man7/statsd-utils.7 ]]
    [[ -f $place/usr/share/doc/statsd-utils/examples/access.log ]]
    [[ -f $place/usr/share/doc/statsd-utils/examples/graphite/storage-aggregation.conf ]]
    [[ -f $place/usr/share/doc/statsd-utils/examples/graphite/storage-schemas.conf ]]
    run_shell "printf 'a:1|c\n' | '$place/usr/bin/statsd-parse' --time 1"
    assert_output $'a\tc\t1\t1\t1.000'
    run_program make -s uninstall DESTDIR="$place" PREFIX=/usr
    assert_success
    run_program find "$place" -type f
    refute_output
}

@test "directories of an installation can be chosen one by one" {
    run_program make -s install DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/opt MANDIR=/opt/man BASHDIR=/etc/bash_completion.d
    assert_success
    [[ -f $BATS_TEST_TMPDIR/opt/man/man1/statsd-parse.1 && -f $BATS_TEST_TMPDIR/etc/bash_completion.d/statsd-parse ]]
}

@test "the shells of a system find what is installed below /usr/local" {
    run_program make -s install DESTDIR="$BATS_TEST_TMPDIR"
    assert_success
    [[ -f $BATS_TEST_TMPDIR/usr/local/share/bash-completion/completions/statsd-parse ]]
    [[ -f $BATS_TEST_TMPDIR/usr/local/share/zsh/site-functions/_statsd-parse ]]
    [[ -f $BATS_TEST_TMPDIR/etc/fish/completions/statsd-parse.fish ]]
}

@test "make completions writes those of every program" {
    rm -r completions
    run_program make -s completions
    assert_success
    refute_stderr
    run_program diff -r completions "$ROOT/completions"
    assert_success
}

@test "a program links what it needs: libc, and libm" {
    local program
    for program in statsd-recv statsd-parse statsd-agg statsd-table statsd-carbon; do
        run_shell "readelf -d build/bin/$program | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
            grep -vxE 'libc\.so\.6|libm\.so\.6'"
        refute_output
    done
}

@test "a second make has nothing to do" {
    run_program make -s
    assert_success
    refute_output
}

@test "a changed header rebuilds what includes it, and nothing else" {
    touch -d '+2 seconds' cmd/statsd-table/width.h
    run_program make
    assert_success
    assert_line --partial cmd/statsd-table/width.o
    assert_line --partial bin/statsd-table
    refute_line --partial statsd-parse
    touch -d '-1 hour' cmd/statsd-table/width.h
}

@test "the user's flags are used, and other flags cause a rebuild" {
    run_program make -n V=1 BUILD="$BATS_TEST_TMPDIR/other" CC=my-compiler CFLAGS='-O1 -mine' CPPFLAGS=-Dmine=1 \
        LDFLAGS=-Lmine
    assert_success
    assert_line --regexp '^my-compiler .*-Dmine=1 -O1 -mine .*-c -o .*/other/cmd/statsd-parse/main\.o'
    assert_line --regexp '^my-compiler .*-Lmine .*-o .*/other/bin/statsd-parse'
    run_program make CFLAGS='-O0 -DOTHER' build/cmd/statsd-parse/main.o
    assert_line --partial build/cmd/statsd-parse/main.o
    run_program make CFLAGS='-O0 -DOTHER' build/cmd/statsd-parse/main.o
    refute_line --partial compile
    make -s -j2
}

@test "objects go where BUILD says, and nowhere else" {
    find . -newer README.md -type f ! -path './build/*' | sort >"$BATS_TEST_TMPDIR/before"
    run_program make -s BUILD="$BATS_TEST_TMPDIR/elsewhere" "$BATS_TEST_TMPDIR/elsewhere/bin/statsd-parse"
    assert_success
    [[ -x $BATS_TEST_TMPDIR/elsewhere/bin/statsd-parse ]]
    find . -newer README.md -type f ! -path './build/*' | sort >"$BATS_TEST_TMPDIR/after"
    assert_file "$BATS_TEST_TMPDIR/after" "$BATS_TEST_TMPDIR/before"
}

@test "the first command shows a table" {
    run_program sh examples/first-run.sh </dev/null
    assert_success
    assert_line --regexp '^timers +count +mean +median +upper_99$'
    assert_line --regexp '^http;status=200 +304 '
}

@test "the first command sends to a named Carbon" {
    start_tcp_sink "$BATS_TEST_TMPDIR/sink"
    run_program sh examples/first-run.sh "127.0.0.1:$port" </dev/null
    assert_success
    wait_for_file_line "$BATS_TEST_TMPDIR/sink" '^stats\.timers\.http\.upper_99;status=200 553 '
}

@test "make help lists every target for users" {
    run_program make -s help
    assert_success
    for target in all check completions lint install uninstall dist clean coverage help; do
        assert_line --regexp "^$target  +[a-z]"
    done
}

@test "the summary counts tests that passed, failed and were skipped" {
    mkdir -p tests/count
    printf '@test "%s" { %s; }\n' good true bad false idle 'skip "for a reason"' >tests/count/some.bats
    printf 'this is no bats file (\n' >tests/count/broken.bats
    run_program tests/check build tests/count/some.bats
    assert_failure 1
    assert_equal "${lines[-1]}" '1 passed, 1 failed, 1 skipped'
    assert_line --partial 'not ok 2 bad'
    run_program tests/check build tests/count/broken.bats
    assert_failure 1
    assert_equal "${lines[-1]}" '0 passed, 1 failed'
    run_program tests/check build tests/count/none.bats
    assert_failure 1
}

# need_with PAIRS...: runs .ci/need with an apt-get that only records its arguments, and an archive
# without the package `rare`.
need_with() {
    mkdir -p bin
    printf '#!/bin/sh\necho "apt-get $*" >>asked\n' >bin/apt-get
    printf '#!/bin/sh\n[ "$2" != rare ]\n' >bin/apt-cache
    printf '#!/bin/sh\n[ "$1" != -n ] || shift\n"$@"\n' >bin/sudo
    chmod +x bin/*
    : >asked
    PATH="$PWD/bin:$PATH" run_program sh "$ROOT/.ci/need" "$@" </dev/null
}

@test "missing packages are installed, and only those" {
    cd "$BATS_TEST_TMPDIR"
    need_with coreutils:ls make:make some:/
    assert_success
    refute_stderr
    assert_equal "$(<asked)" ''
    need_with coreutils:ls first:no-such-command second:/no/such/file
    assert_success
    assert_stderr 'installing: first second'
    assert_equal "$(tail -n 1 asked)" 'apt-get -y -qq --no-install-recommends install first second'
    need_with rare:no-such-command first:no-such-command
    assert_success
    assert_stderr_line 'need: rare is not in this archive'
    assert_equal "$(tail -n 1 asked)" 'apt-get -y -qq --no-install-recommends install first'
}
