"""usage: client_datadog.py KIND PLACE: what clients.bats expects, sent by Python's datadog."""

import sys

from datadog.dogstatsd import DogStatsd

kind, place = sys.argv[1:]
where = {"udp": lambda: {"host": "127.0.0.1", "port": int(place)},
         "unixgram": lambda: {"socket_path": "unixgram://" + place},
         "unix": lambda: {"socket_path": "unixstream://" + place}}[kind]()
client = DogStatsd(namespace="app", disable_telemetry=True, **where)
client.increment("hits", 3)
client.gauge("depth", 7)
client.timing("time", 320)
client.set("users", "bob")
client.event("a title", "a text")
client.flush()
client.close_socket()
