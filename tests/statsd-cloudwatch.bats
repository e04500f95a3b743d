#!/usr/bin/env bats
# statsd-cloudwatch: metrics, credentials, answers by a fake server, and moto's server, which checks
# signatures and is asked for what it was sent (make check-servers fetches it).

# shellcheck disable=SC2154
load helper
SERVERS=$BATS_FILE_TMPDIR/servers
load servers/server
load servers/moto

NUMBERS=$BATS_TEST_DIRNAME/servers/numbers
GOLDEN=$BATS_TEST_DIRNAME/golden/sinks

setup_file() {
    local port moto_id moto_secret
    [[ -e $STATSD_BIN/../servers/moto/ready ]] || return 0
    moto_start moto
    export MOTO=http://127.0.0.1:$port MOTO_ID=$moto_id MOTO_SECRET=$moto_secret
}

teardown_file() {
    servers_stop
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    [[ -x $STATSD_BIN/statsd-cloudwatch ]] ||
        skip 'statsd-cloudwatch is not built: install libcurl4-openssl-dev libjansson-dev'
    unset "${!AWS_@}"
    export HOME=$PWD AWS_REGION=eu-west-1
    now=$(date +%s)
}

# use_moto: environment for the real one.
use_moto() {
    need_moto
    export AWS_ENDPOINT_URL=$MOTO AWS_ACCESS_KEY_ID=$MOTO_ID AWS_SECRET_ACCESS_KEY=$MOTO_SECRET
}

# start_aws ACTION…: a fake; sets $port and $url.
start_aws() {
    start_http "$@"
    url=http://127.0.0.1:$port/
    export AWS_ENDPOINT_URL=$url AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret
}

points() {
    seq "$1" "$2" | awk -v time="$now" '{ printf "p%d\tg\tvalue\t%d\t%s\n", $1, $1, time }'
    tsv statsd own numStats $(($2 - $1 + 1)) "$now"
}

send() {
    points 1 3 >aggregates
    run_program statsd-cloudwatch "$@" <aggregates
}

# Metrics that the fake has accepted, one on each line, without times.
accepted() {
    jq -c '.MetricData[] | del(.Timestamp)' http/accepted
}

