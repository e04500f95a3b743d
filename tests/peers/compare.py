#!/usr/bin/env python3
"""Compares our pipeline with the reference: random lines go into both, and the same Graphite lines
must come out of both.

usage: compare.py [--seed N] [--rounds N] [--series N] [--samples N] [--bursts N] REFERENCE CASE...

REFERENCE is the folder of the statsd package; the programs are taken from PATH. Exit status 0: no
difference except those that statsd-wire(5) and statsd-migrate(7) list; 1: others, the first of which
are shown; 2: the comparison could not be run.
"""
import argparse
import math
import re
import sys
import tempfile
import time

from cases import CASES
from pipeline import TICK, PipelineError, graphite, parse, receive, without_times
from reference import Reference, ReferenceError
from traffic import generate

SHOWN = 20
# Series that the reference counts although nobody has sent them: three counters and, from the
# second flush on, a gauge.
OWN_COUNTERS = 3
OF_THE_TOP = re.compile(r"\.(mean|sum|sum_squares)_top[0-9_]+(?=$|[.;])")


class Reading:
    """The Graphite lines of one interval, self-metrics separate from all others."""

    def __init__(self, case, lines, spell=lambda path: path):
        self.values = {}
        self.own = {}
        self.twice = []
        for line in lines:
            path, value = line.split(" ")[:2]
            if f".{case.own}." in "." + path:
                self.own[path] = value
            elif TICK not in path:
                path = spell(path)
                if path in self.values:
                    self.twice.append(path)
                self.values[path] = value

    def own_figure(self, name):
        """A self-metric, by the end of its path."""
        found = [value for path, value in self.own.items() if re.search(rf"\.{name}(?=$|[.;])", "." + path)]
        return float(found[0]) if found else 0


def spelled_as_ours(path):
    """Sorts tags by key; a bare one becomes true, one with an empty key or value is left out."""
    name, *tags = path.split(";")
    pairs = [tag.partition("=") for tag in tags]
    pairs = [(key, value if equals else "true") for key, equals, value in pairs]
    return ";".join([name] + [f"{key}={value}" for key, value in sorted(pairs) if key and value])


def spelled_as_theirs(path):
    """Drops each `:` of a tag's value, as the reference does."""
    return path.replace(":", "")


def expected(path, value, ours):
    """What we write for the reference's VALUE. A value that is not finite is left out, except for a
    negative percentile that takes every sample: it has the sums of the timer itself."""
    if math.isfinite(float(value)):
        return value
    if OF_THE_TOP.search(path):
        return ours.get(OF_THE_TOP.sub(r".\1", path))
    return None


def compare_values(theirs, ours):
    """Yields a line for every difference in one interval."""
    for path in theirs.twice + ours.twice:
        yield f"{path} is there twice"
    for path, value in theirs.values.items():
        wanted = expected(path, value, ours.values)
        if ours.values.get(path) != wanted:
            yield f"{path}: reference {value}, ours {ours.values.get(path)}"
    for path in ours.values.keys() - theirs.values.keys():
        yield f"{path}: reference None, ours {ours.values[path]}"


def compare_intervals(case, theirs, ours):
    """Yields a line for every difference: in values, and in how many series there were."""
    if len(theirs) != len(ours):
        yield f"the reference has {len(theirs)} intervals, ours {len(ours)}"
    for index, (their_lines, our_lines) in enumerate(zip(theirs, ours)):
        their, our = Reading(case, their_lines, spelled_as_ours), Reading(case, our_lines, spelled_as_theirs)
        for difference in compare_values(their, our):
            yield f"interval {index}: {difference}"
        extra = OWN_COUNTERS + (index > 0)
        if their.own_figure("numStats") - extra != our.own_figure("numStats") - 1:
            yield (f"interval {index}: numStats: reference {their.own_figure('numStats'):.0f} with {extra} of its own, "
                   f"ours {our.own_figure('numStats'):.0f} with 1 of the test's")


def count(case, payloads, figure):
    """A self-metric counter of the reference over all intervals, from its rate: counts may be off."""
    name = figure if case.legacy else figure + r"\.rate"
    name += r"\." + case.config["graphite"]["globalSuffix"] if "globalSuffix" in case.config.get("graphite", {}) else ""
    rates = (Reading(case, lines).own_figure(name) for lines in payloads)
    return sum(round(rate * case.interval / 1000) for rate in rates)


def compare_books(case, payloads, flushes, refused):
    sent = sum(len(datagrams) for datagrams in flushes)
    if count(case, payloads, "packets_received") != sent:
        yield f"datagrams: sent {sent}, the reference counts {count(case, payloads, 'packets_received')}"
    if count(case, payloads, "bad_lines_seen") != refused:
        yield f"bad lines: the reference refuses {count(case, payloads, 'bad_lines_seen')}, ours {refused}"


def run_reference(folder, case, bursts, scratch):
    """The datagrams of every flush, and what the flush sent to Carbon."""
    with Reference(folder, case.config, scratch) as reference:
        for burst in bursts:
            reference.send(burst)
            reference.wait_for_flushes(1 if burst else 4)
        reference.wait_for_flushes(2)
        return reference.flushes, reference.payloads()


def compare(name, seed, arguments):
    """Runs one case and returns all differences."""
    case = CASES[name]
    bursts = generate(seed, arguments.series, arguments.samples, arguments.bursts)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        flushes, theirs = run_reference(arguments.reference, case, bursts, scratch)
        records, refused = parse(flushes, case.interval, case.parse, scratch)
    ours = graphite(records, case.interval, case.agg, case.carbon)
    differences = list(compare_intervals(case, theirs, ours))
    differences += compare_books(case, theirs, flushes, refused)
    if receive(flushes, case.parse) != without_times(records):
        differences.append("statsd-recv and statsd-parse make different records of the same datagrams")
    print(f"{name}: seed {seed}, {sum(map(len, flushes))} datagrams, {records.count(10) - len(flushes)} records, "
          f"{refused} refused, {len(flushes)} flushes, {sum(map(len, theirs))} lines, {len(differences)} differences "
          f"({time.monotonic() - started:.1f} s)")
    return differences


def try_all(arguments):
    """Runs every case with every seed. Returns whether there was no difference."""
    fine = True
    for name in arguments.cases:
        for seed in range(arguments.seed, arguments.seed + arguments.rounds):
            differences = compare(name, seed, arguments)
            for difference in differences[:SHOWN]:
                print(f"    {difference}")
            if len(differences) > SHOWN:
                print(f"    and {len(differences) - SHOWN} more")
            fine = fine and not differences
    return fine


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--series", type=int, default=3000)
    parser.add_argument("--samples", type=int, default=30000)
    parser.add_argument("--bursts", type=int, default=12)
    parser.add_argument("reference")
    parser.add_argument("cases", metavar="case", nargs="+", choices=CASES)
    try:
        return 0 if try_all(parser.parse_args()) else 1
    except (ReferenceError, PipelineError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
