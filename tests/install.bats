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

@test "an archive takes no stray files where there is no git" {
    local stray
    cp -r . "$BATS_TEST_TMPDIR/tree"
    cd "$BATS_TEST_TMPDIR/tree"
    mkdir -p build cmd/statsd-new 'a folder' .idea tests/tmp
    for stray in notes .env statsd.tar.gz core 'a folder/x y' .idea/x common/base/scratch.c common/base/number.c~ \
        cmd/statsd-new/main.c cmd/statsd-agg/.main.c.swp man/x.1.orig tests/nohup.out tests/tmp/new.bats \
        tests/golden/scenarios/mine.agg examples/day.tsv completions/bash/x .ci/log; do
        echo stray >"$stray"
    done
    make -s dist ARCHIVE="$BATS_TEST_TMPDIR/again.tar.gz"
    # A clone of git, where the git command is missing.
    mkdir .git
    echo stray >.git/config
    make -s dist ARCHIVE="$BATS_TEST_TMPDIR/clone.tar.gz"
    tar -tzf "$BATS_FILE_TMPDIR/archive.tar.gz" | sort >"$BATS_TEST_TMPDIR/first"
    for archive in again clone; do
        tar -tzf "$BATS_TEST_TMPDIR/$archive.tar.gz" | sort >"$BATS_TEST_TMPDIR/$archive"
        assert_file "$BATS_TEST_TMPDIR/$archive" "$BATS_TEST_TMPDIR/first"
    done
}

@test "MANIFEST lists what git tracks" {
    cd "$ROOT"
    [[ -e .git ]] && git ls-files >"$BATS_TEST_TMPDIR/tracked" || skip 'there is no git here'
    cmp MANIFEST "$BATS_TEST_TMPDIR/tracked" || fail 'run make manifest' "$(diff MANIFEST "$BATS_TEST_TMPDIR/tracked")"
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
    # What examples/statsd.service runs.
    [[ -f $BATS_TEST_TMPDIR/usr/local/share/doc/statsd-utils/examples/by-day.pl ]]
    # Where they look, if nobody tells them.
    unset XDG_DATA_DIRS
    export HOME=$BATS_TEST_TMPDIR/home
    grep -q '/usr/local/share' /usr/share/bash-completion/bash_completion
    run_program zsh -f -c 'print -l $fpath'
    assert_line /usr/local/share/zsh/site-functions
    run_program fish -c 'string join \n $fish_complete_path'
    assert_line /etc/fish/completions
}

