#!/usr/bin/env bats
# The arithmetic, the number format and the names equal the reference's:
# golden/scenarios/NAME.records through statsd-agg and statsd-carbon, with the options in NAME.agg
# and NAME.carbon (one word per line), gives NAME.expected.

load helper

scenarios=$BATS_TEST_DIRNAME/golden/scenarios

# through_the_pipeline NAME < RECORDS. zz.tick is a counter that only moves the time on.
through_the_pipeline() {
    local name=$1 agg carbon
    mapfile -t agg <"$scenarios/$name.agg"
    mapfile -t carbon <"$scenarios/$name.carbon"
    statsd-agg --event-time --no-self "${agg[@]}" |
        statsd-carbon --dry-run --no-self "${carbon[@]}" | grep -v 'zz\.tick' | sort
}

@test "every scenario gives what the reference gives, byte for byte" {
    local file name count=0 different=()
    for file in "$scenarios"/*.expected; do
        name=$(basename "$file" .expected)
        through_the_pipeline "$name" <"$scenarios/$name.records" >"$BATS_TEST_TMPDIR/is" \
            2>"$BATS_TEST_TMPDIR/messages" || true
        if ! cmp -s "$file" "$BATS_TEST_TMPDIR/is"; then
            different+=("$name")
            diff -u --label "$name, expected" --label "$name, is" "$file" "$BATS_TEST_TMPDIR/is" | head -n 20
            head -n 5 "$BATS_TEST_TMPDIR/messages"
        fi
        count=$((count + 1))
    done
    echo "different: ${different[*]:-none} (${#different[@]} of $count)"
    ((count >= 33)) && ((${#different[@]} == 0))
}

@test "every scenario gives the same bytes when its records come one by one" {
    local name line
    for name in mixed_random timers_floats; do
        while IFS= read -r line; do printf '%s\n' "$line"; done <"$scenarios/$name.records" |
            through_the_pipeline "$name" >"$BATS_TEST_TMPDIR/is"
        assert_file "$BATS_TEST_TMPDIR/is" "$scenarios/$name.expected"
    done
}
