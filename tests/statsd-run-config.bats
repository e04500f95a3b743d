#!/usr/bin/env bats
# statsd-run's config: what each key becomes, what is wrong with a file, and a printed pipeline that does
# what statsd-run does.

# shellcheck disable=SC2154,SC2030,SC2031,SC2016 # status, output, background_pid are the helper's

load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# printed CONFIG: the pipeline, on one line.
printed() {
    printf '%s\n' "$1" >config.js
    run_program statsd-run --print config.js
    output=$(sed 's/^ *//; s/ *\\$//' <<<"$output" | paste -sd ' ')
}

RECV='statsd-recv --udp 0.0.0.0:8125 --rcvbuf 8M --tags dogstatsd,graphite --self-metrics statsd --self-interval 100ms'
BACKENDS='graphite, console, influx, elastic, cloudwatch, prometheus or grafana'
AGG='statsd-agg --interval 10 --idle c=forever,ms=forever,s=forever,g=forever --self-metrics statsd'

@test "the reference's own example" {
    printed '{
  graphitePort: 2003
, graphiteHost: "graphite.example.com"
, port: 8125
, backends: [ "./backends/graphite" ]
}'
    assert_success
    refute_stderr
    assert_output "$RECV | $AGG | statsd-carbon --legacy graphite.example.com:2003"
}

@test "without a config, or with an empty one, nothing is sent" {
    run_program statsd-run --print
    assert_success
    assert_stderr 'statsd-run: defaults: graphiteHost is not set: nothing is sent to Graphite'
    assert_equal "$(sed 's/^ *//' <<<"$output" | paste -sd ' ')" "$RECV | $AGG >/dev/null"
    printed '{}'
    assert_stderr 'statsd-run: config.js: graphiteHost is not set: nothing is sent to Graphite'
    assert_output "$RECV | $AGG >/dev/null"
}

# becomes CONFIG PART…: the config's pipeline, without warnings, has these parts.
becomes() {
    local part
    printed "{ graphiteHost: 'g', $1 }"
    assert_success
    refute_stderr
    shift
    for part; do
        [[ " $output " == *" $part "* ]] || fail "no '$part'"
    done
}

@test "each key of the reference becomes an option" {
    becomes "port: 9000" "--udp 0.0.0.0:9000"
    becomes "port: '9000', address: '127.0.0.1'" "--udp 127.0.0.1:9000"
    becomes "address_ipv6: true" "--udp :8125"
    becomes "address_ipv6: true, address: '::1'" "--udp '[::1]:8125'"
    becomes "server: './servers/tcp'" "--tcp 0.0.0.0:8125"
    becomes "servers: [{server: './servers/udp', port: 1},
        {server: './servers/tcp', socket: '/s', socket_mod: '0660'}]" \
        "--udp 0.0.0.0:1 --mode 0660 --unix /s"
    becomes "servers: [{server: 'tcp', socket: '/s', socket_mod: 0o600}]" "--mode 0600 --unix /s"
    becomes "keyNameSanitize: false" "--raw-names"
    becomes "flushInterval: 60000" "--interval 60"
    becomes "flushInterval: '200'" "--interval 200ms"
    becomes "percentThreshold: 99" "--percentiles 99"
    becomes "percentThreshold: [50, '99.9', -10]" "--percentiles 50,99.9,-10"
    becomes "histogram: [{metric: 'a b', bins: [0.1, 1, 'inf']}, {metric: '', bins: []}]" \
        "--histogram 'a b=0.1,1,inf' --histogram ="
    becomes "calculatedTimerMetrics: ['count', 'upper_percent']" "--stats count,upper_percent"
    becomes "deleteIdleStats: true" "--idle c=0,ms=0,s=0,g=0ms"
    becomes "deleteIdleStats: true, deleteGauges: false" "--idle c=0,ms=0,s=0,g=forever"
    becomes "deleteTimers: true, deleteSets: 1" "--idle c=forever,ms=0,s=0,g=forever"
    becomes "deleteCounters: true, deleteGauges: true, gaugesMaxTTL: 3" "--idle c=0,ms=forever,s=forever,g=20000ms"
    becomes "prefixStats: 'x y'" "--self-prefix 'x y' --self-metrics statsd" \
        "statsd-carbon --legacy --self-prefix 'x y' g:2003"
    becomes "flush_counts: false" "statsd-carbon --legacy --no-counts g:2003"
    becomes "graphitePort: 1, graphite: {legacyNamespace: false, globalPrefix: '', prefixCounter: 'c', prefixTimer: 't',
        prefixGauge: 'g', prefixSet: 's', globalSuffix: 'x'}" \
        "statsd-carbon --prefix '' --prefix-counter c --prefix-timer t --prefix-gauge g --prefix-set s --suffix x g:1"
    becomes "backends: ['./backends/console']" "$AGG | statsd-table"
    becomes "backends: ['graphite', 'console'], console: { prettyprint: false }" \
        "tee -i >(statsd-carbon --legacy g:2003 >/dev/null) | statsd-table"
    becomes "healthStatus: 'down', mgmt_port: 1, mgmt_address: 'x', automaticConfigReload: false,
        title: false, debug: false,
        dumpMessages: false, graphitePicklePort: 2004, graphiteProtocol: 'text'" "$RECV" "$AGG"
}

