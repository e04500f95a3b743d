"""usage: client_statsd.py KIND PLACE: what clients.bats expects, sent by Python's statsd."""

import sys

import statsd

kind, place = sys.argv[1:]
if kind == "unix":
    client = statsd.UnixSocketStatsClient(socket_path=place, prefix="app")
else:
    make = statsd.TCPStatsClient if kind == "tcp" else statsd.StatsClient
    client = make(host="127.0.0.1", port=int(place), prefix="app")
client.incr("hits", 3)
client.gauge("depth", 7)
client.timing("time", 320)
if kind != "udp":
    with client.pipeline() as batch:
        batch.set("users", "bob")
    client.close()
else:
    client.set("users", "bob")