@test "bash and fish complete options from the installed files" {
    run_program make -s install DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr
    assert_success
    export HOME=$BATS_TEST_TMPDIR/home XDG_DATA_DIRS=$BATS_TEST_TMPDIR/usr/share
    run_program fish -c 'complete -C "statsd-agg --inter"'
    assert_output --regexp $'^--interval\t'
    # bash-completion 2.12 has another name for its loader.
    run_program bash -c 'source /usr/share/bash-completion/bash_completion
        if declare -F _comp_load; then _comp_load statsd-agg; else __load_completion statsd-agg; fi
        complete -p statsd-agg'
    assert_line --regexp ' statsd-agg$'
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

@test "without a program's library make builds the rest and says what it left out" {
    [[ -x build/bin/statsd-prometheus ]] || skip 'there is no libmicrohttpd at all'
    rm build/bin/statsd-prometheus build/bin/statsd-table
    run_program make HEADER_statsd-prometheus=no/such.h
    assert_success
    assert_output 'link build/bin/statsd-table
left out statsd-prometheus: it needs libmicrohttpd-dev'
    [[ ! -e build/bin/statsd-prometheus ]]
    make -s
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

@test "the first command runs where it is installed, with the installed programs" {
    run_program make -s install DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/opt
    assert_success
    cd /
    PATH=/usr/bin:/bin run_program sh "$BATS_TEST_TMPDIR/opt/share/doc/statsd-utils/examples/first-run.sh" </dev/null
    assert_success
    refute_stderr
    assert_line --regexp '^http;status=200 +304 '
    assert_line "$BATS_TEST_TMPDIR/opt/share/doc/statsd-utils/README.md goes on from here."
    run_program find "$BATS_TEST_TMPDIR/opt" -name build
    refute_output
}

@test "make help lists every target for users" {
    run_program make -s help
    assert_success
    for target in all check completions lint install uninstall dist deb static manifest clean coverage bench fuzz help \
        $(grep -rhoE 'make check-[a-z]+' README.md tests/*.bats Makefile | sed 's/make //' | sort -u); do
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

# need_with PAIRS...: runs .ci/need with an apt-get that only records its arguments, what policy-rc.d
# says meanwhile, and does $APT_DOES; and with an archive without the package `rare`. The folder
# `slash` stands for /.
need_with() {
    mkdir -p bin slash/usr/sbin slash/etc/systemd/system/multi-user.target.wants slash/etc/rc{2,3}.d
    cat >bin/apt-get <<'END'
#!/bin/sh
echo "apt-get $*" >>asked
case $* in
*--assume-no*)
    echo '0 upgraded, 563 newly installed, 0 to remove and 0 not upgraded.'
    echo 'After this operation, 1703 MB of additional disk space will be used.'
    exit 1
    ;;
*' install '*)
    code=0
    slash/usr/sbin/policy-rc.d carbon start || code=$?
    echo "policy $code" >>asked
    ln -sf /lib/new.service slash/etc/systemd/system/multi-user.target.wants/new.service
    mkdir -p slash/etc/systemd/system/timers.target.wants
    ln -sf /lib/new.timer slash/etc/systemd/system/timers.target.wants/new.timer
    ln -sf ../init.d/new slash/etc/rc2.d/S03new
    eval "$APT_DOES"
    ;;
esac
END
    printf '#!/bin/sh\n[ "$2" != rare ]\n' >bin/apt-cache
    printf '#!/bin/sh\n[ "$1" != -n ] || shift\n"$@"\n' >bin/sudo
    chmod +x bin/*
    : >asked
    NEED_SLASH=$PWD/slash APT_DOES=${APT_DOES:-} PATH="$PWD/bin:$PATH" run_program sh "$ROOT/.ci/need" "$@" </dev/null
}

@test "missing packages are installed, and only those" {
    cd "$BATS_TEST_TMPDIR"
    need_with coreutils:ls make:make some:/
    assert_success
    refute_stderr
    assert_equal "$(<asked)" ''
    need_with coreutils:ls first:no-such-command second:/no/such/file
    assert_success
    assert_stderr_line 'need: installing: first second'
    grep -qx 'apt-get -y -qq --no-install-recommends install first second' asked
    need_with rare:no-such-command first:no-such-command
    assert_success
    assert_stderr_line 'need: rare is not in this archive'
    grep -qx 'apt-get -y -qq --no-install-recommends install first' asked
}

@test "what is installed, its size and the time are said before the installation" {
    cd "$BATS_TEST_TMPDIR"
    APT_DOES='echo broken; exit 100' need_with first:no-such-command second:/no/such/file
    assert_failure 1
    assert_stderr - <<'END'
need: installing: first second
need: 563 packages with what these need, 1703 MB; this takes about 3 min
broken
END
}

@test "an installation starts no service and leaves none enabled" {
    cd "$BATS_TEST_TMPDIR"
    APT_DOES='ln -sf ../init.d/new slash/etc/rc3.d/K03new' need_with first:no-such-command
    assert_success
    grep -qx 'policy 101' asked
    run_program find slash ! -type d
    assert_output --regexp '^slash/etc/rc..d/K0.new'$'\n''slash/etc/rc..d/K0.new$'
    [[ ! -e slash/etc/systemd/system/timers.target.wants ]]
}

@test "what was enabled before an installation stays so" {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p slash/etc/systemd/system/sockets.target.wants slash/etc/rc2.d
    ln -s /lib/old.socket slash/etc/systemd/system/sockets.target.wants/old.socket
    ln -s ../init.d/old slash/etc/rc2.d/S01old
    need_with first:no-such-command
    assert_success
    [[ -L slash/etc/systemd/system/sockets.target.wants/old.socket && -L slash/etc/rc2.d/S01old ]]
    run_program find slash -name '*new*'
    assert_output slash/etc/rc2.d/K01new
}

# Leaves the administrator's policy-rc.d in the folder `slash`.
own_policy() {
    mkdir -p slash/usr/sbin slash/etc
    printf '#!/bin/sh\n# mine\nexit 104\n' >slash/policy
    chmod 700 slash/policy
    ln -sf ../../policy slash/usr/sbin/policy-rc.d
}

policy_is_back() {
    assert_equal "$(ls slash/usr/sbin)" policy-rc.d
    assert_equal "$(readlink slash/usr/sbin/policy-rc.d)" ../../policy
    grep -q mine slash/policy
}

@test "the administrator's policy-rc.d is back after an installation, and after one that fails" {
    cd "$BATS_TEST_TMPDIR"
    own_policy
    need_with first:no-such-command
    assert_success
    grep -qx 'policy 101' asked
    policy_is_back
    APT_DOES='exit 100' need_with first:no-such-command
    assert_failure 1
    policy_is_back
}

@test "the administrator's policy-rc.d is back after a signal" {
    cd "$BATS_TEST_TMPDIR"
    local signal
    own_policy
    for signal in HUP:129 INT:130 TERM:143; do
        APT_DOES="kill -${signal%:*} \$PPID" need_with first:no-such-command
        assert_failure "${signal#*:}"
        grep -qx 'policy 101' asked
        policy_is_back
        [[ ! -L slash/etc/rc2.d/S03new ]]
    done
}

@test "the administrator's policy-rc.d is back in the end, if an installation was killed" {
    cd "$BATS_TEST_TMPDIR"
    own_policy
    APT_DOES='kill -KILL $PPID' need_with first:no-such-command
    assert_failure 137
    need_with first:no-such-command
    assert_success
    grep -qx 'policy 101' asked
    policy_is_back
    rm slash/usr/sbin/policy-rc.d
    APT_DOES='kill -KILL $PPID' need_with first:no-such-command
    need_with first:no-such-command
    assert_equal "$(ls slash/usr/sbin)" ''
}

# Makes a PATH of the few programs without which tests/run cannot start, for a user without rights.
poor_user() {
    local program
    mkdir -p "$BATS_TEST_TMPDIR/poor"
    for program in bash sh dirname; do
        ln -s "$(type -P "$program")" "$BATS_TEST_TMPDIR/poor/$program"
    done
    printf '#!/bin/sh\necho 1000\n' >"$BATS_TEST_TMPDIR/poor/id"
    printf '#!/bin/sh\necho "apt-get is called" >&2\n' >"$BATS_TEST_TMPDIR/poor/apt-get"
    printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/poor/sudo"
    chmod +x "$BATS_TEST_TMPDIR"/poor/{id,apt-get,sudo}
}

@test "without the right to install, the test command says so and stops" {
    poor_user
    run_program env PATH="$BATS_TEST_TMPDIR/poor" bash tests/run </dev/null
    assert_failure 2
    assert_output --regexp '^tests/run: installs what is missing, then tests for about [0-9]+ minutes on two cores$'
    assert_stderr_line --regexp '^need: no right to install: make gcc .* npm '
    assert_stderr_line --regexp '^need: please run as root, here: sh \.ci/need make:make gcc:gcc .* npm:npm '
    assert_stderr_line 'tests/run: stopped before the tests, because tools are missing'
    assert_stderr_line 'tests/run: to test with what there is: bash tests/run --no-install'
    refute_stderr_line 'apt-get is called'
    run_program bash tests/run --what </dev/null
    assert_failure 2
    assert_stderr 'usage: bash tests/run [--no-install | --only-install]'
    refute_output
}

# lint_with VERSION WORDS: runs tests/lint with tools of that version, which find WORDS everywhere.
lint_with() {
    local tool
    mkdir -p lint
    for tool in clang-tidy shellcheck mandoc codespell dpkg-query; do
        printf '#!/bin/sh\ncase $* in\n--version | -W*) echo "%s" ;;\n*) echo "%s" ;;\nesac\n' \
            "$([[ $tool == codespell ]] || echo 'version ')$1" "$2" >"lint/$tool"
    done
    printf '#!/bin/sh\n' | tee lint/clang lint/clang-format >lint/clang-format-14
    chmod +x lint/*
    PATH="$PWD/lint:$PATH" run_program tests/lint </dev/null
}

@test "what another version of a lint's tool finds is a warning" {
    lint_with 99.1.0 'a finding'
    refute_line --regexp '^not ok - .*(clang-tidy|shellcheck|mandoc|codespell)'
    for tool in clang-tidy shellcheck mandoc codespell; do
        assert_line --regexp "^ok - $tool: .* # skip $tool 99\.1\.0 is not [0-9. or]*: its warnings$"
    done
    assert_line 'a finding'
    assert_output --regexp $'\n[0-9]+ passed, [0-9]+ failed, 7 skipped$'
    lint_with 99.1.0 ''
    assert_line --regexp '^ok - clang-tidy: mistakes in C$'
}

@test "what the recorded version of a lint's tool finds is a failure" {
    lint_with 14.0.6 'a finding'
    assert_failure 1
    assert_line 'not ok - clang-tidy: mistakes in C'
    assert_line --regexp '^ok - codespell: prose # skip codespell 14\.0\.6 is not 2\.2 or 2\.4: its warnings$'
    lint_with 1.14.6 'a finding'
    assert_line 'not ok - mandoc: manuals'
    lint_with 0.9.0 'a finding'
    assert_line 'not ok - shellcheck: scripts'
    lint_with 2.4.1 'a finding'
    assert_line 'not ok - codespell: prose'
}
