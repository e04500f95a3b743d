#!/bin/sh
# usage: sh examples/first-run.sh [HOST[:PORT]]
#
# Installs a compiler and make where they are missing, builds the programs, and makes a table of percentiles out of
# examples/access.log. With the address of a Carbon it sends them there too.
set -eu
cd "$(dirname "$0")/.."

sh .ci/need make:make gcc:cc libc6-dev:/usr/include/stdio.h
make -s all
PATH="$PWD/build/bin:$PATH"

# The status of each answer is the series, the seconds it took the value.
awk '{print "http;status="$9":"$NF*1000"|ms"}' examples/access.log |
    statsd-parse | statsd-agg --once -p 50,99 >build/first-run.tsv

echo
echo 'How long the answers of examples/access.log took, in milliseconds:'
echo
statsd-table --columns count,mean,median,upper_99 --sort count build/first-run.tsv
if [ $# -gt 0 ]; then
    echo
    statsd-carbon --verbose "$1" <build/first-run.tsv
fi
echo
echo 'The programs are in build/bin, README.md goes on from here.'
