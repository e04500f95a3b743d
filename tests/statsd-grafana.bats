#!/usr/bin/env bats
# statsd-grafana: aggregates → dashboards. grafana.bats runs every query against the real Graphite
# and Prometheus, and checks the dashboards by Grafana's own types.

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# Rows of every type, with tags, bins and self-metrics.
all_types() {
    printf '%s\n' 'api.requests:3|c|#env:prod,dc:north' 'api.requests:4|c|#env:dev' 'api.time:320|ms|#env:prod' \
        'api.time:10|ms|#env:dev' 'db.time:5|ms' 'db.size_bytes:5000|g' 'users:al|s' |
        statsd-parse --time 1700000001 | statsd-agg -e -p 90,99.9
}

# many N: N counters, the first the heaviest.
many() {
    awk -v n="$1" 'BEGIN {
        OFS = "\t"
        for (i = 0; i < n; i++) print "app.part" i ".hits", "c", "count", n - i, 1700000010
        print "statsd", "own", "numStats", n, 1700000010 }'
}

# The panels that are not rows, at any depth.
panels() {
    jq '[.. | objects | select(.targets)] | length' "$1"
}

queries() {
    jq -r '.. | objects | select(.refId) | .target // .expr' "$1"
}

@test "the dashboards of all types are the golden ones, byte by byte" {
    all_types >rows
    for datasource in graphite prometheus; do
        statsd-grafana --datasource "$datasource" rows | jq . >"$datasource.json"
        assert_file "$datasource.json" "$ROOT/tests/golden/grafana/$datasource.json"
    done
}

@test "the same input gives the same bytes, and the order of heavy and light ones does not matter" {
    all_types >rows
    statsd-grafana rows >first
    statsd-grafana rows >second
    assert_file first second
    grep -v '^db' rows >light
    { grep '^db' rows && cat light; } | statsd-grafana >third
    assert_file first third
}

@test "10,000 metrics: --panels of the heaviest, and one more with a variable for the rest" {
    many 10000 >rows
    statsd-grafana rows >all.json
    assert_equal "$(panels all.json)" 101
    queries all.json | grep -qF 'stats.counters.app.part99.hits.rate'
    assert_equal "$(queries all.json | grep -cF 'stats.counters.app.part100.hits.rate')" 0
    assert_equal "$(jq -r '.templating.list[] | select(.name == "metric") | .query' all.json | tr , '\n' |
        grep -c part)" 9900
    assert_equal "$(queries all.json | tail -n 1)" "\${metric:raw}"
    statsd-grafana --panels 3 rows >few.json
    assert_equal "$(panels few.json)" 4
    assert_equal "$(jq '.panels | length' few.json)" 5
}

@test "rows are collapsed but the first" {
    all_types | statsd-grafana >x.json
    assert_equal "$(jq -r '.panels[] | select(.type == "row") | "\(.title) \(.collapsed)"' x.json | paste -sd ,)" \
        'api false,db true,statsd true,users true'
    all_types | statsd-grafana --no-self >x.json
    assert_equal "$(jq -r '.panels[] | select(.type == "row") | .title' x.json | paste -sd ,)" 'api,db,users'
}

@test "--dir: words that differ only in bytes that no file's name has get a file each" {
    mkdir out
    for word in a_b a=b 'a b' a+b '' ..; do
        tsv "$word.x" g value 1 1700000020
    done | statsd-grafana --dir out
    assert_equal "$(find out -name '*.json' | wc -l)" 5
    assert_equal "$(jq -rs 'map(.title) | unique | length' out/*.json)" 5
    [[ -e out/a_b.json ]]
}

@test "--dir: a dashboard a first word, replaced when a metric appears" {
    mkdir out
    mkfifo in
    exec 5<>in
    start_background statsd-grafana --dir out <in 5>&-
    many 2 >&5
    wait_until test -e out/app.json
    assert_equal "$(jq -r .title out/app.json)" app
    exec 6<out/app.json
    { tsv shop.x g value 1 1700000020 && many 3; } >&5
    wait_until test -e out/shop.json
    wait_until grep -q part2 out/app.json
    # Who has the old one open reads the old one.
    run ! grep -q part2 <&6
    [[ $(jq -r .uid out/app.json) != $(jq -r .uid out/shop.json) ]]
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$(echo out/*)" 'out/app.json out/shop.json'
}

@test "--dir: after a restart a dashboard keeps what it had" {
    mkdir out
    {
        all_types
        tsv 'odd\tname "x";k\\=v' g value 1 1700000010
        tsv 'bins;le=1' ms histogram 1 1700000010
        many 3
    } | statsd-grafana --dir out --panels 3
    cp -r out before
    # Another metric, heavier than all: the others keep their places and weights.
    tsv app.part9.hits c count 99 1700000020 | statsd-grafana --dir out --panels 3
    for file in before/*.json; do
        [[ $file == */app.json ]] || assert_file "out/${file##*/}" "$file"
    done
    assert_equal "$(jq -r '.. | objects | select(.type? == "timeseries") | .title' out/app.json | paste -sd ' ')" \
        'app.part0.hits app.part1.hits app.part9.hits ${metric:text}'
    # Nothing arrives: nothing is forgotten, and the files stay as they are.
    cp -r out again
    statsd-grafana --dir out --panels 3 </dev/null
    diff -r again out
}

