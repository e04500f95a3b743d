"""Clients of statsd-recv, for sockets.bats: `from clients import *` in a script of a test."""

import os
import resource
import select
import socket
import struct
import sys
import time

PATIENCE = 20


def tcp(port, host="127.0.0.1"):
    client = socket.create_connection((host, int(port)), timeout=PATIENCE)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def unix(path):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(PATIENCE)
    client.connect(path)
    return client


def unixgram(path):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.settimeout(PATIENCE)
    client.connect(path)
    return client


def connect(place):
    """To a line of --ready-fd."""
    kind, where = place.split(" ", 1)
    if kind == "udp":
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.connect(("127.0.0.1", int(where.split(":")[-1])))
        return client
    return {"tcp": lambda: tcp(where.split(":")[-1]), "unix": lambda: unix(where),
            "unixgram": lambda: unixgram(where)}[kind]()


def message(payload):
    return struct.pack("<I", len(payload)) + payload


def reset(client):
    """Closes a TCP connection by a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def is_closed(client):
    """Waits until the other side has closed the connection."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("nothing happened")
        time.sleep(0.01)


def content(path):
    with open(path) as file:
        return file.read()


def many_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
