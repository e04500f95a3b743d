#!/usr/bin/env bats
# The whole pipeline, for SOAK_TIME seconds; `make soak` runs it for ten minutes. See tests/soak.

# shellcheck disable=SC2154
load helper

@test "half a minute of many datagrams and new series, while Carbons go away and come back: the books balance" {
    [[ -x $STATSD_BIN/../tools/tcp-peer ]] || skip 'the TCP peer is not built: make tools'
    cd "$BATS_TEST_TMPDIR"
    run_program "$ROOT/tests/soak" "$(dirname "$STATSD_BIN")" "${SOAK_TIME:-30}"
    assert_success
}
