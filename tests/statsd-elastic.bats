#!/usr/bin/env bats
# statsd-elastic: documents, the index template, answers to _bulk by a fake server, and OpenSearch and
# Elasticsearch, which are asked for what they were sent (make check-servers fetches them).
# http-sinks.bats tests what every sink does over HTTP.

# shellcheck disable=SC2154
load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/search

GOLDEN=$BATS_TEST_DIRNAME/golden/sinks
NUMBERS=$BATS_TEST_DIRNAME/servers/numbers

setup_file() {
    local name port
    for name in opensearch elasticsearch; do
        [[ -e $STATSD_BIN/../servers/$name/ready ]] || continue
        search_start "$name" "$name"
        export "$name=http://127.0.0.1:$port"
    done
}

teardown_file() {
    servers_stop
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    [[ -x $STATSD_BIN/statsd-elastic ]] ||
        skip 'statsd-elastic is not built: install libcurl4-openssl-dev libjansson-dev'
}

# start_search ACTION…: a fake; sets $port and $url.
start_search() {
    start_http "$@"
    url=http://127.0.0.1:$port
}

points() {
    seq "$1" "$2" | awk -v time="${3:-1700000010}" '{ printf "p%d\tc\tcount\t%d\t%s\n", $1, $1, time }'
    tsv statsd own numStats $(($2 - $1 + 1)) "${3:-1700000010}"
}

documents() {
    points "$@" | statsd-elastic -n --no-self | sed -n 'n; p'
}

# send OPTION…: sends three points to the server.
send() {
    points 1 3 >aggregates
    run_program statsd-elastic --no-self "$@" "$url" <aggregates
}

@test "prints each type as the golden file has it" {
    run_program statsd-elastic -n <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    assert_output - <"$GOLDEN/elastic.bulk"
    jq -e . <"$GOLDEN/elastic.bulk" >/dev/null
}

@test "the index is that of the point's own day, in UTC" {
    run_shell "(printf 'a\tc\tcount\t1\t1700006399.999\n'; printf 'a\tc\tcount\t1\t1700006400\n') |
        TZ=Asia/Tokyo statsd-elastic -n --index 'my-%Y-%V' | jq -r '.index._index // .[\"@timestamp\"]'"
    assert_success
    assert_output - <<'EOF'
my-2023-46
2023-11-14T23:59:59.999Z
my-2023-46
2023-11-15T00:00:00Z
EOF
}

@test "a data stream gets creates" {
    run_program statsd-elastic -n --data-stream metrics-statsd <<<"$(tsv a c count 3 17)"
    assert_success
    assert_line --regexp '^\{"create":\{"_index":"metrics-statsd","_id":"[0-9a-f]{32}"\}\}$'
}

@test "says what is wrong with a command line" {
    run_program statsd-elastic </dev/null
    assert_usage_error 'statsd-elastic: no URL: expected one, such as http://localhost:9200'
    run_program statsd-elastic http://a http://b </dev/null
    assert_usage_error 'statsd-elastic: too many operands: expected one URL'
    run_program statsd-elastic localhost:9200/x y </dev/null
    assert_usage_error 'statsd-elastic: too many operands: expected one URL'
    run_program statsd-elastic ftp://localhost/ </dev/null
    assert_usage_error 'statsd-elastic: bad URL: expected http:// or https://'
    run_program statsd-elastic --index 'A' -n </dev/null
    local allowed='lower case letters, digits, and none of \/*?"<>|,#: or blanks'
    assert_usage_error "statsd-elastic: --index: bad name 'A': expected $allowed"
    run_program statsd-elastic --data-stream '_a' -n </dev/null
    allowed='a name that begins with a letter or a digit'
    assert_usage_error "statsd-elastic: --data-stream: bad name '_a': expected $allowed"
    run_program statsd-elastic --index '' -n </dev/null
    assert_usage_error "statsd-elastic: --index: bad name '': expected a name of 1 to 127 bytes"
}

@test "a timer with a count and a sum but no mean ends it" {
    run_program statsd-elastic -n <<<"$(tsv a ms count 3 17 && tsv a ms sum 3 17 && tsv b c count 1 17)"
    assert_failure 2
    assert_stderr_line 'statsd-elastic: timers have a count and a sum but no mean: add mean to --stats of statsd-agg'
}

