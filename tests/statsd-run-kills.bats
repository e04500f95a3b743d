#!/usr/bin/env bats
# The programs of statsd-run killed and reloaded at random moments under load, KILLS times (`make
# check-servers`: 200) from KILL_SEED on. See tests/kill-run.

# shellcheck disable=SC2154
load helper

@test "killed and reloaded at random: all comes back, and what is lost was read, not passed on, and reported" {
    cd "$BATS_TEST_TMPDIR"
    run_program python3 "$ROOT/tests/kill-run" "$(dirname "$STATSD_BIN")" "${KILLS:-12}" "${KILL_SEED:-$RANDOM}"
    assert_success
}