@test "each key of ours becomes an option" {
    becomes "rcvbuf: '64K', tags: 'all'" "--rcvbuf 65536 --tags all"
    becomes "buffer: '1M', gaugeSign: 'absolute', idleTimeout: 5, maxConnections: 3, maxLine: '1K', maxName: 10,
        maxSkew: '1h',
        rejects: 'r', rejectsMax: 0, source: true, events: '/e', selfInterval: '1m'" \
        "--buffer 1M --gauge-sign absolute --idle-timeout 5 --max-connections 3 --max-line 1K" \
        "--max-name 10 --max-skew 1h --rejects r --rejects-max 0 --source --events /e --self-interval 1m"
    becomes "maxSeries: 5, offset: '1s', setMembers: 7, stamp: 'start', tag: ['a:b', 'c:d'], timerSamples: 9,
        weighted: true,
        histogramCumulative: true" \
        "--max-series 5 --offset 1s --set-members 7 --stamp start --tag a:b --tag c:d --timer-samples 9" \
        "--weighted --histogram-cumulative"
    becomes "state: '/s'" "--state /s"
    becomes "selfMetrics: 'all'" "statsd-agg --interval 10 --idle c=forever,ms=forever,s=forever,g=forever |"
    becomes "noSelf: true" "--tags dogstatsd,graphite --no-self |" "--no-self | statsd-agg --interval 10" \
        "statsd-carbon --legacy --no-self g:2003"
    becomes "spool: '/d'" "statsd-spool /d/graphite -- statsd-carbon --legacy g:2003"
    becomes "backends: ['influx'], influx: {url: 'http://x/write?db=a&b', gzip: true, header: ['a: b', \"c: 'd'\"],
        batch: '1M', insecure: false,
        spool: '/own'}" \
        "statsd-spool /own -- statsd-influx --gzip --header 'a: b'" \
        "--header 'c: '\\''d'\\''' --batch 1M 'http://x/write?db=a&b'"
    becomes "graphite: {globalPrefix: 'x'}, spool: '/d', noSelf: true, backends: ['grafana'],
        grafana: {dir: '/d d', panels: 5}" "statsd-grafana --legacy --prefix x --no-self --dir '/d d' --panels 5"
    becomes "graphiteHost: 'g', graphite: {settle: '1m', keepOpen: true}" \
        "| statsd-carbon --legacy --settle 1m --keep-open g:2003"
    becomes "backends: ['grafana'], grafana: {dir: '/d', datasource: 'prometheus'}" \
        "| statsd-grafana --dir /d --datasource prometheus"
    becomes "graphite: {url: 'h:1', buffer: '1M'}" "statsd-carbon --legacy --buffer 1M h:1"
}

