#!/bin/sh
# usage: sh examples/first-run.sh [HOST[:PORT]]
#
# Prints a table of percentiles from access.log, and sends them to the Carbon at HOST, if given. In
# the sources it builds the programs first, and installs a compiler and make if they are missing.
# When it is installed, it uses the installed programs.
set -eu

examples=$(cd "$(dirname "$0")" && pwd)
if [ -e "$examples/../Makefile" ]; then
    cd "$examples/.."
    # A compiler is enough. If it is missing, the libraries of the sinks over HTTP are installed, too.
    if command -v cc >/dev/null; then
        sh .ci/need make:make libc6-dev:/usr/include/stdio.h
    else
        sh .ci/need make:make gcc:cc libc6-dev:/usr/include/stdio.h \
            libcurl4-openssl-dev:curl-config libjansson-dev:/usr/include/jansson.h zlib1g-dev:/usr/include/zlib.h
    fi
    make -s all
    PATH="$PWD/build/bin:$PATH"
    aggregates=build/first-run.tsv
    next='The programs are in build/bin, README.md goes on from here.'
else
    PATH="$examples/../../../../bin:$PATH"
    aggregates=$(mktemp)
    trap 'rm -f "$aggregates"' EXIT
    next="${examples%/*}/README.md goes on from here."
fi

# The series is the status of each answer; the value is the time that it took.
awk '{print "http;status="$9":"$NF*1000"|ms"}' "$examples/access.log" |
    statsd-parse | statsd-agg --once -p 50,99 >"$aggregates"

echo
echo 'How long the answers of access.log took, in milliseconds:'
echo
statsd-table --columns count,mean,median,upper_99 --sort count "$aggregates"
if [ $# -gt 0 ]; then
    echo
    statsd-carbon --verbose "$1" <"$aggregates"
fi
echo
echo "$next"
