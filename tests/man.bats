#!/usr/bin/env bats
# The manual: a page for every program, pages without mandoc warnings, and examples that run
# unchanged.

load helper

setup() {
    command -v mandoc >/dev/null || skip 'mandoc is not installed'
    cd "$BATS_TEST_TMPDIR"
}

# extract_blocks PAGE: writes the literal blocks of EXAMPLES to 01.block, 02.block … as a reader
# would copy them. Those marked `.\" norun: reason` are left out; their number goes to norun.
extract_blocks() {
    rm -f ./*.block ./*.roff
    awk '/^\.Sh/ { examples = /^\.Sh EXAMPLES/ }
         !examples { next }
         /^\.Bd -literal/ { n++
                            if (previous ~ /^\.\\" norun: ./) { print n > "norun" }
                            else { file = sprintf("%02d.roff", n) }
                            previous = ""; next }
         /^\.Ed/ { file = ""; next }
         { previous = $0 }
         file { print > file }' "$1"
    local roff
    for roff in *.roff; do
        [[ -e $roff ]] || continue
        { printf '.Dd January 1, 2026\n.Dt X 1\n.Os\n.Sh X\n.Bd -literal\n'; cat "$roff"; printf '.Ed\n'; } |
            mandoc -T ascii -O indent=0,width=500 | sed 's/.\x08//g; 1,/^X$/d' | sed '$d' >"${roff%.roff}.block"
        [[ -s ${roff%.roff}.block ]] || fail "$1: an empty example: $(<"$roff")"
    done
}

@test "every program has a page, and every format" {
    local program
    for program in "${PROGRAMS[@]}"; do
        [[ -e $ROOT/man/$program.1 ]] || fail "man/$program.1 is missing"
        grep -q "^\.Nm $program$" "$ROOT/man/$program.1"
    done
    [[ -e $ROOT/man/statsd-utils.7 && -e $ROOT/man/statsd-wire.5 && -e $ROOT/man/statsd-record.5 &&
        -e $ROOT/man/statsd-aggregate.5 ]]
}

@test "mandoc has no complaint about any page" {
    run_program mandoc -T lint -W warning "$ROOT"/man/*
    assert_success
    refute_output
    refute_stderr
}

@test "every page of a program has the expected sections in order" {
    local page sections='.Sh NAME .Sh SYNOPSIS .Sh DESCRIPTION .Sh EXIT STATUS .Sh EXAMPLES .Sh DIAGNOSTICS'
    sections+=' .Sh SEE ALSO .Sh CAVEATS'
    for page in "$ROOT"/man/*.1; do
        run_program grep -oE '^\.Sh (NAME|SYNOPSIS|DESCRIPTION|EXIT STATUS|EXAMPLES|DIAGNOSTICS|SEE ALSO|CAVEATS)$' \
            "$page"
        assert_equal "$(basename "$page") ${output//$'\n'/ }" "$(basename "$page") $sections"
    done
}

@test "every page that a page names exists" {
    local page name section
    for page in "$ROOT"/man/*; do
        while read -r _ name section _; do
            [[ $name != statsd-* || -e $ROOT/man/$name.$section ]] || fail "$(basename "$page") names $name($section)"
        done < <(grep '^\.Xr' "$page")
    done
}

@test "the examples of every page run" {
    local page block code wrong=0 count=0
    for page in "$ROOT"/man/*; do
        extract_blocks "$page"
        for block in *.block; do
            [[ -e $block ]] || continue
            rm -rf scratch
            mkdir scratch
            cp -r "$ROOT/examples" scratch
            cp -r "$ROOT"/examples/. scratch
            code=0
            (cd scratch && timeout 10 "$ROOT/tests/on-terminal" 80 bash -eu -o pipefail "../$block" \
                >../out 2>&1 </dev/null 3>&-) || code=$?
            count=$((count + 1))
            # On a terminal of 80 columns no name is cut.
            if ((code != 0)) || grep -qE '^usage:|…$|… ' out; then
                printf -- '-- %s, block %s: status %d\n%s\n-- shows\n%s\n' "$(basename "$page")" \
                    "${block%.block}" "$code" "$(<"$block")" "$(head -c 2000 out)"
                wrong=$((wrong + 1))
            fi
        done
    done
    echo "$count examples, $wrong wrong"
    ((count >= 20 && wrong == 0))
}

# --- what single pages say ------------------------------------------------------------------------

@test "statsd-aggregate(5) shows the output of its example, whole" {
    extract_blocks "$ROOT/man/statsd-aggregate.5"
    awk '/^This prints/ { is_next = 1 } /^\.Ed/ { is_in = 0 } is_in
        is_next && /^\.Bd/ { is_in = 1; is_next = 0 }' "$ROOT/man/statsd-aggregate.5" | tr -s ' ' '\t' >expected
    bash -eu 01.block >shown
    assert_file shown expected
}

@test "the sed of statsd-migrate(7) removes tags and leaves everything else" {
    local command
    command=$(sed -n 's/^\.Ql \(LC_ALL=C sed .*\)/\1/p' "$ROOT/man/statsd-migrate.7" | sed 's/\\e/\\/g')
    {
        rec 'a;env=prod;host=x' c 1
        rec users s 'x;y=z w'
        rec 'users;k=v' s ';;'
        rec $'raw name \xe9;k=v w\xe9' ms 5
        rec plain c 1
    } >records
    {
        rec a c 1
        rec users s 'x;y=z w'
        rec users s ';;'
        rec $'raw name \xe9' ms 5
        rec plain c 1
    } >expected
    LC_ALL=C.UTF-8 bash -c "$command" <records >shown
    assert_file shown expected
}

@test "statsd-agg(1): a gap is written when the next interval with records begins" {
    mkfifo in
    exec 5<>in
    start_background statsd-agg -e --no-self --lateness 0 --idle c=1m --stats count <in >out 5>&-
    rec a c 1 1 1700000001 >&5
    rec b c 1 1 1700000011 >&5
    wait_for_file_line out '^a.c.count.1.1700000010'
    [[ $(<out) != *1700000020* ]]
    rec b c 1 1 1700000055 >&5
    wait_for_file_line out '^b.c.count.1.1700000020'
    wait_for_file_line out '^b.c.count.0.1700000050'
    exec 5>&-
    wait_exit "$background_pid"
}

@test "statsd-recv(1): --ready-fd leaves descriptors 0 to 2 open" {
    run_shell 'statsd-recv --udp 127.0.0.1:0 --ready-fd 1 --for 50ms --self-interval 10ms'
    assert_success
    assert_line --regexp '^udp 127'
    assert_line --partial 'packets_received'
}

@test "statsd-carbon(1): with -n no line is dropped, whatever --buffer is" {
    awk 'BEGIN { for (i = 0; i < 50000; i++) printf "a.%d\tc\tcount\t1\t1700000010\n", i }' >rows
    run_shell 'statsd-carbon -n --no-self --buffer 4K <rows | { sleep 0.3; wc -l; }'
    assert_success
    assert_output 50000
}

# Those that another test runs, which the mark names, are not counted.
@test "most examples run: few are marked norun" {
    local page total=0 marked=0 elsewhere=0 name
    for page in "$ROOT"/man/*; do
        rm -f norun
        extract_blocks "$page"
        marked=$((marked + $(cat norun 2>/dev/null | wc -l)))
        total=$((total + $(ls ./*.block 2>/dev/null | wc -l)))
        while IFS= read -r name; do
            [[ -e $ROOT/$name ]] || fail "$page: $name does not exist"
            elsewhere=$((elsewhere + 1))
        done < <(sed -n 's/^\.\\" norun: \(tests\/[a-z-]*\.bats\): .*/\1/p' "$page")
    done
    echo "$total run, $elsewhere by other tests, $((marked - elsewhere)) do not"
    ((marked - elsewhere < total))
}