@test "puts the template where there is none, then the documents" {
    start_search bulk
    send
    assert_success
    refute_stderr
    assert_equal "$(sed -sn 1p http/[1-4].head)" "GET / HTTP/1.1
GET /_index_template/statsd HTTP/1.1
PUT /_index_template/statsd HTTP/1.1
POST /_bulk HTTP/1.1"
    assert_equal "$(jq -c '[.index_patterns, .template.mappings.properties.tags.type]' http/3.body)" \
        '[["statsd-*"],"flat_object"]'
    documents 1 3 >expected
    assert_file http/accepted expected
    send
    assert_success
    assert_equal "$(sed -sn 1p http/[5-7].head)" "GET / HTTP/1.1
GET /_index_template/statsd HTTP/1.1
POST /_bulk HTTP/1.1"
    send --no-template
    assert_success
    assert_equal "$(sed -n 1p http/8.head)" 'POST /_bulk HTTP/1.1'
}

@test "a path and a query of the URL are kept" {
    start_search bulk
    url+='/search/?pipeline=x'
    send --no-template
    assert_equal "$(sed -n 1p http/1.head)" 'POST /search/_bulk?pipeline=x HTTP/1.1'
}

@test "each document's own status decides" {
    start_search 'bulk="p2"'
    send --rejects rejects
    assert_success
    assert_stderr --regexp "^statsd-elastic: $url/_bulk: refused '\{.*mapper_parsing_exception: no\$"
    documents 1 3 | grep -v '"p2"' >expected
    assert_file http/accepted expected
    assert_equal "$(wc -l <rejects)" 1
    grep -q '"p2"' rejects
}

@test "409 of a create is delivered, of an index it is not" {
    start_search items=409,version_conflict_engine_exception
    send --no-template --data-stream metrics-statsd
    assert_success
    refute_stderr
    send --no-template --drain 100ms
    assert_failure 1
}

@test "what is never the data is kept, and reported once" {
    local type
    for type in 403,index_closed_exception 403,cluster_block_exception 400,invalid_index_name_exception \
        429,es_rejected_execution_exception 503,unavailable_shards_exception; do
        start_search "items=$type" "items=$type" "items=$type" bulk
        send --no-template
        assert_success
        assert_equal "${#stderr_lines[@]}" 2
        assert_stderr_line "statsd-elastic: post $url/_bulk: ${type#*,}: no: 3 lines wait"
        assert_equal "$(sort http/accepted)" "$(documents 1 3)"
        stop_background
        rm -r http
    done
}

@test "a server that is something else loses nothing" {
    start_search '200:{"hello":"world"}' '200:<html>' bulk
    send
    assert_success
    assert_stderr_line --partial "post $url/_bulk: neither Elasticsearch nor OpenSearch answers there: 3 lines wait"
    assert_equal "$(sort http/accepted)" "$(documents 1 3)"
    stop_background
    start_search '200:{"errors":false,"items":[]}' bulk
    send --no-template
    assert_success
    assert_stderr_line "statsd-elastic: post $url/_bulk: the answer is not that of _bulk: 3 lines wait"
}

# --- the real servers -----------------------------------------------------------------------------

# on_each FUNCTION: calls it for each server that is there, with $url set.
on_each() {
    local name
    need_search opensearch
    need_search elasticsearch
    for name in opensearch elasticsearch; do
        url=${!name}
        curl -sSf -X DELETE "$url/statsd-*,late-*" >/dev/null
        "$1" || fail "with $name"
    done
}

ask() {
    curl -sS -X POST "$url/statsd-*/_refresh" >/dev/null
    curl -sS "$url/statsd-*/_search" -H 'Content-Type: application/json' -d "$1"
}

assert_holds() {
    curl -sSf -X POST "$url/statsd-*/_refresh" >/dev/null
    statsd-table --tsv <"$1" | "$NUMBERS" table >expected
    "$NUMBERS" elastic "$url" 'statsd-*' >held
    [[ -s expected ]] || fail 'nothing is expected'
    assert_file held expected
}

