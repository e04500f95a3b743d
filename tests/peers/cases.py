"""The configurations to compare: the reference's, and our options for the same."""

FOREVER = "c=forever,ms=forever,s=forever,g=forever"


class Case:
    """Intervals in milliseconds; `parse`, `agg` and `carbon` are options."""

    def __init__(self, interval, config, agg=(), carbon=(), parse=()):
        self.interval = interval
        self.config = dict(config, flushInterval=interval)
        self.legacy = self.config.get("graphite", {}).get("legacyNamespace", True)
        self.own = self.config.get("prefixStats", "statsd")
        self.agg = ["--idle", FOREVER, *agg]
        self.carbon = list(carbon) + (["--legacy"] if self.legacy else [])
        self.parse = list(parse)


MODERN = {"legacyNamespace": False}

CASES = {
    "modern": Case(250, {"graphite": MODERN}),

    "legacy": Case(300, {}),

    "percentiles": Case(
        350,
        {
            "graphite": MODERN,
            "percentThreshold": [50, 95, 99.9, -10, 0.5, 12.5, 100, -100, -33.3],
            "histogram": [
                {"metric": "render", "bins": [0.01, 0.1, 1, 10, 250.5, "inf"]},
                {"metric": "foo", "bins": []},
                {"metric": ";env=prod", "bins": [500, 1000]},
                {"metric": "", "bins": [50, 100, 150, 200, 1e9, "inf"]},
            ],
        },
        agg=["--percentiles", "50,95,99.9,-10,0.5,12.5,100,-100,-33.3",
             "--histogram", "render=0.01,0.1,1,10,250.5,inf", "--histogram", "foo=",
             "--histogram", ";env=prod=500,1000", "--histogram", "=50,100,150,200,1000000000,inf"]),

    "idle": Case(
        200,
        {"graphite": MODERN, "deleteIdleStats": True, "gaugesMaxTTL": 3},
        agg=["--idle", "c=0,ms=0,s=0,g=0.4"]),

    "words": Case(
        250,
        {
            "prefixStats": "own.figures",
            "flush_counts": False,
            "deleteCounters": True,
            "graphite": {"legacyNamespace": False, "globalPrefix": "top", "prefixCounter": "", "prefixTimer": "t.t",
                         "prefixGauge": "gg", "prefixSet": "many", "globalSuffix": "host-1"},
        },
        agg=["--idle", "c=0", "--self-prefix", "own.figures"],
        carbon=["--prefix", "top", "--prefix-counter", "", "--prefix-timer", "t.t", "--prefix-gauge", "gg",
                "--prefix-set", "many", "--suffix", "host-1", "--no-counts"]),

    "chosen": Case(
        150,
        {
            "calculatedTimerMetrics": ["count", "median", "upper_percent", "lower_percent", "sum_squares_percent",
                                       "sum", "histogram"],
            "percentThreshold": [90, 75, -5, 99.9],
            "histogram": [{"metric": "", "bins": [100, "inf"]}],
            "deleteIdleStats": True,
            "deleteCounters": False,
            "deleteGauges": False,
            "graphite": {"globalSuffix": "host-1"},
        },
        agg=["--idle", "ms=0,s=0",
             "--stats", "count,median,upper_percent,lower_percent,sum_squares_percent,sum,histogram",
             "--percentiles", "90,75,-5,99.9", "--histogram", "=100,inf"],
        carbon=["--suffix", "host-1"]),
}
