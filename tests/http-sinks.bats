#!/usr/bin/env bats
# What every sink does over HTTP, by statsd-influx and a fake server (fake-http): what an answer
# means, failures, hostile servers, TLS.

# shellcheck disable=SC2154
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    [[ -x $STATSD_BIN/statsd-influx ]] || skip 'statsd-influx is not built: install libcurl4-openssl-dev libjansson-dev'
}

# points FIRST LAST [TIME]: an interval of counters.
points() {
    seq "$1" "$2" | awk -v time="${3:-1700000010}" '{ printf "p%d\tc\tcount\t%d\t%s\n", $1, $1, time }'
    tsv statsd own numStats $(($2 - $1 + 1)) "${3:-1700000010}"
}

lines() {
    points "$@" | statsd-influx -n --no-self
}

# send OPTION…: sends three points to the server.
send() {
    points 1 3 >aggregates
    run_program statsd-influx --no-self "$@" "$url" <aggregates
}

# start_sink OPTION…: starts it in the background. Its input is descriptor 5; its messages go to err.
start_sink() {
    mkfifo in
    exec 5<>in
    start_background statsd-influx --no-self "$@" "$url" <in 2>err 5>&-
    sink_pid=$background_pid
}

end_sink() {
    exec 5>&-
    wait_exit "$sink_pid"
}

# Each of these points was accepted, as often as that (1).
assert_accepted() {
    lines "$1" "$2" | sort >expected
    sort http/accepted >accepted
    assert_file accepted expected
}

requests() {
    find http -name '*.body' | wc -l
}

@test "a batch is one request, with the headers that it needs" {
    start_http 204
    send --header 'X-Team: a b' --header 'X-Other: 1'
    assert_success
    refute_stderr
    assert_accepted 1 3
    assert_equal "$(requests)" 1
    assert_equal "$(sed -n 1p http/1.head)" 'POST /write HTTP/1.1'
    grep -q '^X-Team: a b' http/1.head
    grep -q '^X-Other: 1' http/1.head
    grep -q '^Content-Type: text/plain; charset=utf-8' http/1.head
    run grep -ciE '^(Expect|Authorization)' http/1.head
    assert_output 0
    lines 1 3 >expected
    assert_file http/1.body expected
}

@test "--gzip compresses it" {
    start_http 204
    send --gzip
    assert_success
    assert_accepted 1 3
    grep -q '^Content-Encoding: gzip' http/1.head
}

@test "a status of 429 is waited out, as is a connection that breaks in the answer" {
    start_http 429:slowly break 204
    send
    assert_success
    assert_accepted 1 3
    assert_equal "$(requests)" 3
    assert_stderr_line "statsd-influx: post $url: HTTP 429: slowly: 3 lines wait"
    assert_stderr_line --regexp "^statsd-influx: $url is back after [0-9.]+s: 0 lines follow\$"
    assert_equal "${#stderr_lines[@]}" 2
}

@test "reconnects counts how often the server was reached again" {
    start_http break break 204 503 204
    start_sink
    points 1 3 >&5
    wait_for_file_line err 'is back'
    points 4 6 1700000020 >&5
    wait_until has_accepted 6
    kill -USR1 "$sink_pid"
    wait_for_file_line err ', 6 sent, .* 1 reconnects, '
    end_sink
    assert_success
}

has_accepted() {
    (($(wc -l <http/accepted) == $1))
}

@test "Retry-After is kept" {
    start_http retry=2,503 204
    local began=$EPOCHREALTIME
    send
    assert_success
    assert_accepted 1 3
    awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { exit !(to - from >= 2) }' || fail 'it came too early'
    assert_stderr_line "statsd-influx: post $url: HTTP 503: 3 lines wait"
}

@test "an answer that never comes is given up after --timeout" {
    start_http hang 204
    send --timeout 500ms
    assert_success
    assert_accepted 1 3
    assert_stderr_line "statsd-influx: post $url: no answer after 0.5 s: 3 lines wait"
}