holds_the_numbers() {
    run_program statsd-elastic "$url" <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    assert_holds "$GOLDEN/aggregates.tsv"
    # Once more: each is one document.
    run_program statsd-elastic --no-self "$url" <"$GOLDEN/aggregates.tsv"
    assert_success
    assert_holds "$GOLDEN/aggregates.tsv"
    run ask '{"query":{"term":{"tags.env":"prod"}},"size":0}'
    assert_equal "$(jq .hits.total.value <<<"$output")" 6
}

@test "the servers hold the numbers of statsd-table, and the tags, once" {
    on_each holds_the_numbers
}

averages_are_right() {
    printf 'a:320|ms|@0.1\na:320|ms|@0.1\n' | statsd-parse --time 1700000000 | statsd-agg -e |
        statsd-elastic --no-self "$url"
    run ask '{"size":0,"aggs":{"sum":{"sum":{"field":"sum"}},"count":{"sum":{"field":"count"}}}}'
    assert_equal "$(jq -c '.aggregations.sum.value / .aggregations.count.value' <<<"$output")" 320
}

@test "the average of a sampled timer is right" {
    on_each averages_are_right
}

numbers_are_doubles() {
    { tsv a g value 3 1700000010; tsv b g value 3.5 1700000010; } | statsd-elastic "$url"
    run ask '{"size":0,"aggs":{"sum":{"sum":{"field":"value"}}}}'
    assert_equal "$(jq .aggregations.sum.value <<<"$output")" 6.5
}

@test "a whole number first does not make integers of the next" {
    on_each numbers_are_doubles
}

bins_of_both_kinds() {
    {
        tsv a ms histogram.bin_5 3 1700000010
        tsv 'b;le=5' ms histogram 3 1700000010
        tsv 'c d;a.b.c=x y' g value 3 1700000010
        tsv $'caf\xe9\\t"q";_k=\xff' g value 3 1700000010
    } >aggregates
    run_program statsd-elastic --no-self "$url" <aggregates
    assert_success
    refute_stderr
    run ask '{}'
    assert_equal "$(jq .hits.total.value <<<"$output")" 4
}

@test "bins of both kinds, and names of any bytes, are accepted" {
    on_each bins_of_both_kinds
}

one_bad_point() {
    curl -sSf -X PUT "$url/statsd-2023.11.14" -H 'Content-Type: application/json' \
        -d '{"mappings":{"properties":{"value":{"type":"boolean"}}}}' >/dev/null
    { points 1 250 | grep -v own; tsv bad g value 3 1700000010; points 251 499; } >aggregates
    run_program statsd-elastic --no-self "$url" <aggregates
    assert_success
    assert_stderr --regexp "^statsd-elastic: $url/_bulk: refused '.*(mapper|document)_parsing_exception: failed to"
    assert_equal "${#stderr_lines[@]}" 1
    grep -v '^bad' aggregates >rest
    assert_holds rest
}

@test "a bad point among 500 loses itself alone" {
    on_each one_bad_point
}

closed_index() {
    curl -sSf -X PUT "$url/statsd-2023.11.14" >/dev/null
    curl -sSf -X POST "$url/statsd-2023.11.14/_close" >/dev/null
    rm -f in err
    mkfifo in
    exec 5<>in
    start_background statsd-elastic --no-self "$url" <in 2>err 5>&-
    points 1 3 >&5
    wait_for_file_line err 'index_closed_exception.*: 3 lines wait'
    points 4 6 1700100010 >&5
    sleep 0.5
    curl -sSf -X POST "$url/statsd-2023.11.14/_open" >/dev/null
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$status" 0
    ! grep -q refused err || fail "$(<err)"
    { points 1 3; points 4 6 1700100010; } >aggregates
    assert_holds aggregates
}

@test "a closed index loses nothing" {
    on_each closed_index
}

data_stream() {
    [[ $name == opensearch ]] || return 0 # the other's jars have none
    run_program statsd-elastic --no-self --data-stream metrics-statsd "$url" <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    run_program statsd-elastic --no-self --data-stream metrics-statsd "$url" <"$GOLDEN/aggregates.tsv"
    assert_success
    refute_stderr
    curl -sSf -X POST "$url/metrics-statsd/_refresh" >/dev/null
    statsd-table --tsv <"$GOLDEN/aggregates.tsv" | "$NUMBERS" table >expected
    "$NUMBERS" elastic "$url" metrics-statsd >held
    assert_file held expected
}

@test "a data stream holds the numbers, once" {
    on_each data_stream
}