dry() {
    run_program statsd-cloudwatch -n "$@" <aggregates
    assert_success
    refute_stderr
    output=${output//$now/17}
}

@test "prints each type" {
    statsd-parse --time "$now" "$GOLDEN/lines" | statsd-agg -e -i 1 --stamp start -p 90,-50 --histogram api=10,inf |
        statsd-cloudwatch -n | sed "s/$now/17/g" | jq -c .MetricData[] >metrics
    # Both in the form that this jq gives numbers: 1E+21 or 1e+21.
    jq -c . "$GOLDEN/cloudwatch.metrics" >expected
    assert_file metrics expected
}

@test "names a namespace, a resolution, and own figures if it is asked to" {
    { tsv 'a;k=v' c count 3 "$now"; tsv statsd own numStats 1 "$now"; } >aggregates
    dry
    local metric='{"MetricName":"a","Dimensions":[{"Name":"k","Value":"v"}],"Timestamp":17,"Value":3'
    assert_output "{\"Namespace\":\"StatsD\",\"MetricData\":[$metric}]}"
    dry --namespace Shop/1 --resolution 1 --self
    metric+=',"StorageResolution":1},{"MetricName":"statsd.numStats","Timestamp":17,"Value":1,"StorageResolution":1}'
    assert_output "{\"Namespace\":\"Shop/1\",\"MetricData\":[$metric]}"
}

@test "names and values are made what CloudWatch takes" {
    tsv $'a b\\t\xc3\xa9"\\\\;:k=:v;x= ;y=\\n' g value +5 "$now" >aggregates
    dry
    run jq -r '.MetricData[0] | .MetricName, .Value, (.Dimensions[] | .Name + "=" + .Value)' <<<"$output"
    assert_equal "$output" \
        $'a b___"\\\n5\n_k=_v\nx=_\ny=_'
}

@test "30 tags are sent, the first by their keys" {
    tsv "a$(printf ';k%02d=v' {1..40})" g value 5 "$now" >aggregates
    dry
    assert_equal "$(jq -c '[.MetricData[0].Dimensions | length, .[29].Name]' <<<"$output")" '[30,"k30"]'
}

@test "an idle timer is not sent" {
    { tsv a ms count 0 "$now"; tsv a ms count_ps 0 "$now"; } >aggregates
    dry
    refute_output
}

@test "1,000 metrics are a request" {
    points 1 2500 >aggregates
    dry
    assert_equal "$(jq -c '.MetricData | length' <<<"$output")" $'1000\n1000\n500'
}

@test "what is too old, too far ahead or too large is refused, and reported" {
    {
        tsv a g value 1 $((now - 1300000))
        tsv b g value 1 $((now + 9000))
        tsv c g value 1e+110 "$now"
        tsv d g value 1 "$now"
    } >aggregates
    run_program statsd-cloudwatch -n --rejects rejects <aggregates
    assert_success
    assert_equal "$(jq -r '.MetricData[].MetricName' <<<"$output")" d
    assert_stderr - <<EOF
statsd-cloudwatch: stdin: time '$((now - 1300000))': CloudWatch takes nothing older than two weeks
statsd-cloudwatch: stdin: time '$((now + 9000))': CloudWatch takes nothing more than two hours ahead
statsd-cloudwatch: stdin: value '1e+110': CloudWatch takes nothing beyond 2^360
EOF
    assert_equal "$(wc -l <rejects)" 3
}

@test "says what is wrong with a command line" {
    run_program statsd-cloudwatch x </dev/null
    assert_usage_error 'statsd-cloudwatch: too many operands: expected none'
    run_program statsd-cloudwatch --namespace AWS/x </dev/null
    local bad='statsd-cloudwatch: --namespace: bad namespace'
    assert_usage_error "$bad 'AWS/x': expected a name that does not begin with : or AWS/"
    run_program statsd-cloudwatch --namespace 'a"' </dev/null
    assert_usage_error "$bad 'a\"': expected letters, digits, and . - _ / # : or blanks"
    run_program statsd-cloudwatch --namespace '' </dev/null
    assert_usage_error "statsd-cloudwatch: --namespace: bad namespace '': expected 1 to 255 bytes"
    run_program statsd-cloudwatch --namespace '  ' </dev/null
    assert_usage_error "$bad '  ': expected more than blanks"
    AWS_REGION='' run_program statsd-cloudwatch </dev/null
    assert_usage_error 'statsd-cloudwatch: no region: set AWS_REGION, or region in the profile'
    AWS_ENDPOINT_URL=ftp://x run_program statsd-cloudwatch </dev/null
    assert_usage_error "statsd-cloudwatch: bad endpoint 'ftp://x': expected http:// or https://"
}

@test "timers without what a set of statistics needs end it" {
    { tsv a ms count 3 "$now"; tsv a ms mean 3 "$now"; tsv b c count 1 "$now"; } >aggregates
    run_program statsd-cloudwatch -n <aggregates
    assert_failure 2
    assert_stderr_line 'statsd-cloudwatch: timers lack mean, lower or upper: add them to --stats of statsd-agg'
}

@test "a request is signed, for the region" {
    start_aws 200
    send
    assert_success
    refute_stderr
    assert_equal "$(accepted)" "$(printf '{"MetricName":"p%d","Value":%d}\n' 1 1 2 2 3 3)"
    grep -qi '^Authorization: AWS4-HMAC-SHA256 Credential=id/[0-9]*/eu-west-1/monitoring/aws4_request, ' http/1.head
    grep -qi '^X-Amz-Target: GraniteServiceVersion20100801.PutMetricData' http/1.head
    grep -qi '^Content-Type: application/x-amz-json-1.0' http/1.head
    run grep -i '^X-Amz-Security-Token' http/1.head
    refute_output
}

# uses ID [TOKEN]: the last request was signed with this key.
uses() {
    local head
    head=$(ls -t http/*.head | head -n 1)
    grep -qi "^Authorization: .*Credential=$1/" "$head" || fail "not by $1" "$(<"$head")"
    [[ ! ${2:-} ]] || grep -qi "^X-Amz-Security-Token: $2" "$head" || fail 'no such token'
}

@test "credentials, region and endpoint come from the environment, then from the profile" {
    start_aws 200
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_ENDPOINT_URL
    mkdir .aws
    printf '[default]\naws_access_key_id = one\naws_secret_access_key=s\n\n' >.aws/credentials
    printf '[other]\naws_access_key_id=two\naws_secret_access_key=s\naws_session_token = tok\n' >>.aws/credentials
    printf '[default]\nregion=us-east-1\nendpoint_url = %s\n[profile  other]\nregion = eu-north-1\nendpoint_url=%s\n' \
        "$url" "$url" >.aws/config
    send
    assert_success
    uses one
    grep -q 'us-east-1' http/1.head
    AWS_PROFILE=other send
    assert_success
    uses two tok
    grep -q 'eu-north-1' http/2.head
    AWS_ACCESS_KEY_ID=three AWS_SECRET_ACCESS_KEY=s AWS_SESSION_TOKEN=x AWS_DEFAULT_REGION=cn-north-1 send
    assert_success
    uses three x
    grep -q 'cn-north-1' http/3.head
    AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_ENDPOINT_URL_CLOUDWATCH=$url send
    assert_success
    uses one
}

@test "a credential_process is run, and again after its credentials were refused" {
    start_aws '400:{"__type":"com.amazonaws.cloudwatch#ExpiredTokenException","message":"expired"}' 200
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    mkdir .aws
    cat >process <<'END'
#!/bin/sh
echo x >>runs
sleep 0.2
printf '{"Version":1,"AccessKeyId":"id%d","SecretAccessKey":"s","SessionToken":"t","Expiration":"%s"}' \
    "$(wc -l <runs)" "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"
END
    chmod +x process
    printf '[default]\ncredential_process = ./process\n' >.aws/config
    send
    assert_success
    uses id2 t
    assert_equal "$(wc -l <runs)" 2
    assert_stderr_line "statsd-cloudwatch: post $url: ExpiredToken: expired: 3 lines wait"
}

@test "what waits for credentials is sent once, and says so" {
    start_aws 200
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    mkdir .aws
    printf '[default]\ncredential_process = ./process\n' >.aws/config
    cat >process <<'END'
#!/bin/sh
until [ -e now ]; do sleep 0.05; done
printf '{"Version":1,"AccessKeyId":"id","SecretAccessKey":"s"}'
END
    chmod +x process
    mkfifo in
    exec 5<>in
    start_background statsd-cloudwatch <in 2>err 5>&-
    points 1 3 >&5
    sleep 0.3 # it asks for them again and again
    kill -USR1 "$background_pid"
    wait_for_file_line err "^statsd-cloudwatch: $url idle: 4 lines, 0 sent, 3 waiting .* 0 resent, "
    touch now
    wait_until has_accepted 3
    kill -USR1 "$background_pid"
    wait_for_file_line err "^statsd-cloudwatch: $url connected: 4 lines, 3 sent, 0 waiting .* 0 resent, "
    exec 5>&-
    wait_exit "$background_pid"
    assert_success
}

has_accepted() {
    (($(accepted 2>/dev/null | wc -l) == $1))
}

@test "credentials that end are replaced before" {
    start_aws 200
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    mkdir .aws
    printf '[default]\ncredential_process = %s\n' "./process" >.aws/config
    cat >process <<'END'
#!/bin/sh
echo x >>runs
printf '{"Version":1,"AccessKeyId":"id%d","SecretAccessKey":"s","Expiration":"%s"}' \
    "$(wc -l <runs)" "$(date -u -d '+2 minutes' +%Y-%m-%dT%H:%M:%S+00:00)"
END
    chmod +x process
    points 1 2500 >aggregates
    run_program statsd-cloudwatch <aggregates
    assert_success
    (($(wc -l <runs) >= 3)) || fail 'it was not run again'
}

@test "without credentials everything waits, and it is reported once" {
    start_aws 200
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    send --drain 300ms
    assert_failure 1
    local hint='set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile'
    assert_stderr - <<EOF
statsd-cloudwatch: post $url: no credentials: $hint: 3 lines wait
statsd-cloudwatch: 3 lines not delivered to $url
EOF
    mkdir .aws
    printf '[default]\ncredential_process = echo {}\n' >.aws/config
    send --drain 300ms
    assert_failure 1
    assert_stderr_line --partial ': credential_process has not printed credentials of version 1: 3 lines wait'
}

@test "throttling is a 400 there, and is waited out" {
    start_aws '400:{"__type":"ThrottlingException","message":"Rate exceeded"}' 200
    send
    assert_success
    assert_equal "$(accepted | wc -l)" 3
    assert_stderr_line "statsd-cloudwatch: post $url: Throttling: Rate exceeded: 3 lines wait"
}

@test "a bad point among 500 loses itself alone" {
    start_aws 'refuse="p77"'
    points 1 500 >aggregates
    run_program statsd-cloudwatch <aggregates
    assert_success
    assert_stderr --partial "refused '{\"MetricName\":\"p77\","
    assert_equal "$(accepted | wc -l)" 499
}

# --- moto -----------------------------------------------------------------------------------------

@test "moto holds the numbers of statsd-table, and the tags, signatures checked" {
    use_moto
    # Without dimensions, moto gives the metrics of all.
    grep -v '^api.time:7' "$GOLDEN/lines" | statsd-parse --time "$now" |
        statsd-agg -e -i 1 --stamp start -p 90,-50 >aggregates
    run_program statsd-cloudwatch --namespace one <aggregates
    assert_success
    refute_stderr
    statsd-table --tsv <aggregates | "$NUMBERS" metrics >expected
    AWS_DEFAULT_REGION=eu-west-1 "$STATSD_BIN/../servers/moto/bin/python" "$NUMBERS" cloudwatch "$MOTO" one >held
    [[ -s expected ]] || fail 'nothing is expected'
    assert_file held expected
    grep -q '^api.time;env=prod	metric	SampleCount	20	' held
}

# moto unpacks a body before it checks the signature, and so refuses every one that is compressed.
@test "--gzip compresses what is sent, and the signature is that of the compressed body" {
    need_moto # for its botocore
    start_aws 200
    local python=$STATSD_BIN/../servers/moto/bin/python options first second
    for options in '' '--gzip --header X-Team:a'; do
        # shellcheck disable=SC2086
        send $options
        assert_success
        refute_stderr
    done
    [[ $(head -c 2 http/2.packed | od -An -tx1) == ' 1f 8b' ]] || fail 'it is not compressed'
    grep -qi '^Content-Encoding: gzip' http/2.head
    grep -qi '^X-Team: *a' http/2.head
    assert_equal "$(jq -c .MetricData http/2.body)" "$(jq -c .MetricData http/1.body)"
    for options in 1 2; do
        read -r first second < <("$python" "$ROOT/tests/servers/aws-signature" id secret \
            "http/$options.head" "http/$options.packed")
        assert_equal "$second" "$first"
    done
}

@test "a wrong secret loses nothing, and is reported once" {
    use_moto
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    mkdir .aws
    printf '[default]\naws_access_key_id=%s\naws_secret_access_key=wrong\n' "$MOTO_ID" >.aws/credentials
    mkfifo in
    exec 5<>in
    start_background statsd-cloudwatch --namespace two <in 2>err 5>&-
    points 1 3 >&5
    wait_for_file_line err 'SignatureDoesNotMatch: .*: 3 lines wait'
    sed -i "s,wrong,$MOTO_SECRET," .aws/credentials
    wait_for_file_line err 'is back after'
    exec 5>&-
    wait_exit "$background_pid"
    assert_equal "$status" 0
    assert_equal "$(grep -c SignatureDoesNotMatch err)" 1
    export AWS_ACCESS_KEY_ID=$MOTO_ID AWS_SECRET_ACCESS_KEY=$MOTO_SECRET
    AWS_DEFAULT_REGION=eu-west-1 "$STATSD_BIN/../servers/moto/bin/python" "$NUMBERS" cloudwatch "$MOTO" two >held
    assert_equal "$(wc -l <held)" 12
}