@test "a server that is not there is tried until --drain ends" {
    start_http 204
    stop_background
    send --drain 300ms
    assert_failure 1
    assert_stderr - <<EOF
statsd-influx: post $url: Connection refused: 3 lines wait
statsd-influx: 3 lines not delivered to $url
EOF
}

@test "a name server that never answers holds up nothing" {
    start_namespace
    echo 'nameserver 127.0.0.1' >resolv.conf
    "${inside[@]}" mount --bind resolv.conf /etc/resolv.conf
    start_background "${inside[@]}" python3 -c '
import signal, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
print("ready", flush=True)
signal.pause()' >named
    wait_for_file_line named ready
    points 1 3 >aggregates
    SECONDS=0
    run_program "${inside[@]}" statsd-influx --no-self --timeout 500ms --drain 500ms http://name.example/ <aggregates
    assert_failure 1
    ((SECONDS <= 4)) || fail "it took $SECONDS s"
    # The limits of the request and of libcurl's lookup are equal: either may come first.
    late='(no answer after 0.5 s|Resolving timed out after [0-9]+ milliseconds)'
    assert_stderr_line --regexp "^statsd-influx: post http://name.example/: $late: 3 lines wait$"
    assert_stderr_line "statsd-influx: 3 lines not delivered to http://name.example/"
}

@test "413 sends less at a time" {
    start_http 413 204
    send
    assert_success
    refute_stderr
    assert_accepted 1 3
    assert_equal "$(cat http/2.body)" "$(lines 1 1)"
}

@test "one bad point among 500 loses itself alone" {
    start_http 'refuse=^p77,'
    points 1 500 >aggregates
    run_program statsd-influx --no-self --rejects rejects "$url" <aggregates
    assert_success
    local line='p77,metric_type=counter count=77 1700000010000000000'
    local reason="refused '$line': HTTP 400: unable to parse this"
    assert_stderr "statsd-influx: $url: $reason"
    sort http/accepted >accepted
    lines 1 500 | grep -v '^p77,' | sort >expected
    assert_file accepted expected
    (($(requests) < 25)) || fail "$(requests) requests"
    assert_equal "$(cut -f 2- rejects)" "$(tsv "$url" "$reason" "$line")"
}

@test "where the server has taken the neighbours already, only the bad point is lost" {
    start_http 'partial=^p77,'
    points 1 500 >aggregates
    run_program statsd-influx --no-self "$url" <aggregates
    assert_success
    assert_stderr --partial "refused 'p77,"
    sort -u http/accepted >accepted
    lines 1 500 | grep -v '^p77,' | sort >expected
    assert_file accepted expected
}

@test "an interval that holds nothing but a bad point stops nobody" {
    start_http 'refuse=^p1,'
    start_sink --done-fd 7 7>done
    # Each in one write, lest a pause ends the interval.
    points 1 1 1700000010 >one
    points 2 4 1700000020 >two
    cat one >&5
    wait_for_file_line err 'HTTP 400: unable to parse this: 1 line waits'
    cat two >&5
    wait_for_file_line err "refused 'p1,"
    wait_until has_two_lines done
    end_sink
    assert_equal "$status" 0
    assert_equal "$(cat done)" $'1700000010\n1700000020'
    assert_equal "$(sort http/accepted)" "$(lines 2 4 1700000020)"
}

@test "bad points that fill the buffer's share from the first on stop nobody either" {
    start_http 'refuse=^bad'
    start_sink --buffer 128K --batch 64K
    local name
    printf -v name '%17000s' ''
    for ((i = 1; i < 4; i++)); do
        tsv "bad$i.${name// /x}" c count 1 1700000010
    done >one
    points 2 4 1700000020 >two
    { cat one && tsv statsd own numStats 3 1700000010; } >&5
    wait_for_file_line err 'HTTP 400: unable to parse this'
    cat two >&5
    wait_for_file_line err "refused 'bad3"
    end_sink
    assert_equal "$status" 0
    assert_equal "$(sort http/accepted)" "$(lines 2 4 1700000020)"
}

