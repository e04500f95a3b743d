#!/bin/sh
# usage: sh examples/first-run.sh [HOST[:PORT]]
#
# Makes a table of percentiles out of access.log. With the address of a Carbon it sends them there
# too. In the sources it builds the programs first, and installs a compiler and make where they are
# missing; where it is installed it takes the installed programs.
set -eu

examples=$(cd "$(dirname "$0")" && pwd)
if [ -e "$examples/../Makefile" ]; then
    cd "$examples/.."
    # A compiler is enough. Where one has to be installed, so are the libraries of the sinks over HTTP.
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

# The status of each answer is the series, the seconds it took the value.
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
