#!/usr/bin/env bats
# statsd-spool and its sink killed at random moments, KILLS times (`make check-servers`: 200) from
# KILL_SEED on. See tests/kill-spool.

# shellcheck disable=SC2154
load helper

@test "killed at random moments: every interval that was safe arrives, no line is torn" {
    [[ -x $STATSD_BIN/../tools/tcp-peer ]] || skip 'the TCP peer is not built: make tools'
    [[ -x $STATSD_BIN/statsd-spool ]] || skip 'there is no statsd-spool'
    cd "$BATS_TEST_TMPDIR"
    run_program "$ROOT/tests/kill-spool" "$(dirname "$STATSD_BIN")" "${KILLS:-10}" "${KILL_SEED:-$RANDOM}"
    assert_success
}