@test "--dir: what is wrong with the list of metrics is reported, and costs nothing else" {
    mkdir out
    printf 'x\nold.a\tg\tvalue\t1\t0\n' >out/.statsd-grafana.tsv
    tsv new.a g value 1 1700000010 >row
    run_program statsd-grafana --dir out row
    assert_success
    assert_stderr - <<'END'
statsd-grafana: out/.statsd-grafana.tsv:1: bad aggregate 'x': expected five columns separated by TABs
END
    assert_equal "$(echo out/*)" 'out/new.json out/old.json'
    rm out/.statsd-grafana.tsv
    mkdir out/.statsd-grafana.tsv
    run_program statsd-grafana --dir out row
    assert_failure 1
    assert_stderr_line 'statsd-grafana: read out/.statsd-grafana.tsv: Is a directory'
}

@test "a folder that is not there is said, and the exit status is 1" {
    run_program statsd-grafana --dir none < <(many 1)
    assert_failure 1
    assert_stderr - <<'END'
statsd-grafana: write none/app.json.new: No such file or directory
statsd-grafana: write none/.statsd-grafana.tsv.new: No such file or directory
END
}

@test "Graphite's names are those of statsd-carbon's options" {
    all_types >rows
    statsd-grafana --legacy rows | jq . >x.json
    queries x.json | grep -qF 'stats.timers.db.time.upper_90'
    queries x.json | grep -qF "name=stats.api.requests'"
    statsd-grafana --prefix a --prefix-timer b --prefix-gauge g --suffix s --prefix-set '' rows >x.json
    queries x.json | grep -qF 'a.b.db.time.upper_90.s'
    queries x.json | grep -qF 'a.g.db.size_bytes.s'
    queries x.json | grep -qF 'a.users.count.s'
}

@test "a tag name is asked for as statsd-carbon sends it" {
    local series tags
    for series in 'a;name=x' 'a;_name=y;name=x'; do
        tsv "$series" g value 1 1700000020 >rows
        statsd-grafana rows >x.json
        tags=$(statsd-carbon -n --no-self <rows | sed 's/ .*//' | tr ';' '\n' | sed -n 's/=.*//; 2,$p' | sort)
        assert_equal "$(jq -r '.templating.list[].query' x.json | sed -n 's/^tag_values(\(.*\))$/\1/p' | sort)" "$tags"
    done
    statsd-grafana --datasource prometheus rows | jq -r '.templating.list[].query' | grep -qxF 'label_values(name)'
}

@test "timers in seconds have Prometheus' names and unit" {
    all_types | statsd-grafana --datasource prometheus --seconds 'db.*' >x.json
    queries x.json | grep -qF 'db_time_seconds{quantile="0.9"}'
    assert_equal "$(jq -r '.. | objects | select(.title == "db.time") | .fieldConfig.defaults.unit' x.json)" s
    assert_equal "$(jq -r '.. | objects | select(.title == "api.time") | .fieldConfig.defaults.unit' x.json)" ms
}

@test "names and tags of any bytes give JSON" {
    printf '%s\n' 'a"b\c'$'\x01''ü.x:1|c|#k"1:v' $'bad\xff.x:1|g' 'tab.y,z:1|c' | statsd-parse --raw-names --time 1 |
        statsd-agg --once >rows
    statsd-grafana --panels 1 rows >x.json
    jq -e . x.json >/dev/null
    statsd-grafana --datasource prometheus rows | jq -r '.. | objects | select(.targets) | .title' >titles
    grep -qxF $'a"b\\c\x01ü.x' titles
    grep -qxF 'bad�.x' titles
}

@test "bad lines are counted, kept by --rejects, and with --strict the end" {
    { echo bad && tsv a q value 1 1 && many 1; } >rows
    run_program statsd-grafana -v --rejects rejects rows
    assert_success
    assert_stderr - <<'END'
statsd-grafana: rows:1: bad aggregate 'bad': expected five columns separated by TABs
statsd-grafana: rows:2: unknown type 'q': expected c, ms, g, s or own
statsd-grafana: 4 lines, 1 metrics, 1 bad, 1 unknown
END
    (($(wc -l <rejects) == 1))
    run_program statsd-grafana --strict rows
    assert_failure 1
    run_program statsd-grafana --datasource x
    assert_usage_error "statsd-grafana: --datasource: unknown word 'x': expected graphite or prometheus"
}

@test "a record, and a dashboard that a second signal leaves unwritten, are reported" {
    statsd-parse --time 1 <<<'a:1|c' >record
    run_program statsd-grafana --no-self record
    assert_success
    local looks='this looks like a record: is statsd-agg missing before statsd-grafana?'
    assert_stderr "statsd-grafana: record:1: bad aggregate 'a\\tc\\t1\\t1\\t1.000': $looks"
    mkfifo in
    exec 5<>in
    start_background statsd-grafana --drain 1h <in >out 2>err 5>&-
    many 3 >&5
    interrupt_twice
    exec 5>&-
    assert_failure 1
    assert_equal "$(<err)" 'statsd-grafana: ended by a second signal: a dashboard of 3 metrics not written'
    [[ ! -s out ]]
}
