# The whole pipeline against the reference, which npm installs: random traffic goes into both, and
# the same Graphite lines come out of both, except for what statsd-wire(5) and statsd-migrate(7)
# list. PEERS_SEED, PEERS_ROUNDS, PEERS_SERIES and PEERS_SAMPLES set what is tried; `make
# check-peers` tries more.

load helper

REFERENCE_PACKAGE=statsd@0.9.0

setup_file() {
    local tool
    export REFERENCE=$BATS_FILE_TMPDIR/node_modules/statsd SKIPPED=
    for tool in node npm python3; do
        command -v "$tool" >/dev/null || SKIPPED="$tool is not installed"
    done
    [[ $SKIPPED ]] || install_reference || SKIPPED="npm cannot install $REFERENCE_PACKAGE here"
}

install_reference() {
    (cd "$BATS_FILE_TMPDIR" && echo '{}' >package.json &&
        timeout 120 npm install --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error \
            --fetch-retries=1 --fetch-retry-mintimeout=1000 "$REFERENCE_PACKAGE" >npm.log 2>&1 &&
        [[ -f $REFERENCE/stats.js ]])
}

setup() {
    [[ ! $SKIPPED ]] || skip "$SKIPPED"
}

compare() {
    run_program python3 -B "$ROOT/tests/peers/compare.py" --seed "${PEERS_SEED:-1}" --rounds "${PEERS_ROUNDS:-1}" \
        --series "${PEERS_SERIES:-3000}" --samples "${PEERS_SAMPLES:-30000}" "$REFERENCE" "$@"
    assert_success
    assert_output --partial ', 0 differences'
}

@test "the same values: as the reference comes, with its modern names" {
    compare modern
}

@test "the same values: as the reference comes, with its legacy names" {
    compare legacy
}

@test "the same values: percentiles of every kind, and histograms" {
    compare percentiles
}

@test "the same values: idle series are deleted, gauges after a while" {
    compare idle
}

@test "the same values: words of its own in every name, and no counts" {
    compare words
}

@test "the same values: chosen statistics of timers, some families deleted" {
    compare chosen
}