has_two_lines() {
    (($(wc -l <"$1") == 2))
}

@test "a server that refuses everything loses nothing" {
    start_http 400 400 400 400 400 400 204
    send
    assert_success
    assert_accepted 1 3
    assert_stderr_line "statsd-influx: post $url: HTTP 400: 3 lines wait"
    assert_stderr_line --partial 'is back after'
}

@test "a point that makes the server fail is lost alone, while others pass" {
    start_http 'refuse=^p7.metric,500'
    start_sink
    points 5 8 >&5
    wait_for_file_line err 'HTTP 500: unable to parse this: 4 lines wait'
    for ((i = 11; i < 60; i++)); do
        points "$i" "$i" $((1700000000 + i)) >&5
        ! grep -q "refused 'p7," err || break
        sleep 0.1
    done
    wait_for_file_line err "refused 'p7,.*HTTP 500: unable to parse this"
    end_sink
    assert_equal "$status" 0
    assert_equal "$(grep -c refused err)" 1
    assert_equal "$(grep -cE '^p[568],' http/accepted)" 3
}

@test "what is kept while others pass is reported once" {
    start_http 'refuse=^p1.metric,403'
    start_sink --drain 1s
    points 1 1 >one
    cat one >&5
    wait_for_file_line err 'HTTP 403: unable to parse this: 1 line waits'
    for i in 2 3; do
        points "$i" "$i" $((1700000010 + i)) >&5
        wait_until grep -q "^p$i," http/accepted
    done
    number=$(requests)
    wait_until more_requests
    assert_equal "$(grep -cE 'lines? waits?' err)" 1
    assert_equal "$(grep -c 'is back' err)" 0
    end_sink
}

more_requests() {
    (($(requests) > number + 1))
}

@test "a wrong token loses nothing, is reported once, and read again" {
    start_http 'token=Token right'
    echo 'Token wrong' >auth
    start_sink --auth-file auth
    points 1 3 >&5
    wait_for_file_line err 'HTTP 401: unauthorized access: 3 lines wait'
    points 4 6 >&5
    printf '  Token right \r\nmore\n' >auth
    wait_for_file_line err 'is back after'
    end_sink
    assert_equal "$status" 0
    assert_equal "$(grep -c 401 err)" 1
    sort http/accepted >accepted
    lines 1 6 | sort >expected
    assert_file accepted expected
}

@test "an --auth-file may begin with a byte order mark, and end with CR LF" {
    start_http 204
    printf '\xef\xbb\xbfBearer abc\r\n' >auth
    send --auth-file auth
    assert_success
    assert_equal "$(grep -i '^authorization:' http/1.head | tr -d '\r')" 'Authorization: Bearer abc'
}

@test "an --auth-file that is missing or wrong ends it" {
    start_http 204
    send --auth-file nowhere
    assert_failure 1
    assert_stderr 'statsd-influx: read nowhere: No such file or directory'
    printf 'a\001b\n' >auth
    send --auth-file auth
    assert_failure 1
    assert_stderr "statsd-influx: read auth: its first line is no header's value"
}

@test "a header that is none is wrong usage" {
    url=http://localhost/
    send --header 'X-Team'
    assert_usage_error "statsd-influx: --header: bad header 'X-Team': expected 'Name: value'"
    send --header $'X-Team: a\nb'
    assert_usage_error "statsd-influx: --header: bad header 'X-Team: a\\nb': expected 'Name: value'"
}

@test "a redirection is not followed, with the token least of all" {
    start_http 204
    local other=$port
    mv http http-of-other
    start_http "redirect=http://127.0.0.1:$other/"
    echo 'Token secret' >auth
    send --auth-file auth --drain 300ms
    assert_failure 1
    assert_stderr_line "statsd-influx: post $url: HTTP 307: 3 lines wait"
    assert_equal "$(find http-of-other -name '*.head')" ''
}

