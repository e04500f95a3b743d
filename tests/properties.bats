#!/usr/bin/env bats
# What must be true for any records, tested on random ones: agg-properties describes each property.
# More seeds find more: tests/agg-properties split 1 10000.

load helper

holds() {
    run_program "$ROOT/tests/agg-properties" "$@"
    assert_success
    assert_output ok
}

@test "--clock: the newest time as the clock, and every state it asks for, change no line" {
    holds clock 1 12
}

@test "a restart with --state at any one record of a stream changes no line" {
    holds restart 1 4
}

@test "so do restarts after every few records" {
    holds restarts 1 60
}

@test "two aggregators that split the series write what one writes" {
    holds split 1 100
}

@test "any shuffle within the lateness gives the same lines" {
    holds shuffle 1 200
}

@test "--weighted counts a sample of rate 1/k as k samples" {
    holds weighted 1 200
}

@test "a sketch's quantiles are within 1 % of the exact ones, and what must be exact is" {
    holds sketch 1 300
}

@test "hostile bytes come out as they went in" {
    holds bytes 1 20
}