@test "the manual has every key" {
    local key
    run_shell "sed -n 's/^    { \"\([A-Za-z0-9_]*\)\", KEY_.*/\1/p' '$ROOT/cmd/statsd-run/keys.c'"
    ((${#lines[@]} > 70))
    for key in $output; do
        grep -Eq "^\.(It |)?(Cm|Ql) (.* )?$key( |\$)" "$ROOT/man/statsd-config.5" || fail "statsd-config(5) lacks $key"
    done
}

@test "expressions take the environment's variables and the name of the host" {
    export PORT=77 NAME='a b'
    becomes "port: parseInt(process.env.PORT, 10) || 8125, prefixStats: process.env.NAME, 
        flushInterval: Number(process.env.NONE) || 2000,
        deleteIdleStats: process.env.PORT == '77', graphite: {globalSuffix: require('os').hostname().split('.')[0]}" \
        "--udp 0.0.0.0:77" "--interval 2" "--idle c=0,ms=0,s=0,g=0ms" "--self-prefix 'a b'" \
        "--suffix $(uname -n | cut -d. -f1)"
}

# wrong CONFIG MESSAGE…: an error with these messages.
wrong() {
    printf '%s\n' "$1" >config.js
    shift
    run_program statsd-run --check config.js
    assert_failure 1
    refute_output
    assert_stderr "$(printf 'statsd-run: config.js:%s\n' "$@")"
}

@test "a wrong file: the line, what was found, what was expected" {
    wrong '{ port: 8125' "2: found the end of the file: expected ',' or '}'"
    printf '{\n  a: fs.readFileSync("x")\n}' >config.js
    run_program statsd-run --check config.js
    assert_failure 1
    local command="node -p 'JSON.stringify(eval(\"config=\"+require(\"fs\").readFileSync(\"config.js\")))'"
    assert_stderr "statsd-run: config.js:2: found 'fs.readFileSync': expected a value
statsd-run: the file is read, not executed; where node is, this turns it into plain JSON: $command"
    run_program statsd-run --check none.js
    assert_failure 1
    assert_stderr 'statsd-run: open none.js: No such file or directory'
    run_program statsd-run --check .
    assert_failure 1
    assert_stderr 'statsd-run: read .: Is a directory'
    head -c 1100000 /dev/zero | tr '\0' ' ' >large.js
    run_program statsd-run --check large.js
    assert_failure 1
    assert_stderr 'statsd-run: large.js: the file is too large: expected at most 1M'
}

@test "the command that the message gives turns a file of JavaScript into JSON that is read" {
    command -v node >/dev/null || skip 'node is not installed'
    echo '{ port: 8000 + 125, graphiteHost: ["a", "b"].join(".") }' >config.js
    run_program statsd-run --print config.js
    bash -c "${stderr##*JSON: }" >config.json
    run_program statsd-run --print config.json
    assert_success
    assert_output --partial '--udp 0.0.0.0:8125'
    assert_output --partial 'a.b:2003'
}

@test "wrong values" {
    wrong "{ graphiteHost: 'g', flushInterval: 'x' }" \
        "1: flushInterval: found 'x': expected a whole number from 1 to 1073741824"
    wrong "{ graphiteHost: 'g', flushInterval: 0.5 }" \
        "1: flushInterval: found '0.5': expected a whole number from 1 to 1073741824"
    wrong "{ graphiteHost: 'g', port: 70000 }" "1: port: found '70000': expected a whole number from 0 to 65535"
    wrong "{ graphiteHost: 'g',
 percentThreshold: [1, 'x'] }" "2: percentThreshold: found 'x': expected a number or a list of numbers"
    wrong "{ graphiteHost: 'g', histogram: [{}] }" \
        "1: histogram: found an object: expected { metric: '...', bins: [1, 10, 'inf'] }"
    wrong "{ graphiteHost: 'g', histogram: 5 }" "1: histogram: found '5': expected a list"
    wrong "{ graphiteHost: 'g', calculatedTimerMetrics: 'x' }" \
        "1: calculatedTimerMetrics: found 'x': expected a list of words"
    wrong "{ graphiteHost: 'g', server: './servers/sctp' }" \
        "1: server: found './servers/sctp': expected './servers/udp' or './servers/tcp'"
    wrong "{ graphiteHost: 'g', server: 'tcp', socket: '/s', socket_mod: 'rw' }" \
        "1: socket_mod: found 'rw': expected an octal mode"
    wrong "{ graphiteHost: 'g', servers: [] }" "1: servers: found an empty list: expected a list of objects"
    wrong "{ graphiteHost: ['g'] }" "1: graphiteHost: found a list: expected a string" \
        " graphiteHost is not set: nothing is sent to Graphite"
    wrong "{ graphiteHost: 'g', healthStatus: 'ill' }" "1: healthStatus: found 'ill': expected 'up' or 'down'"
    wrong "{ graphiteHost: 'g', rcvbuf: 'much' }" "1: rcvbuf: found 'much': expected a size from 1 to 1G"
    wrong "{ graphiteHost: 'g', rcvbuf: '0x10' }" "1: rcvbuf: found '0x10': expected a size from 1 to 1G"
    wrong "{ graphiteHost: 'g', rcvbuf: ' 8M' }" "1: rcvbuf: found ' 8M': expected a size from 1 to 1G"
    wrong "{ graphiteHost: 'g', graphiteProtocol: 'pickle' }" \
        "1: graphiteProtocol: found 'pickle': expected 'text', which Carbon takes at port 2003"
    wrong "{ backends: ['statsd-influxdb-backend'] }" \
        "1: backends: found 'statsd-influxdb-backend', which would be code for node: expected $BACKENDS"
    wrong "{ backends: ['./backends/repeater'] }" \
        "1: backends: found './backends/repeater': \`tee -i >(statsd-send HOST:PORT)' after statsd-recv in what\
 --print prints does its work"
    wrong "{ backends: ['repeater'], repeater: [{host: '10.8.3.214', port: 8125}, {host: '::1', port: 1}] }" \
        "1: backends: found 'repeater': \`tee -i >(statsd-send 10.8.3.214:8125 '[::1]:1')' after statsd-recv in what\
 --print prints does its work"
    wrong "{ backends: ['kafka'] }" \
        "1: backends: found 'kafka': Kafka gets records: \`statsd-recv | statsd-kafka put BROKERS TOPIC'"
    wrong "{ backends: ['influx'], influx: { gzip: true } }" \
        "1: influx: no url: expected one, such as http://localhost:8086/write?db=statsd"
    wrong "{ backends: ['cloudwatch'], cloudwatch: { url: 'x' } }" "1: cloudwatch: url: statsd-cloudwatch takes none"
    wrong "{ backends: ['prometheus'], prometheus: { spool: 'x' } }" \
        "1: prometheus: spool: statsd-prometheus does not say what it has delivered"
    wrong "{ backends: ['grafana'], grafana: { dir: '/d', url: 'x' } }" "1: grafana: url: statsd-grafana takes none"
    wrong "{ backends: ['grafana'], grafana: {} }" \
        "1: grafana: dir is not set: expected { dir: '/folder/of/dashboards' }"
    wrong "{ backends: 5 }" "1: backends: found '5': expected a list"
    wrong "{ graphiteHost: 'g', nodes: [{host: 'a', port: 8127, adminport: 8128}], forkCount: 2, host: 'x' }" \
        "1: nodes: this is a config of the proxy: \`statsd-recv --udp 0.0.0.0:8125 | statsd-send --shard a:8127@8128'\
 does its work"
    wrong "{ graphiteHost: 'g', graphite: 5 }" "1: graphite: found '5': expected an object"
    wrong "{ graphiteHost: 'g', tag: {a: 1} }" \
        "1: tag: found an object: expected a string, a number, true, false or a list"
}

# warns CONFIG MESSAGE
warns() {
    printf '%s\n' "$1" >config.js
    run_program statsd-run --check config.js
    assert_success
    assert_stderr "statsd-run: config.js:$2"
}

@test "warnings: what is not supported, and what is not known" {
    warns "{ graphiteHost: 'g', flushIntervall: 5 }" "1: unknown key 'flushIntervall': the nearest is 'flushInterval'"
    warns "{ graphiteHost: 'g', PORT: 5 }" "1: unknown key 'PORT': the nearest is 'port'"
    warns "{ graphiteHost: 'g', zzzzz: 5 }" "1: unknown key 'zzzzz'"
    warns "{ graphiteHost: 'g', influx: {} }" "1: influx: it is not among \`backends'"
    warns "{ graphiteHost: 'g', repeater: [{host: 'a', port: 1}] }" "1: repeater: it is not among \`backends'"
    warns "{ graphiteHost: 'g', debug: true }" "1: debug: not supported: statsd-run -v says more"
    warns "{ graphiteHost: 'g', dumpMessages: true }" \
        "1: dumpMessages: not supported: put \`tee -ia FILE' after statsd-recv in what --print prints"
    warns "{ graphiteHost: 'g', keyFlush: {interval: 1} }" \
        "1: keyFlush: not supported: statsd-migrate(7) lists the busiest series with sort(1)"
    warns "{ graphiteHost: 'g', log: {backend: 'syslog'} }" \
        "1: log: not supported: messages go to standard error, and logger(1) passes them to syslog"
    warns "{ graphiteHost: 'g', title: 'x' }" "1: title: not supported: each program has its own name"
    warns "{ graphiteHost: 'g', checkInterval: 5 }" "1: checkInterval: not supported: statsd-send has --health-interval"
    warns "{ graphiteHost: 'g', repeaterProtocol: 'udp4' }" \
        "1: repeaterProtocol: not supported: statsd-send has --udp, --tcp and --unix"
    warns "{ graphiteHost: 'g', cacheSize: 5 }" "1: cacheSize: not supported: statsd-send --shard needs no cache"
    warns "{ graphiteHost: 'g', forkCount: 2 }" "1: forkCount: not supported: statsd-recv is one process"
    warns "{ graphiteHost: 'g', host: 'x' }" "1: host: not supported: \`address' is where statsd-run listens"
    warns "{ graphiteHost: 'g', udp_version: 'udp6' }" "1: udp_version: not supported: \`address_ipv6' says it"
    warns "{ graphiteHost: 'g', deleteGauges: 'false' }" \
        "1: deleteGauges: found 'false' in quotes, which is true in JavaScript: expected true or false"
}

@test "--check asks the programs about their options" {
    printf "{ graphiteHost: 'g', tags: 'x' }" >config.js
    run_program statsd-run --check config.js
    assert_failure 1
    assert_stderr --partial 'statsd-recv: --tags: '
    printf "{ graphiteHost: 'g', graphite: { nonsense: 1 } }" >config.js
    run_program statsd-run --check config.js
    assert_failure 1
    assert_stderr --partial 'statsd-carbon: '
    mkdir alone
    cp "$STATSD_BIN/statsd-run" alone
    printf "{ backends: ['console'] }" >config.js
    run_shell "PATH=/nowhere alone/statsd-run --check config.js"
    assert_failure 1
    assert_stderr --partial 'statsd-run: run statsd-table: No such file or directory'
}

@test "--check accepts each backend with the programs that there are" {
    local backend program options
    while read -r backend program options; do
        [[ -e $STATSD_BIN/$program ]] || continue
        for self in true false; do
            for spool in "" "spool: '/d',"; do
                warns_nothing "{ $spool noSelf: $self, prefixStats: 'p', graphiteHost: 'g',
                    backends: ['$backend'], $options }"
            done
        done
    done <<'END'
graphite statsd-carbon graphite: { wait: true }
console statsd-table console: { prettyprint: true }
influx statsd-influx influx: { url: 'http://127.0.0.1:1/write?db=x', gzip: true }
elastic statsd-elastic elastic: { url: 'http://127.0.0.1:1', index: 'i' }
cloudwatch statsd-cloudwatch cloudwatch: { namespace: 'n' }
prometheus statsd-prometheus prometheus: { url: '127.0.0.1:0', ttl: '1m' }
END
}

# warns_nothing CONFIG
warns_nothing() {
    printf '%s\n' "$1" >config.js
    run_program statsd-run --check config.js
    assert_success
    refute_stderr
}

@test "the real programs, all at once, run until they are ended" {
    local program
    for program in influx elastic cloudwatch prometheus; do
        [[ -e $STATSD_BIN/statsd-$program ]] || skip "statsd-$program is not built"
    done
    cat >config.js <<'END'
{ port: 0, address: '127.0.0.1', mgmt_port: 0, flushInterval: 200,
  backends: ['influx', 'elastic', 'cloudwatch', 'prometheus', 'console'],
  influx: { dryRun: true }, elastic: { dryRun: true }, cloudwatch: { dryRun: true },
  prometheus: { textfile: 'metrics' } }
END
    start_ready statsd-run config.js >out 2>err
    send_udp "$port" 'n:1|c'
    wait_for_file_line out '^n[, ].*count=1' # influx
    wait_for_file_line out '"n"' # elastic
    wait_for_file_line out 'MetricName' # cloudwatch
    wait_for_file_line metrics '^n'
    kill -TERM "$background_pid"
    wait_exit "$background_pid"
    assert_success
    assert_file err /dev/null
}

@test "a TMPDIR that is too long for the path of a socket" {
    local folder
    folder=$PWD/$(printf 'x%.0s' {1..60})
    mkdir "$folder"
    echo '{ graphiteHost: "127.0.0.1", port: 0 }' >c.js
    TMPDIR=$folder run_program env -u RUNTIME_DIRECTORY statsd-run c.js
    assert_failure 1
    assert_stderr "statsd-run: $folder: too long for the path of a socket: expected a TMPDIR of at most 60 bytes"
}

@test "wrong usage" {
    run_program statsd-run a b
    assert_usage_error 'statsd-run: too many operands: expected one config'
    run_program statsd-run --nonsense
    assert_usage_error --partial 'nonsense'
}

@test "--help has a config of five lines, which is one" {
    run_program statsd-run --help
    sed -n '/^  {$/,/^  }$/p' <<<"$output" >config.js
    assert_equal "$(wc -l <config.js)" 5
    run_program statsd-run --check config.js
    assert_success
    refute_stderr
}

# rows FILE: without the times of the clock.
rows() {
    cut -f1-4 "$1" | grep -v processing_time
}
export -f rows

@test "the printed pipeline, pasted, does what statsd-run does" {
    local i
    mkdir bin
    cp "$STATSD_BIN/statsd-run" bin
    ln -s "$STATSD_BIN"/statsd-{recv,agg,carbon,table} bin
    cat >bin/statsd-influx <<'END'
#!/bin/sh
# a fake sink, which appends to the file that its last word names
case "$*" in *--help*) exit 0 ;; esac
for last; do :; done
exec cat >>"$last"
END
    sed 's/"\$last"/elastic.rows/' bin/statsd-influx >bin/statsd-elastic
    chmod +x bin/*
    cat >config.js <<'END'
{ port: 0, address: '127.0.0.1', mgmt_port: 0, flushInterval: 1000000, percentThreshold: [50, 99.9],
  histogram: [{metric: '', bins: [10, 'inf']}], prefixStats: "o'brien", backends: ['influx', 'elastic'],
  influx: { url: 'a file of rows' }, elastic: { url: 'elastic.rows' } }
END
    for i in run paste; do
        : >'a file of rows'
        : >elastic.rows
        if [[ $i == run ]]; then
            start_ready bin/statsd-run config.js >out
        else
            pasted=$(bin/statsd-run --print config.js | sed 's/--rcvbuf/--ready-fd 9 --rcvbuf/')
            PATH=$PWD/bin:$PATH start_shell "$pasted" 9>ready
            wait_until has_whole_line ready
            port=$(sed -n 's/^udp .*://p' ready)
        fi
        send_udp "$port" 'c:2|c|@0.5\ng:3|g\ng:+1|g\nt:5|ms\nt:50|ms|#a:b\ns:x|s\nbad'
        if [[ $i == run ]]; then kill -TERM "$background_pid"; else pkill -TERM -g "$background_pid" statsd-recv; fi
        wait_exit "$background_pid"
        assert_success
        wait_until test -s elastic.rows
        mv 'a file of rows' "$i.influx"
        mv elastic.rows "$i.elastic"
    done
    run_shell "diff <(rows run.influx) <(rows paste.influx)"
    assert_success
    assert_file run.elastic run.influx
    grep -q "^o'brien.bad_lines_seen" run.influx
}
