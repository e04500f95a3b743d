"""Random StatsD traffic: the same seed gives the same datagrams.

It contains only what both sides are meant to read the same way, and tags, whose difference
compare.py knows. The tables of tests/golden cover the rest of statsd-wire(5).
"""
import random

WORDS = "api web db cache queue render login search mail cron disk net cpu foo checkout upload".split()
ODD = ["/", " ", "  ", "\t", "!", "%", "é", "日本", "(", "$", "*", "\\", "~", "-", "="]
TAG_KEYS = "env host zone shard role a a-b".split()
TAG_VALUES = ["prod", "web-01", "10.0.0.1", "http://x/y", "two words", "é1", "x", "1"]
RATES = ["0.1", ".5", "0.25", "0.333", "0.01", "1", "1.0", "1.", "0.7"]
MEMBERS = ["ann", "bob", "0", "00", "-1", "1e3", " x ", "é", "日本", "a,b", "a=b", "constructor", "NaN", "\\t"]
BAD = ["{}", "{}:abc|c", "{}:1", "{}:-5|ms", "{}:1|c|0.1", "{}:|c", "{}:1|ms|@", "{}:1|g|@-1", "{}:1e|g", "{}:--1|g"]
DATAGRAM = 1400


class Series:
    """One series: all its spellings, and the bursts in which it has samples."""

    def __init__(self, rng, number, bursts):
        self.type = rng.choices("c ms g s".split(), [4, 4, 3, 2])[0]
        self.spellings = self._spell(rng, number)
        self.burden = rng.paretovariate(1.2)
        first = rng.randrange(bursts)
        last = min(bursts, first + rng.choice([1, 1, 2, 3, bursts, bursts]))
        self.active = [first <= burst < last and rng.random() < 0.8 for burst in range(bursts)]
        self.active[first] = True
        self.scale = rng.choice([1, 1, 1000, 1000, 1e-6, 1e9, 1e15])

    def _spell(self, rng, number):
        """Spellings of one series. Any tags are in one order, because the reference keeps it."""
        stem = f"{rng.choice(WORDS)}.{rng.choice(WORDS)}{number}"
        tags = [(key, rng.choice(TAG_VALUES)) for key in rng.sample(TAG_KEYS, rng.choice([0, 0, 0, 1, 2, 3]))]
        tags += rng.choice([[], [], [], [("bare", None)]]) if tags else []
        in_name = rng.randrange(len(tags) + 1)
        while any(":" in (value or "") for _, value in tags[:in_name]):
            in_name -= 1
        names = [stem] + ([stem + "_x", stem + " x", stem + "\t x"] if rng.random() < 0.2 else [])
        if rng.random() < 0.2:
            names = [stem + rng.choice(ODD) + "y"]
        elif len(names) > 1:
            names = names[1:]
        before = "".join(f";{key}={value}" for key, value in tags[:in_name] if value)
        after = ",".join(key if value is None else f"{key}:{value}" for key, value in tags[in_name:])
        after += "," if after and rng.random() < 0.05 else ""
        return [(name + before, "|#" + after if after else "") for name in names]


def number(rng, scale):
    """A number that is not negative, in one of the forms that numbers have."""
    how = rng.randrange(12)
    if how < 5:
        return str(rng.randrange(1000) * max(1, int(scale)))
    if how < 8:
        return f"{rng.random() * scale:.{rng.randrange(1, 9)}f}"
    if how < 10:
        return repr(rng.random() * scale)
    return rng.choice(["0", ".5", "5.", "007", "1e3", "1E-3", "2.5e+2", "0.30000000000000004", "1e-7",
                       "123456789012345678"])


def value(rng, series):
    """The value of one sample, as text."""
    if series.type == "s":
        return rng.choice(MEMBERS) if rng.random() < 0.3 else f"u{int(rng.paretovariate(0.7)) % 5000}"
    text = number(rng, series.scale)
    if series.type == "c":
        return rng.choice(["", "", "", "", "+", "-"]) + text
    if series.type == "g":
        return rng.choice(["", "", "+", "-"]) + text
    if rng.random() < 0.001:
        return "1e200"
    return rng.choice(["", "", "", "+"]) + text


def chunk(rng, series):
    rate = ""
    if rng.random() < (0.3 if series.type in ("c", "ms") else 0.03):
        rate = "|@" + rng.choice(RATES)
    return f":{value(rng, series)}|{series.type}{rate}"


def line(rng, series):
    name, tags = rng.choice(series.spellings)
    text = name + chunk(rng, series)
    while not tags and rng.random() < 0.05:
        text += chunk(rng, series)
    text += tags
    if not tags and series.type != "s" and rng.random() < 0.02:
        text += "\r"
    return text


def datagrams(rng, lines):
    """Packs lines into datagrams of 1 to 20 lines; some end with LF, some contain an empty line."""
    packed, room = [], 0
    for text in lines:
        data = text.encode()
        if not packed or room == 0 or len(packed[-1]) + len(data) > DATAGRAM:
            packed.append(data)
            room = rng.choice([0, 0, 1, 5, 20])
        else:
            packed[-1] += (b"\n\n" if rng.random() < 0.02 else b"\n") + data
            room -= 1
    return [data + b"\n" if rng.random() < 0.3 else data for data in packed]


def generate(seed, series_count, sample_count, bursts):
    """A list of bursts, each a list of datagrams. An empty burst is a period without traffic."""
    rng = random.Random(seed)
    everyone = [Series(rng, number, bursts) for number in range(series_count)]
    result = []
    for burst in range(bursts):
        if burst % 5 == 3:
            result.append([])
            continue
        active = [series for series in everyone if series.active[burst]]
        share = max(0, sample_count // bursts - len(active))
        # Each active series gets at least one sample; the others are distributed by burden.
        chosen = active + rng.choices(active, [series.burden for series in active], k=share)
        rng.shuffle(chosen)
        lines = [line(rng, series) for series in chosen]
        for bad in rng.choices(BAD, k=rng.randrange(20)):
            lines.insert(rng.randrange(len(lines)), bad.format(f"bad.line{rng.randrange(100)}"))
        result.append(datagrams(rng, lines))
    return result
