"""Runs our pipeline on the reference's input, with the same datagrams in the same intervals."""
import os
import select
import socket
import subprocess

PATIENCE = 30
WINDOW = 64
# Moves the time on in every interval; no traffic uses this name.
TICK = "zz.tick"


class PipelineError(Exception):
    pass


def run(command, data):
    done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE * 10, check=False)
    if done.returncode != 0:
        raise PipelineError(f"{' '.join(command)} ends with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return done.stdout


def seconds(milliseconds):
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"


def parse(flushes, interval, options, scratch):
    """Records of every flush, stamped with the middle of its interval, and the number of rejected
    lines."""
    start = 1_700_000_000_000 // interval * interval
    rejects = os.path.join(scratch, "rejects")
    pieces = []
    for index, datagrams in enumerate(flushes):
        time = seconds(start + index * interval + interval // 2)
        command = ["statsd-parse", "--quiet", "--rejects", rejects, "--time", time, *options]
        pieces.append(run(command, b"".join(data + b"\n" for data in datagrams)))
        pieces.append(f"{TICK}\tc\t1\t1\t{time}\n".encode())
    with open(rejects, "rb") as file:
        refused = sum(1 for _ in file)
    return b"".join(pieces), refused


class Receiver:
    """statsd-recv and its output."""

    def __init__(self, options):
        ready, ready_write = os.pipe()
        self.process = subprocess.Popen(
            ["statsd-recv", "--quiet", "--no-self", "--udp", "127.0.0.1:0", "--ready-fd", str(ready_write), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=[ready_write])
        os.close(ready_write)
        with open(ready, encoding="utf-8") as file:
            port = int(file.readline().rsplit(":", 1)[1])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.output = bytearray()

    def send(self, datagrams):
        """Sends, regularly waiting until a marker has come through, so that no queue overflows."""
        for start in range(0, len(datagrams), WINDOW):
            for data in datagrams[start:start + WINDOW]:
                self.socket.send(data)
            self.socket.send(TICK.encode() + b":1|c")
            self._read_to_marker()

    def _read_to_marker(self):
        while not self._last_line().startswith(TICK.encode()):
            self._read()
        del self.output[-len(self._last_line()):]

    def _last_line(self):
        """The last line, if it is complete."""
        return self.output[self.output.rfind(b"\n", 0, -1) + 1:] if self.output.endswith(b"\n") else b""

    def _read(self):
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            raise PipelineError("statsd-recv does not write what it was sent")
        piece = os.read(self.process.stdout.fileno(), 1 << 20)
        if not piece:
            raise PipelineError("statsd-recv has ended")
        self.output += piece

    def finish(self):
        self.process.terminate()
        self.output += self.process.stdout.read()
        if self.process.wait(PATIENCE) != 0:
            raise PipelineError("statsd-recv ends with a failure")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def receive(flushes, options):
    """statsd-recv's records of the datagrams, without the times, which come from its clock."""
    with Receiver(options) as receiver:
        for datagrams in flushes:
            receiver.send(datagrams)
        receiver.finish()
        return without_times(bytes(receiver.output))


def without_times(records):
    return [line.rpartition(b"\t")[0] for line in records.splitlines() if not line.startswith(TICK.encode())]


def graphite(records, interval, agg_options, carbon_options):
    """The Graphite lines of every interval, without their timestamps."""
    aggregates = run(["statsd-agg", "--event-time", "--interval", seconds(interval), *agg_options], records)
    payloads, last = [], None
    for line in run(["statsd-carbon", "--dry-run", *carbon_options], aggregates).decode().splitlines():
        line, _, stamp = line.rpartition(" ")
        if stamp != last:
            payloads.append([])
            last = stamp
        payloads[-1].append(line)
    return payloads
