#include "keys.h"

#include <stddef.h>
#include <string.h>

#include "base/xalloc.h"

static const struct key keys[] = {
    /* of statsd/statsd */
    { "address", KEY_READ, NULL },
    { "address_ipv6", KEY_READ, NULL },
    { "automaticConfigReload", KEY_READ, NULL },
    { "backends", KEY_READ, NULL },
    { "calculatedTimerMetrics", KEY_READ, NULL },
    { "console", KEY_READ, NULL },
    { "debug", KEY_REFUSED, "statsd-run -v says more" },
    { "deleteCounters", KEY_READ, NULL },
    { "deleteGauges", KEY_READ, NULL },
    { "deleteIdleStats", KEY_READ, NULL },
    { "deleteSets", KEY_READ, NULL },
    { "deleteTimers", KEY_READ, NULL },
    { "dumpMessages", KEY_REFUSED, "put `tee -ia FILE' after statsd-recv in what --print prints" },
    { "flushInterval", KEY_READ, NULL },
    { "flush_counts", KEY_READ, NULL },
    { "gaugesMaxTTL", KEY_READ, NULL },
    { "graphite", KEY_READ, NULL },
    { "graphiteHost", KEY_READ, NULL },
    { "graphitePicklePort", KEY_READ, NULL },
    { "graphitePort", KEY_READ, NULL },
    { "graphiteProtocol", KEY_READ, NULL },
    { "healthStatus", KEY_READ, NULL },
    { "histogram", KEY_READ, NULL },
    { "keyFlush", KEY_REFUSED, "statsd-migrate(7) lists the busiest series with sort(1)" },
    { "keyNameSanitize", KEY_READ, NULL },
    { "log", KEY_REFUSED, "messages go to standard error, and logger(1) passes them to syslog" },
    { "mgmt_address", KEY_READ, NULL },
    { "mgmt_port", KEY_READ, NULL },
    { "percentThreshold", KEY_READ, NULL },
    { "port", KEY_READ, NULL },
    { "prefixStats", KEY_READ, NULL },
    { "repeater", KEY_READ, NULL },
    { "repeaterProtocol", KEY_REFUSED, "statsd-send has --udp, --tcp and --unix" },
    { "server", KEY_READ, NULL },
    { "servers", KEY_READ, NULL },
    { "socket", KEY_READ, NULL },
    { "socket_mod", KEY_READ, NULL },
    { "title", KEY_REFUSED, "each program has its own name" },
    /* of its proxy */
    { "cacheSize", KEY_REFUSED, "statsd-send --shard needs no cache" },
    { "checkInterval", KEY_REFUSED, "statsd-send has --health-interval" },
    { "forkCount", KEY_REFUSED, "statsd-recv is one process" },
    { "host", KEY_REFUSED, "`address' is where statsd-run listens" },
    { "nodes", KEY_READ, NULL },
    { "udp_version", KEY_REFUSED, "`address_ipv6' says it" },
    /* ours */
    { "buffer", KEY_RECEIVE, "buffer" },
    { "events", KEY_RECEIVE, "events" },
    { "gaugeSign", KEY_RECEIVE, "gauge-sign" },
    { "histogramCumulative", KEY_AGGREGATE, "histogram-cumulative" },
    { "idle", KEY_AGGREGATE, "idle" },
    { "idleTimeout", KEY_RECEIVE, "idle-timeout" },
    { "interval", KEY_AGGREGATE, "interval" },
    { "maxConnections", KEY_RECEIVE, "max-connections" },
    { "maxLine", KEY_RECEIVE, "max-line" },
    { "maxName", KEY_RECEIVE, "max-name" },
    { "maxSeries", KEY_AGGREGATE, "max-series" },
    { "maxSkew", KEY_RECEIVE, "max-skew" },
    { "noSelf", KEY_READ, NULL },
    { "offset", KEY_AGGREGATE, "offset" },
    { "percentiles", KEY_AGGREGATE, "percentiles" },
    { "rcvbuf", KEY_READ, NULL },
    { "rejects", KEY_RECEIVE, "rejects" },
    { "rejectsMax", KEY_RECEIVE, "rejects-max" },
    { "selfInterval", KEY_RECEIVE, "self-interval" },
    { "selfMetrics", KEY_READ, NULL },
    { "setMembers", KEY_AGGREGATE, "set-members" },
    { "source", KEY_RECEIVE, "source" },
    { "spool", KEY_READ, NULL },
    { "stamp", KEY_AGGREGATE, "stamp" },
    { "state", KEY_READ, NULL },
    { "stats", KEY_AGGREGATE, "stats" },
    { "tag", KEY_AGGREGATE, "tag" },
    { "tags", KEY_READ, NULL },
    { "timerSamples", KEY_AGGREGATE, "timer-samples" },
    { "weighted", KEY_AGGREGATE, "weighted" },
};

enum { KEYS = sizeof keys / sizeof *keys, NAME_MOST = 40 };

const struct key *keys_find(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The edit distance of the names (Levenshtein), ignoring case. Both have at most NAME_MOST
 * bytes. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MOST + 1], length = strlen(b);
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t replaced = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
            diagonal = row[j];
            row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

const char *keys_nearest(const char *name)
{
    size_t length = strlen(name), best = length < 6 ? 2 : 1 + length / 3;
    const char *nearest = NULL;
    if (length > NAME_MOST)
        return NULL;
    for (size_t i = 0; i < KEYS; i++) {
        size_t d = distance(name, keys[i].name);
        if (d < best) {
            best = d;
            nearest = keys[i].name;
        }
    }
    return nearest;
}
