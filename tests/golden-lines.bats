#!/usr/bin/env bats
# Every row of golden/lines.tsv, the wire grammar case by case, through statsd-parse: its exact
# records, and the number of bad values and of other lines.

load helper

ROWS_AT_LEAST=500

setup_file() {
    export LINES_TSV=${LINES_TSV:-$BATS_TEST_DIRNAME/golden/lines.tsv}
    jq -Rr -f "$BATS_TEST_DIRNAME/golden/lines.jq" "$LINES_TSV" >"$BATS_FILE_TMPDIR/rows"
}

# show NAME IS EXPECTED: prints one line of a report.
show() {
    printf '%s: is %q, expected %q\n' "$1" "${2:0:300}" "${3:0:300}"
}

# each_row COMMAND...: runs COMMAND ID INPUT RECORDS BAD OTHER for every row; if any failed, fails
# with their output.
each_row() {
    local id input records bad other rows=0 wrong=0
    while IFS=$'\x1f' read -r id input records bad other; do
        rows=$((rows + 1))
        "$@" "$id" "$input" "$records" "$bad" "$other" || wrong=$((wrong + 1))
    done <"$BATS_FILE_TMPDIR/rows"
    echo "$wrong of $rows rows failed"
    ((wrong == 0 && rows == $(grep -c '^[a-z][0-9]' "$LINES_TSV") && rows >= ROWS_AT_LEAST))
}

records_are() {
    printf '%b' "$2" | statsd-parse --quiet --time 7 >is
    printf '%b' "$3" >expected
    cmp -s is expected || { show "$1" "$(<is)" "$(<expected)" && return 1; }
}

counts_are() {
    local counts
    counts=$(printf '%b' "$2" | statsd-parse -v --check 2>&1 >/dev/null | tail -n 1)
    [[ $counts == *" records, $4 bad, $5 other" ]] || { show "$1" "$counts" "$4 bad, $5 other" && return 1; }
}

# --check reports errors by its exit status, --strict also by writing only what came before.
status_is() {
    local code=0 strict=0 expected=$(($4 > 0))
    printf '%b' "$2" | statsd-parse --quiet --check || code=$?
    printf '%b' "$2" | statsd-parse --quiet --strict --time 7 >is 2>/dev/null || strict=$?
    printf '%b' "$3" >expected
    ((code == expected && strict == expected)) || { show "$1" "$code and $strict" "$expected" && return 1; }
    cmp -s -n "$(wc -c <is)" is expected || { show "$1" "$(<is)" "$(<expected)" && return 1; }
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

@test "the records of every golden line" {
    each_row records_are
}

@test "what is bad and what is other in every golden line" {
    each_row counts_are
}

@test "a second parser, written from the manual page, reads every golden line as it says" {
    run_program "$ROOT/tests/wire-model" golden "$LINES_TSV"
    assert_output ok
}

# More seeds find more: tests/wire-model 1 10000.
@test "random lines, with any options, are what the second parser makes of them" {
    run_program "$ROOT/tests/wire-model" 1 60
    assert_output ok
}

@test "the exit status of --check and --strict for every golden line" {
    each_row status_is
}
