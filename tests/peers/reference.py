"""Runs the reference: traffic in over UDP, Graphite lines out over TCP. Records which datagrams went
into which flush."""
import json
import os
import socket
import subprocess
import threading

PATIENCE = 30
WINDOW = 64
HERE = os.path.dirname(os.path.abspath(__file__))


class ReferenceError(Exception):
    pass


class Carbon:
    """Replaces Carbon: each connection is a flush, and its bytes are kept in order."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.payloads = []
        self.arrived = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                payload = b"".join(iter(lambda: connection.recv(1 << 20), b""))
            with self.arrived:
                self.payloads.append(payload.decode())
                self.arrived.notify_all()

    def wait_for(self, count):
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.payloads) >= count, PATIENCE):
                raise ReferenceError(f"of {count} flushes only {len(self.payloads)} came to Carbon")
            return self.payloads[:count]

    def close(self):
        self.listener.close()


class Reference:
    """The reference with one configuration. While it runs, it appends to `flushes` the datagrams
    handled before each flush."""

    def __init__(self, folder, config, scratch):
        self.carbon = Carbon()
        self.flushes = []
        self.stamps = []
        self._pending = []
        self._sent = []
        self._handled = 0
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._log = open(os.path.join(scratch, "reference.log"), "w+", encoding="utf-8")
            self._process = self._start(folder, config, scratch, listener.getsockname()[1])
            listener.settimeout(PATIENCE)
            try:
                self._journal = listener.accept()[0].makefile("r")
            except TimeoutError:
                self._fail("it does not start")
        words = self._next()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", int(words[1])))

    def _start(self, folder, config, scratch, journal_port):
        """Ports are given as "0", which picks a free one; the reference would replace 0."""
        config = dict(config, address="127.0.0.1", port="0", mgmt_address="127.0.0.1", mgmt_port="0",
                      graphiteHost="127.0.0.1", graphitePort=self.carbon.port, journalPort=journal_port,
                      automaticConfigReload=False,
                      backends=["./backends/graphite", os.path.join(HERE, "journal.js")])
        path = os.path.join(scratch, "reference.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        command = ["node", "--no-deprecation", "--require", os.path.join(HERE, "util-log.js"), "stats.js", path]
        return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self._log,
                                stderr=subprocess.STDOUT)

    def _fail(self, what):
        self.close()
        self._log.seek(0)
        raise ReferenceError(f"the reference: {what}; it says: {self._log.read()[-2000:]}")

    def _next(self):
        """Processes the next thing that the reference did."""
        line = self._journal.readline()
        if not line:
            self._fail("it has ended")
        words = line.split()
        if words[0] == "packet":
            datagram = self._sent[self._handled]
            if int(words[1]) != len(datagram):
                self._fail(f"datagram {self._handled + 1} is lost")
            self._handled += 1
            self._pending.append(datagram)
        elif words[0] == "flush":
            self.flushes.append(self._pending)
            self.stamps.append(words[1])
            self._pending = []
        return words

    def send(self, datagrams):
        """Sends until all are handled, never further ahead than a socket's queue surely holds."""
        for datagram in datagrams:
            while len(self._sent) - self._handled >= WINDOW:
                self._next()
            self._sent.append(datagram)
            self._socket.send(datagram)
        while self._handled < len(self._sent):
            self._next()

    def wait_for_flushes(self, count):
        target = len(self.flushes) + count
        while len(self.flushes) < target:
            self._next()

    def payloads(self):
        """What each flush sent to Carbon: a list of lines."""
        payloads = [text.splitlines() for text in self.carbon.wait_for(len(self.flushes))]
        for stamp, lines in zip(self.stamps, payloads):
            if not lines[0].endswith(" " + stamp):
                self._fail("its journal and what it sent to Carbon are out of step")
        return payloads

    def close(self):
        self._process.kill()
        self._process.wait()
        self.carbon.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        self._log.close()
