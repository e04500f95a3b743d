#!/usr/bin/env bats
# Everything in README.md does what it says. A block marked `sh` is run on a terminal, in a folder
# that keeps the results of earlier blocks. The `text` block after it is its output, in which `...`
# stands for any lines and times may differ. Blocks of a `first terminal` run until the `second
# terminal` has been played, and then get a ^C. Those marked `apart` are run by install.bats and
# .ci/run; docker.bats checks those of Docker.

load helper

# The programs as the README's reader has them, except that the receiver takes a free port, the
# hosts are a sink of ours, and no mail is sent.
stand_ins() {
    mkdir -p bin build
    ln -s "$STATSD_BIN" build/bin
    ln -s "$ROOT/examples" examples
    cat >bin/statsd-recv <<END
#!/bin/bash
args=()
for word; do
    case \$word in
    --udp) ;;
    :8125) ;;
    *) args+=("\$word") ;;
    esac
done
exec "$STATSD_BIN/statsd-recv" --udp 127.0.0.1:0 --ready-fd 9 \${README_FOR:+--for "\$README_FOR"} "\${args[@]}" \
    9>"$PWD/ready"
END
    cat >bin/statsd-carbon <<END
#!/bin/bash
exec "$STATSD_BIN/statsd-carbon" "\${@/graphite.example.com/127.0.0.1:$port}"
END
    printf '#!/bin/bash\nexec "%s" "${@/influx.example.com:8086/127.0.0.1:%s}"\n' "$STATSD_BIN/statsd-influx" \
        "$http_port" >bin/statsd-influx
    [[ -x $STATSD_BIN/statsd-influx ]] || printf '#!/bin/sh\ncat >/dev/null\n' >bin/statsd-influx
    printf '#!/bin/sh\ncat >mail.txt\n' >bin/mail
    chmod +x bin/*
}

setup() {
    need_terminal
    cd "$BATS_TEST_TMPDIR"
    awk '/^```(sh|crontab)/ { file = sprintf("%02d", ++n) ".block"; print substr($0, 4) > file ".words"; next }
         /^```text/ { file = sprintf("%02d", n) ".block.text"; printf "" > file; next }
         /^```/ { file = ""; next }
         file { print > file }' "$ROOT/README.md"
    awk -F' [|] ' '$3 ~ /^`/ { sub(/^`/, "", $3); sub(/` \|$/, "", $3); gsub(/\\\|/, "|", $3); print $3 }' \
        "$ROOT/README.md" >rows
    start_http 204
    http_port=$port
    start_tcp_sink "$PWD/sink"
    stand_ins
}

# on_a_terminal FILE: prints what bash FILE shows on a terminal of 80 columns, and its exit status.
on_a_terminal() {
    NO_COLOR=1 PATH="$PWD/bin:$PATH" script -qec "stty cols 80 rows 24; bash -eu '$1'" /dev/null </dev/null |
        tr -d '\r'
    return "${PIPESTATUS[0]}"
}

without_times() {
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}(\.[0-9]{3})? UTC/DATE/; s/\b1[0-9]{9}(\.[0-9]{3})?\b/TIME/g' "$@"
}

# shows EXPECTED ACTUAL (files): the same except for times; a line of `...` stands for any lines.
shows() {
    local expected rest part
    expected=$'\n'$(without_times "$1")$'\n'
    rest=$'\n'$(without_times "$2")$'\n'
    [[ $expected == *$'\n...\n'* ]] || { [[ $rest == "$expected" ]] && return; }
    while [[ $expected == *$'\n...\n'* ]]; do
        part=${expected%%$'\n...\n'*}$'\n'
        [[ $rest == *"$part"* ]] || return 1
        rest=$'\n'${rest#*"$part"}
        expected=$'\n'${expected#*$'\n...\n'}
    done
    [[ $rest == *"$expected" ]]
}

# A name did not fit into the terminal's width.
is_cut() {
    grep -q … "$1"
}

# Runs the block in file $1 in the first terminal while the following blocks of the second terminal
# are played.
play_two_terminals() {
    local first=$1 next number=$((10#${1%%.*})) key expected=
    mkfifo "$first.key"
    rm -f ready
    : >"$first.out"
    start_shell "NO_COLOR=1 PATH='$PWD/bin:$PATH' script -qefc 'stty cols 80 rows 24; bash \"$first\"' /dev/null \
        <'$first.key' >'$first.out' 2>&1"
    exec {key}>"$first.key"
    wait_for_file_line ready '^udp'
    port=$(sed 's/.*://' ready)
    while next=$(printf '%02d.block' $((number + 1))) && grep -q second "$next.words" 2>/dev/null; do
        number=$((number + 1))
        sed "s,127.0.0.1/8125,127.0.0.1/$port,; s,127.0.0.1 8125,127.0.0.1 $port," "$next" >"$next.played"
        bash "$next.played"
        expected=$next.text
    done
    if [[ -e $expected ]]; then
        wait_until shown_by_now "$expected" "$first.out" || { cat "$first.out"; return 1; }
        sleep 2
        # It is still there after a while.
        (($(wc -l <"$first.out") < 24)) || { echo "scrolled away: $(wc -l <"$first.out") lines"; return 1; }
    fi
    printf '\003' >&"$key"
    exec {key}>&-
    wait_exit "$background_pid"
}

shown_by_now() {
    tr -d '\r' <"$2" >"$2.plain"
    shows "$1" "$2.plain"
}

@test "every block of README.md shows what it says" {
    local block words wrong=0
    for block in *.block; do
        words=$(<"$block.words")
        case $words in
        *apart* | *second*) ;;
        *first*)
            play_two_terminals "$block" || { echo "-- block $block: $(<"$block")" && wrong=$((wrong + 1)); }
            ;;
        crontab)
            mkdir -p lib
            cp day.tsv "lib/$(date -d yesterday +%F).tsv"
            sed "s,/var/lib/statsd,$PWD/lib,g" "$block" >crontab
            rm -f mail.txt
            run_crontab crontab
            [[ $status == 0 && -z $stderr ]] && (($(wc -l <mail.txt) > 5)) ||
                { echo "-- crontab: $stderr" && wrong=$((wrong + 1)); }
            ;;
        sh)
            if ! on_a_terminal "$block" >"$block.out" || is_cut "$block.out" ||
                { [[ -e $block.text ]] && ! shows "$block.text" "$block.out"; }; then
                printf -- '-- block %s\n%s\n-- shows\n%s\n' "$block" "$(<"$block")" "$(<"$block.out")"
                wrong=$((wrong + 1))
            fi
            ;;
        *) echo "$block: unknown words: $words" && false ;;
        esac
    done
    ((wrong == 0))
    grep -q 'stats\.' sink
}

# run_row ROW: runs a row of the table. Adds to $wrong if it fails.
run_row() {
    local code=0
    # What never ends is ended as by ^C.
    case $1 in
    *'tail -n 0 -f'*) printf 'timeout -s INT 2 bash -c %q || (($? == 124))\n' "$1" ;;
    *) printf '%s\n' "$1" ;;
    esac >row.command
    on_a_terminal row.command >row.out || code=$?
    [[ $1 != *--check* ]] || code=$((code == 1 ? 0 : 9))
    grep -q '^usage:' row.out && code=2
    is_cut row.out && code=3
    ((code == 0)) || { printf -- '-- %s (status %d)\n%s\n' "$1" "$code" "$(<row.out)" && wrong=$((wrong + 1)); }
}

@test "every row of README.md's table runs, and most run beside the daemon of section 4" {
    local block row wrong=0 rows=0 beside=0 client
    for block in $(grep -lE '> day.tsv|"host"|gzip' ./*.block); do
        on_a_terminal "$block"
    done
    block=$(grep -l 'by-day.pl days' ./*.block)
    start_shell "PATH='$PWD/bin:$PATH' bash '$block'"
    wait_for_file_line ready '^udp'
    port=$(sed 's/.*://' ready)
    send_udp "$port" 'api.requests:1|c\napi.time:fast|ms\n'
    wait_for_file_line "days/$(date +%F).tsv" '^api.requests'
    wait_for_file_line rejects.tsv fast
    while :; do send_udp "$port" 'api.requests:1|c\n' && sleep 0.1; done 3>&- &
    client=$!
    while IFS= read -r row; do
        [[ $row != statsd-recv* ]] || continue
        run_row "$row"
        beside=$((beside + 1))
        case $row in
        *'tail -n 0 -f'*) grep -q '^api.requests  ' row.out ;;
        *rejects.tsv*) grep -q 'expected a number.*api.time:fast' row.out ;;
        cut*days*) grep -q '^ *[0-9]* 127.0.0.1$' row.out ;;
        esac || { echo "-- $row: $(<row.out)" && wrong=$((wrong + 1)); }
        rows=$((rows + 1))
    done <rows
    kill "$client"
    kill -TERM -- "-$background_pid"
    wait_exit "$background_pid"
    export README_FOR=200ms
    while IFS= read -r row; do
        [[ $row == statsd-recv* ]] || continue
        run_row "$row"
        rows=$((rows + 1))
    done <rows
    echo "$rows rows, $beside beside the daemon, $wrong wrong"
    ((rows >= 19 && beside >= 12 && wrong == 0))
    grep -q '^deploys 1 ' sink
}