@test "a header without an end is hung up on" {
    start_http header 204
    send
    assert_success
    assert_accepted 1 3
    # Libcurl has got a limit of its own, in headers.
    local too_long="(the answer's header has more than 262144 bytes|Too many response headers, 5000 is max)"
    assert_stderr_line --regexp "^statsd-influx: post $url: $too_long: 3 lines wait\$"
    wait_until test -e http/hung-up || fail 'the server could write it all'
}

@test "an answer of a gigabyte is cut, and its status counts" {
    start_http flood
    points 1 3 >aggregates
    run_program python3 -c 'import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=open("memory", "w"))
sys.exit(status)' statsd-influx --no-self "$url" <aggregates
    assert_success
    refute_stderr
    wait_until test -e http/hung-up || fail 'the server could write it all'
    is_sanitized || (($(<memory) < 100000)) || fail "it took $(<memory) KiB"
}

# The programs are built with sanitizers, which take memory.
is_sanitized() {
    grep -q __asan "$STATSD_BIN/statsd-influx"
}

@test "messages do not tell what is secret in a URL" {
    start_http 403
    url="http://me:secret@127.0.0.1:$port/write?u=me&p=secret"
    send --drain 100ms
    assert_failure 1
    assert_stderr - <<EOF
statsd-influx: post http://127.0.0.1:$port/write: HTTP 403: 3 lines wait
statsd-influx: 3 lines not delivered to http://127.0.0.1:$port/write
EOF
}

# Makes NAME.pem, a certificate for 127.0.0.1 with its key.
make_certificate() {
    command -v openssl >/dev/null || skip 'there is no openssl here'
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -addext 'subjectAltName=IP:127.0.0.1' \
        -keyout "$1.key" -out "$1.crt" 2>/dev/null
    cat "$1.key" "$1.crt" >"$1.pem"
}

@test "TLS: the server's certificate is checked, and --ca, --insecure, --cert and --key work" {
    make_certificate server
    make_certificate client
    export TLS=$PWD/server.pem CLIENTS=$PWD/client.crt
    start_http 204
    url=https://127.0.0.1:$port/write
    send --drain 100ms
    assert_failure 1
    assert_stderr_line --regexp "^statsd-influx: post $url: SSL certificate problem: self.signed certificate: 3 lines"
    send --ca server.crt --drain 100ms
    assert_failure 1
    send --ca server.crt --cert client.crt --key client.key
    assert_success
    assert_accepted 1 3
    send --insecure --cert client.crt --key client.key
    assert_success
    assert_equal "$(wc -l <http/accepted)" 6
}

# Without the headers of a library, which an empty one stands for here.
@test "without libcurl's headers make builds the rest, and says what it left out" {
    local program
    mkdir -p fake/curl build
    echo '#error there is none' >fake/curl/curl.h
    run_program make -s -C "$ROOT" -j2 BUILD="$PWD/build" CFLAGS=-O0 CPPFLAGS="-I$PWD/fake" all
    assert_success
    assert_line 'left out statsd-influx: it needs libcurl4-openssl-dev libjansson-dev zlib1g-dev'
    for program in "$ROOT"/cmd/*/; do
        program=$(basename "$program")
        [[ -x build/bin/$program ]] || has_line "$output" --partial "left out $program: " || fail "no $program"
    done
    [[ -x build/bin/statsd-carbon && ! -e build/bin/statsd-influx ]]
}

@test "a signal delivers what waits, and a status line tells of it" {
    start_http 429 429 204
    start_sink
    points 1 3 >&5
    wait_for_file_line err 'HTTP 429'
    kill -USR1 "$sink_pid"
    wait_for_file_line err "statsd-influx: $url (not )?connected: 4 lines, "
    kill -TERM "$sink_pid"
    end_sink
    assert_equal "$status" 0
    assert_accepted 1 3
}
