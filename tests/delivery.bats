#!/usr/bin/env bats
# What becomes of lines on their way to a Carbon that refuses, hangs, resets, stalls, dies or moves:
# a line is delivered, or counted and reported as lost; none is torn; the other side is not
# bothered, nor is standard error. The Carbon is tests/tools/tcp-peer. tests/servers.bats has real
# ones.

# shellcheck disable=SC2154
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir got
}

# rows COUNT [INTERVALS [NAME]]: aggregates: in each interval COUNT gauges and numStats.
rows() {
    awk -v count="$1" -v intervals="${2:-1}" -v name="${3:-g}" 'BEGIN {
        OFS = "\t"
        for (t = 1700000000; t < 1700000000 + 10 * intervals; t += 10) {
            for (i = 0; i < count; i++)
                print name "." i, "g", "value", t % 1000 + i, t
            print "statsd", "own", "numStats", count, t
        }
    }'
}

# Prints the lines that FILE's rows become, sorted.
lines_of() {
    statsd-carbon --dry-run --no-self <"$1" | LC_ALL=C sort
}

# Prints the whole lines that the peer has read, over all connections.
received() {
    local file
    for file in got/*; do
        sed -n '/./p' "$file" | if [[ -z $(tail -c 1 "$file") ]]; then cat; else sed '$d'; fi
    done
}

# sums NAME: the sum of a self-metric over all intervals that the peer has read, each once.
sums() {
    received | grep "\.graphiteStats\.$1 " | LC_ALL=C sort -u | awk '{ sum += $2 } END { print sum + 0 }'
}

# all_delivered ROWS: every line of these has arrived, and no line that isn't one of them or a
# self-metric: so none was torn.
all_delivered() {
    lines_of "$1" >expected
    received | grep -v '^stats\.statsd\.' | LC_ALL=C sort -u >arrived || true
    assert_file arrived expected
}

# none_torn ROWS: what has arrived are lines of these.
none_torn() {
    lines_of "$1" >expected
    received | grep -v '^stats\.statsd\.' | LC_ALL=C sort -u | LC_ALL=C comm -23 - expected >torn || true
    [[ ! -s torn ]] || fail 'lines that were not sent' "$(head -5 torn)"
}

# said_exactly PATTERN…: the messages on standard error, all of them, each matched as a whole line.
said_exactly() {
    local pattern number=0 said
    mapfile -t said <said
    ((${#said[@]} == $#)) || fail "expected $# messages" "${said[@]}"
    for pattern; do
        [[ ${said[number]} =~ ^"statsd-carbon: "$pattern$ ]] || fail "no match for: $pattern" "${said[@]}"
        number=$((number + 1))
    done
}

# at_rest PID: its processor time stands still for a moment.
at_rest() {
    local before
    before=$(ticks "$1")
    sleep 0.2
    (($(ticks "$1") == before))
}

# ticks PID: the processor time that it has used, in 1/100 s.
ticks() {
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

back="127\.0\.0\.1:[0-9]+ is back after [0-9]+\.[0-9]s: [0-9]+ lines? follows?"

# --- connecting -----------------------------------------------------------------------------------

@test "refused: one message, at most six connections in three seconds, and every line once" {
    start_peer --dir got --refuse go
    rows 100 3 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self
    cat in >&8
    wait_for_file_line said 'lines? waits?'
    sleep 0.5
    touch go
    end_input
    assert_success
    all_delivered in
    assert_equal "$(received | wc -l)" 300
    assert_equal "$(count_events open)" 1
    said_exactly "connect 127\.0\.0\.1:$port: Connection refused: [0-9]+ lines? waits?" "$back"
}

@test "a connection to itself, on a port of those that outgoing connections use, is refused" {
    unshare -n true 2>/dev/null || skip 'no network of its own, to set the range of its ports'
    rows 10 >in
    run_program unshare -n bash -c 'ip link set lo up
        echo 40001 40001 >/proc/sys/net/ipv4/ip_local_port_range
        exec statsd-carbon --no-self --drain 300ms 127.0.0.1:40001 <in'
    assert_failure 1
    assert_stderr 'statsd-carbon: connect 127.0.0.1:40001: Connection refused: 10 lines wait
statsd-carbon: 10 lines not delivered to 127.0.0.1:40001'
}

@test "hanging in connect: given up after --timeout, and every line arrives" {
    start_peer --dir got --hang go
    rows 100 3 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --timeout 500ms
    cat in >&8
    wait_for_file_line said 'lines? waits?'
    touch go
    end_input
    assert_success
    all_delivered in
    said_exactly "connect 127\.0\.0\.1:$port: Connection timed out: [0-9]+ lines? waits?" "$back"
}

# --- other ends than the answer to our question ---------------------------------------------------

@test "reset at once, four times: pauses double, and every line arrives" {
    start_peer --dir got reset reset reset reset read
    rows 200 2 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self
    cat in >&8
    wait_event fin
    end_input
    assert_success
    all_delivered in
    said_exactly "[a-z]+ 127\.0\.0\.1:$port: Connection reset by peer: [0-9]+ lines? waits?" "$back"
    # From the second pause on, each is at least 0.75 / 1.25 × 2 times the one before.
    awk '$2 == "open" { at[n++] = $1 }
        END { for (i = 1; i < 5; i++) { pause = at[i] - at[i - 1]; least = 0.1 * 2 ^ (i - 1) * 750
                  if (pause < least - 2) { print "pause", i, "of", pause, "ms"; exit 1 } } }' events
}

@test "always reset at once: few connections, one message, and everything counted as lost" {
    start_peer --dir got reset
    rows 100 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --drain 1s
    cat in >&8
    wait_event open 5
    end_input
    assert_failure 1
    assert_equal "$(received | wc -l)" 0
    said_exactly "[a-z]+ 127\.0\.0\.1:$port: Connection reset by peer: 100 lines wait" \
        "100 lines not delivered to 127\.0\.0\.1:$port"
    local lasted
    lasted=$(awk 'END { print $1 }' events)
    # 0.1 + 0.2 + 0.4 + 0.8 s; in the last second, at most ten more.
    (($(count_events open) <= 16)) || fail "$(count_events open) connections in $lasted ms"
}

@test "reset after some bytes: all of them again, from the start of a batch, and the figures are exact" {
    start_peer --dir got read=1500,reset read=3000,reset read
    rows 400 3 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --batch 4K
    for i in 0 1 2; do
        tail -n +$((401 * i + 1)) in | head -n 401 >&8
        wait_event fin $((i + 1))
    done
    end_input
    assert_success
    all_delivered in
    said_exactly "[a-z]+ 127\.0\.0\.1:$port: (Connection reset by peer|Broken pipe): [0-9]+ lines? waits?" "$back"
    assert_equal "$(sums reconnects)" 2
    # The third interval tells what has become of the first and the second.
    assert_equal "$(sums lines_sent)" "$(received | grep -E ' 17000000[01]0$' | LC_ALL=C sort -u | wc -l)"
    (($(sums lines_resent) > 0))
    assert_equal "$(sums lines_dropped)" 0
    assert_equal "$(sums lines_refused)" 0
}

@test "closed after accept, and closed when bytes were read and lost: neither is an answer" {
    start_peer --dir got close eat=2000,close eat=5000,close read
    rows 300 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self
    cat in >&8
    end_input
    assert_success
    all_delivered in
    said_exactly "[a-z]+ 127\.0\.0\.1:$port: .*: 300 lines wait" "$back"
}

@test "a side that has read everything and ends before it is asked has not answered" {
    # Without numStats the interval is not known to be complete, so the question comes later.
    rows 50 | grep -v numStats >in
    statsd-carbon --dry-run --no-self <in >lines
    start_peer --dir got "eat=$(wc -c <lines),close" read
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --keep-open
    cat in >&8
    wait_event closed
    end_input
    assert_success
    all_delivered in
    said_exactly "write 127\.0\.0\.1:$port: closed by the other side: 50 lines wait" "$back"
}

@test "many connections that fail at once are one failure: it is tried again soon" {
    start_peer --dir got stall
    local first_peer=$background_pid
    rows 10 8 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self
    for i in {0..7}; do
        tail -n +$((11 * i + 1)) in | head -n 11 >&8
        # A slow machine may put two intervals into one connection.
        PATIENCE=1 wait_until has_questions "$port" $((i + 1)) || true
    done
    wait_until has_questions "$port" 4 || fail 'too few connections' "$(cat events said)"
    kill -KILL "$first_peer"
    wait_until is_gone "$first_peer"
    start_peer --port "$port" --dir got read
    wait_event fin
    (($(awk '$2 == "fin" { print $1 }' events) < 2000)) || fail 'too long a pause' "$(cat events said)"
    end_input
    assert_success
    all_delivered in
    said_exactly "write 127\.0\.0\.1:$port: Connection reset by peer: 80 lines wait" "$back"
}

@test "half-closed by the other side: sent again over the next connection" {
    # More than the kernels hold, so that its FIN comes before ours. (If it came after, it would be an answer.)
    start_peer --dir got --rcvbuf 16384 shut,read read
    rows 200000 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self
    cat in >&8
    end_input
    assert_success
    all_delivered in
}

@test "--settle: an end that comes before the question may be asked is no answer, as from a proxy" {
    # The first is closed when it has everything.
    rows 100 >in
    statsd-carbon --dry-run --no-self <in >lines
    start_peer --dir got "eat=$(wc -c <lines),wait=300,close" read
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --settle 1s --done-fd 7
    cat in >&8
    wait_event 'closed 0'
    assert_equal "$(wc -l <named)" 0
    end_input
    assert_success
    all_delivered in
    assert_equal "$(paste -sd ' ' named)" 1700000000
    said_exactly "write 127\.0\.0\.1:$port: closed by the other side: 100 lines wait" "$back"
    # The second has been open for a second before it was asked.
    awk '$2 == "open" && $3 == 1 { from = $1 } $2 == "fin" && $3 == 1 { exit $1 - from < 990 }' events
}

# --- sides that are slow --------------------------------------------------------------------------

# AWAY is the pause in seconds: two in the normal tests, a whole minute in `make check-servers`.
@test "a pause longer than --timeout: reported once, waited for, nothing sent twice, and the figures are exact" {
    local pause=${AWAY:-2} PATIENCE=$((${AWAY:-2} + 60)) i
    start_peer --dir got --rcvbuf 16384 "read=100000,wait=$((pause * 1000 + 500)),read" read
    # The first interval is more than the kernels hold for it. Five more come in the pause, the last one after it.
    rows 200000 >in
    rows 100 7 z | awk '$NF > 1700000000' >>in
    start_with_input statsd-carbon "127.0.0.1:$port" --timeout "$((pause / 2))s" --done-fd 7
    for i in 0 1 2 3 4 5; do
        awk -v i="$i" '$NF == 1700000000 + 10 * i' in >&8
        wait_event 'read 0'
    done
    wait_for_file_line said 'nothing taken'
    assert_equal "$(wc -l <named)" 0
    wait_for_file_line named 1700000050
    awk '$NF == 1700000060' in >&8
    end_input
    assert_success
    all_delivered in
    awk -v least="$((pause * 1000))" '$2 == "read" { from = $1 }
        $2 == "fin" && $3 == 0 { exit $1 - from < least }' events
    said_exactly "write 127\.0\.0\.1:$port: nothing taken for $((pause / 2))\.[0-9]s: [0-9]+ lines wait" "$back"
    local count
    count=$(received | wc -l)
    assert_equal "$(received | LC_ALL=C sort -u | wc -l)" "$count"
    # The last interval tells what has become of the others.
    assert_equal "$(sums lines_sent)" "$(received | grep -Ec ' 17000000[0-5]0$')"
    for i in resent refused dropped unconfirmed; do
        assert_equal "$(sums "lines_$i")" 0
    done
    assert_equal "$(sums reconnects)" 0
}

@test "a pause longer than --timeout after the question: what is not acknowledged is waited for, and not sent twice" {
    # Less than our kernel holds for it, and more than its own does.
    start_peer --dir got --rcvbuf 16384 until=go,read
    rows 3000 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --timeout 500ms --done-fd 7
    cat in >&8
    wait_for_file_line said 'nothing taken'
    wait_until asks "$port"
    sleep 1.2 # twice --timeout
    assert_equal "$(wc -l <named)" 0
    touch go
    wait_for_file_line named 1700000000
    end_input
    assert_success
    all_delivered in
    assert_equal "$(received | wc -l)" 3000
    assert_equal "$(count_events open)" 1
    said_exactly "write 127\.0\.0\.1:$port: nothing taken for 0\.[0-9]s: [0-9]+ lines wait" "$back"
}

# asks PORT: a connection to it has our end, which is not acknowledged.
asks() {
    grep -q "$(printf '^ *[0-9]*: [0-9A-F]*:[0-9A-F]* 0100007F:%04X 04 ' "$1")" /proc/net/tcp
}

@test "acknowledged and never answered: taken as delivered, counted, said once" {
    start_peer --dir got read,stall
    start_with_input statsd-carbon "127.0.0.1:$port" --timeout 300ms --verbose
    for i in 1 2 3; do
        rows 10 3 | awk -v i="$i" '$NF == 1699999990 + 10 * i' | tee -a in >&8
        wait_event fin "$i"
        wait_for_file_line said 'does not say goodbye'
    done
    end_input
    assert_success
    all_delivered in
    grep -v ' unconfirmed, ' said >said.once
    mv said.once said
    said_exactly "127\.0\.0\.1:$port has acknowledged [0-9]+ lines and does not say goodbye: taken as delivered"
}

@test "--keep-open asks only at the end" {
    start_peer --dir got read
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --keep-open
    for i in 1 2 3; do
        rows 10 3 | awk -v i="$i" '$NF == 1699999990 + 10 * i' | tee -a in >&8
        wait_until grep -q "g\.9 .* $((1699999990 + 10 * i))" got/0
    done
    assert_equal "$(count_events open)" 1
    assert_equal "$(count_events fin)" 0
    end_input
    assert_success
    all_delivered in
    said_exactly
}

@test "--keep-open asks before the end when half of --buffer waits for an answer" {
    start_peer --dir got read
    rows 1000 2 >in # 35 KB of lines each
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --keep-open --buffer 128K
    head -n 1001 in >&8
    wait_until grep -qs '^stats\.gauges\.g\.999 ' got/0
    assert_equal "$(count_events fin)" 0
    tail -n 1001 in >&8
    wait_event fin
    end_input
    assert_success
    all_delivered in
    said_exactly
}

@test "without --keep-open each interval has a connection, and none waits for the answer of the one before" {
    start_peer --dir got read,until=go,close read
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --done-fd 7
    rows 10 3 >in
    for i in 1 2 3; do
        awk -v i="$i" '$NF == 1699999990 + 10 * i' in >&8
        wait_event fin "$i"
    done
    # The second is delivered, the first is not: no time is named yet.
    assert_equal "$(wc -l <named)" 0
    touch go
    wait_for_file_line named 1700000020
    assert_equal "$(paste -sd ' ' named)" '1700000000 1700000010 1700000020'
    assert_equal "$(count_events open)" 3
    end_input
    assert_success
    all_delivered in
}

# has_arrived REGEX: a line like that has come, over any connection.
has_arrived() {
    grep -qs "$1" got/*
}

@test "--done-fd whose reader pauses: it gets every time when it reads again, and input is not held up" {
    start_peer --dir got read
    rows 1 1000 >in
    mkfifo times
    exec 6<>times
    python3 -c 'import fcntl; fcntl.fcntl(6, 1031, 4096)' # F_SETPIPE_SZ
    # shellcheck disable=SC2016
    start_with_input bash -c 'exec statsd-carbon "$@" 7>times 6<&-' _ "127.0.0.1:$port" --no-self --done-fd 7
    timeout 10 cat in >&8
    wait_until has_arrived ' 1700009990$'
    wait_until at_rest "$reader"
    timeout 10 head -n 1000 <&6 >named
    seq 1700000000 10 1700009990 >expected
    assert_file named expected
    end_input
    exec 6<&-
    assert_success
    said_exactly
}

@test "bytes streamed at us hold up neither input nor delivery" {
    start_peer --dir got stream,read
    rows 20000 10 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self
    local before=$SECONDS
    timeout 10 cat in >&8
    end_input
    assert_success
    all_delivered in
    said_exactly
    ((SECONDS - before < 10))
}

# --- a full buffer --------------------------------------------------------------------------------

@test "killed with a full queue: input is never held up, the newest lines arrive, the others are counted" {
    start_peer --dir got --rcvbuf 16384 stall
    local first_peer=$background_pid
    rows 5000 40 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --buffer 512K --done-fd 7
    timeout 10 cat in >&8
    wait_for_file_line said 'is full'
    kill -KILL "$first_peer"
    wait_until is_gone "$first_peer"
    wait_for_file_line said 'lines? waits?'
    start_peer --port "$port" --dir got read
    # One more interval, whose figures tell of all before it.
    rows 1 41 z | tail -n 2 >last
    cat last >&8
    cat last >>in
    end_input
    assert_failure 1
    none_torn in
    received | grep -q '^stats\.gauges\.z\.0 '
    # The books: lines of input, the rows numStats among them, and the self-metrics of each interval.
    local unique dropped own
    unique=$(received | LC_ALL=C sort -u | wc -l)
    own=$(received | grep -c '\.graphiteStats\..* 1700000400$')
    dropped=$(sed -En 's/.* is full: ([0-9]+) lines dropped, the oldest first$/\1/p' said |
        awk '{ sum += $1 } END { print sum }')
    assert_equal "$((unique + dropped))" $((200001 + 41 + 41 * own))
    assert_equal "$(sums lines_dropped)" "$dropped"
    grep -qx "statsd-carbon: $dropped lines not delivered to 127.0.0.1:$port" said
    # Times are named up to the first interval of which something was dropped, and all of those have arrived.
    local number=0 time
    while read -r time; do
        assert_equal "$time" $((1700000000 + 10 * number++))
        assert_equal "$(received | grep "^stats\.gauges\..* $time$" | LC_ALL=C sort -u | wc -l)" 5000
    done <named
    (($(received | grep "^stats\.gauges\..* $((1700000000 + 10 * number))$" | LC_ALL=C sort -u | wc -l) < 5000))
}

@test "--wait drops nothing: input waits" {
    start_peer --dir got --rcvbuf 16384 until=go,read
    rows 5000 20 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --buffer 256K --wait
    timeout 1 cat in >&8 && fail 'input was not held up'
    touch go
    # What cat had not written is written now, from the line that it has not ended.
    end_input
    none_torn in
    ! grep -q dropped said
}

# --- a network that changes -----------------------------------------------------------------------

@test "a name that moves is followed, although the old server lives" {
    start_namespace
    echo '127.0.0.1 carbon.test' >hosts
    "${inside[@]}" mount --bind hosts /etc/hosts
    start_peer --dir got
    mkdir -p new/got
    pushd new || return
    start_peer --dir "$PWD/got" --address 127.0.0.2 --port "$port"
    popd || return
    rows 100 2 >in
    start_with_input statsd-carbon "carbon.test:$port" --no-self
    head -n 101 in >&8
    wait_event fin
    echo '127.0.0.2 carbon.test' >hosts
    tail -n 101 in >&8
    (cd new && wait_event fin)
    end_input
    assert_success
    lines_of in >expected
    grep ' 1700000000$' expected >first
    grep ' 1700000010$' expected >second
    LC_ALL=C sort got/* >here
    LC_ALL=C sort new/got/* >there
    assert_file here first
    assert_file there second
    said_exactly
}

@test "of the addresses of a name, each is tried" {
    start_namespace
    printf '%s carbon.test\n' 127.0.0.2 127.0.0.3 >hosts
    "${inside[@]}" mount --bind hosts /etc/hosts
    rows 10 >in
    lines_of in >expected
    # Whichever comes first, one of them refuses.
    for address in 127.0.0.2 127.0.0.3; do
        mkdir "$address"
        start_peer --dir "$PWD/$address" --address "$address"
        start_with_input statsd-carbon "carbon.test:$port" --no-self
        cat in >&8
        end_input
        assert_success
        LC_ALL=C sort "$address"/* >arrived
        assert_file arrived expected
        said_exactly
    done
}

# link_to_peer OPTION…: starts the peer in a network of its own, linked with that of $inside. It is
# at 10.9.9.2:$port. far_link up|down sets its end of the link.
link_to_peer() {
    local near=$namespace inside_near=("${inside[@]}")
    start_namespace
    far=("${inside[@]}")
    ip link add near netns "$near" type veth peer name far netns "$namespace"
    "${inside_near[@]}" ip address add 10.9.9.1/24 dev near
    "${inside_near[@]}" ip link set near up
    "${far[@]}" ip address add 10.9.9.2/24 dev far
    far_link up
    start_peer --address 10.9.9.2 "$@"
    inside=("${inside_near[@]}")
}

far_link() {
    "${far[@]}" ip link set far "$1"
}

@test "a link goes down without a word: reported after --timeout, and all arrives when it is up" {
    start_namespace
    link_to_peer --dir got read
    rows 100 3 >in
    start_with_input statsd-carbon "10.9.9.2:$port" --no-self --timeout 1s --keep-open
    head -n 101 in >&8
    wait_until grep -q '^stats\.gauges\.g\.99 ' got/0
    far_link down
    tail -n 202 in >&8
    wait_for_file_line said 'lines? waits?'
    far_link up
    wait_event open 2
    end_input
    assert_success
    all_delivered in
    said_exactly 'write 10\.9\.9\.2:[0-9]+: (Connection timed out|nothing taken for 1\.[0-9]s): [0-9]+ lines? waits?' \
        '10\.9\.9\.2:[0-9]+ is back after [0-9]+\.[0-9]s: [0-9]+ lines? follows?'
}

@test "a link is down when it connects: reported, and all arrives when it is up" {
    start_namespace
    link_to_peer --dir got read
    rows 100 3 >in
    start_with_input statsd-carbon "10.9.9.2:$port" --no-self --timeout 1s
    head -n 101 in >&8
    wait_event fin
    far_link down
    tail -n 202 in >&8
    wait_for_file_line said 'lines? waits?'
    far_link up
    end_input
    assert_success
    all_delivered in
    said_exactly 'connect 10\.9\.9\.2:[0-9]+: (Connection timed out|No route to host): [0-9]+ lines? waits?' \
        '10\.9\.9\.2:[0-9]+ is back after [0-9]+\.[0-9]s: [0-9]+ lines? follows?'
}

# --- everything else ------------------------------------------------------------------------------

@test "connections that do what chance wants, CHANCE_ROUNDS times: nothing is torn, what is missing was counted" {
    [[ -x $STATSD_BIN/../tools/tcp-peer ]] || skip 'the TCP peer is not built: make tools'
    run_program "$ROOT/tests/deliver-by-chance" "$(dirname "$STATSD_BIN")" "${CHANCE_ROUNDS:-20}" \
        "${CHANCE_SEED:-$RANDOM}"
    assert_success
}

# --- the end --------------------------------------------------------------------------------------

# stuck: starts a sink with more lines than the kernels of both sides take of one connection, for a
# peer that reads when ./go is there.
stuck() {
    start_peer --dir got --rcvbuf 16384 until=go,read
    rows 300000 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --keep-open
    cat in >&8
    wait_event open
    wait_until at_rest "$reader"
}

# left_in_order: the connection of a sink that has ended brings whole lines, not all of them, and an
# orderly end.
left_in_order() {
    touch go
    wait_event 'fin 0' || fail 'no orderly end' "$(cat events)"
    assert_equal "$(count_events torn)" 0
    none_torn in
    (($(received | wc -l) < 300000)) || fail 'nothing was left' "$(cat events)"
}

@test "a connection that is left in the middle of a batch brings whole lines, and ends in order" {
    stuck
    kill -TERM "$reader"
    # An INT right after a TERM is taken for the same signal.
    until is_gone "$reader"; do
        kill -INT "$reader" 2>/dev/null || true
        sleep 0.1
    done
    end_input
    assert_failure 1
    left_in_order
}

@test "a connection whose program is killed brings whole lines, and ends in order" {
    stuck
    kill -KILL "$reader"
    end_input
    assert_failure 137
    left_in_order
}

@test "at the end, --drain is counted from the last progress: a slow side that goes on taking is waited for" {
    # It takes 250 KB every tenth of a second, so all of it takes longer than --drain.
    start_peer --dir got --rcvbuf 65536 read=250000,wait=100,again
    rows 200000 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --drain 1s
    cat in >&8
    end_input
    assert_success
    all_delivered in
    said_exactly
    awk '{ last = $1 } END { exit last < 2000 }' events || fail 'it was not slow' "$(<events)"
}

@test "at the end, what is acknowledged and unanswered is unconfirmed, exit 0" {
    start_peer --dir got read,stall
    rows 10 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --drain 500ms
    cat in >&8
    end_input
    assert_success
    all_delivered in
    said_exactly "127\.0\.0\.1:$port has acknowledged 10 lines and does not say goodbye: taken as delivered"
}

@test "at the end, what a side has not taken is lost and counted, to the line" {
    start_peer --dir got --rcvbuf 16384 stall
    rows 300000 >in
    start_with_input statsd-carbon "127.0.0.1:$port" --no-self --drain 500ms --verbose
    cat in >&8
    end_input
    assert_failure 1
    local lost sent unconfirmed
    lost=$(sed -En 's/.*: ([0-9]+) lines not delivered to .*/\1/p' said)
    read -r sent unconfirmed < <(sed -En 's/.* ([0-9]+) sent, ([0-9]+) unconfirmed.*/\1 \2/p' said | tail -n 1)
    assert_equal "$((lost + sent + unconfirmed))" 300000
    assert_equal "$sent" 0
}
