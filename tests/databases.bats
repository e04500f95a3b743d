#!/usr/bin/env bats
# The examples of statsd-aggregate(5) for databases, against the real ones, and for jq.

load helper
load servers/server
load servers/postgresql

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    # Every type, tags, a name with a TAB and a backslash, and one that begins with a quote.
    {
        printf '%s\n' 'api.requests:3|c|#env:prod' 'api.requests:4|c|#env:dev' 'api.time:320|ms|@0.1' 'temp:-21.5|g' \
            'users:al|s' '"q:1|c' | statsd-parse --raw-names --time 1700000001
        tsv 'tab\tand\\' c 1e21 1 1700000001
    } >day.tsv
    statsd-agg --event-time day.tsv >rows
}

teardown() {
    servers_stop
}

# example WORD: writes the block of the manual that is marked `norun: tests/databases.bats: WORD` to
# ./example, as a reader would copy it.
example() {
    awk -v mark="norun: tests/databases.bats: $1" '
        /^\.Bd/ && is_next { is_in = 1; next }
        /^\.Ed/ { is_in = 0 }
        { is_next = index($0, mark) }
        is_in' "$ROOT/man/statsd-aggregate.5" | sed 's/\\e/\\/g' >example
    [[ -s example ]] || fail "no example is marked $1"
}

# numbers: the rows of standard input, each number in one form.
numbers() {
    awk -F '\t' -v OFS='\t' '{ printf "%s\t%s\t%s\t%.17g\t%.17g\n", $1, $2, $3, $4, $5 }'
}

@test "SQLite takes aggregates as they are, and sums them" {
    need_server sqlite3 sqlite3
    example sqlite
    run_program bash example
    assert_success
    refute_stderr
    assert_output - <<'END'
"q|1.0
api.requests;env=dev|4.0
api.requests;env=prod|3.0
api.time|10.0
tab\tand\\|1.0e+21
END
    numbers <rows >expected
    sqlite3 -separator $'\t' aggregates.db \
        'SELECT series, type, statistic, value, time FROM aggregates ORDER BY rowid' | numbers >held
    assert_file held expected
}

@test "PostgreSQL takes aggregates as they are, and sums them" {
    need_postgresql
    postgresql_start one
    export PGHOST=127.0.0.1 PGPORT=$port PGUSER=test PGDATABASE=postgres
    example postgresql
    run_program bash example
    assert_success
    refute_stderr
    assert_output --partial 'api.requests;env=prod |     3'
    # COPY reads the same escapes as an aggregate has, so the names are plain in the table.
    numbers <rows >expected
    psql -c '\copy (SELECT series, type, statistic, value, time FROM aggregates) TO pstdout' |
        numbers >held
    assert_file held expected
    assert_equal "$(psql -Atc "SELECT count(*) FROM aggregates WHERE series = E'tab\\tand\\\\'")" 2
}

@test "jq makes JSON of aggregates" {
    need_server jq jq
    example jq
    run_program bash example
    assert_success
    refute_stderr
    assert_output --partial '{"series":"temp","type":"g","statistic":"value","value":-21.5,"time":1700000010}'
    printf '%s\n' "$output" | jq -r '[.series, .type, .statistic, .value, .time] | join("\t")' | numbers >held
    numbers <rows >expected
    assert_file held expected
}
