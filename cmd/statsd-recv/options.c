#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "net/sockets.h"
#include "wire/options.h"

enum {
    OPTION_UDP = OPT_LONG, /* in the order of enum net_kind */
    OPTION_TCP,
    OPTION_UNIXGRAM,
    OPTION_UNIX,
    OPTION_MODE,
    OPTION_RCVBUF,
    OPTION_MAX_CONNECTIONS,
    OPTION_IDLE_TIMEOUT,
    OPTION_MAX_SKEW,
    OPTION_EVENTS,
    OPTION_SOURCE,
    OPTION_FOR,
    OPTION_COUNT,
    OPTION_SELF_INTERVAL,
};

static const struct opt_row rows[] = {
    OPT_HEADING("Sockets"),
    { OPTION_UDP, "udp", "PLACE...", "listen on :PORT or ADDRESS:PORT (127.0.0.1:8125)", NULL },
    { OPTION_TCP, "tcp", "PLACE...", "accept connections at :PORT or ADDRESS:PORT", NULL },
    { OPTION_UNIXGRAM, "unixgram", "PATH...", "receive datagrams at a Unix socket", OPT_FILES },
    { OPTION_UNIX, "unix", "PATH...", "accept connections at a Unix socket", OPT_FILES },
    { OPTION_MODE, "mode", "OCTAL", "mode of the Unix sockets named after it (0666)", NULL },
    { OPTION_RCVBUF, "rcvbuf", "SIZE", "size of each UDP socket's receive buffer", NULL },
    { OPTION_MAX_CONNECTIONS, "max-connections", "N", "keep at most N connections open (1024)", NULL },
    { OPTION_IDLE_TIMEOUT, "idle-timeout", "DURATION", "close connections silent for this long", NULL },
    FILTER_ROW_READY_FD,
    OPT_HEADING("Input"),
    WIRE_OPTION_ROWS,
    FILTER_ROW_MAX_LINE,
    { OPTION_MAX_SKEW, "max-skew", "DURATION", "reject a |T further from the clock (10m)", NULL },
    FILTER_ROW_STRICT,
    FILTER_ROW_REJECTS,
    FILTER_ROW_REJECTS_MAX,
    { OPTION_EVENTS, "events", "FILE", "append events and service checks to FILE", OPT_FILES },
    OPT_HEADING("Output"),
    { OPTION_SOURCE, "source", NULL, "add the sender as a sixth column", NULL },
    FILTER_ROW_BUFFER,
    FILTER_ROW_DRAIN,
    { OPTION_FOR, "for", "DURATION", "stop after this time", NULL },
    { OPTION_COUNT, "count", "N", "stop after N records, self-metrics not counted", NULL },
    OPT_HEADING("Self-metrics"),
    { OPTION_SELF_INTERVAL, "self-interval", "DURATION", "time between two reports (1)", NULL },
    FILTER_ROW_SELF_PREFIX,
    FILTER_ROW_NO_SELF,
    FILTER_ROW_SELF_METRICS,
    OPT_HEADING("General"),
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Receive StatsD metrics and write them as records, one sample per line.",
    .rows = rows,
    .examples = "  statsd-recv | statsd-agg | statsd-carbon graphite.example.com\n"
                "  statsd-recv --udp :8125 --tcp :8125 --unixgram /run/statsd.sock > capture.tsv\n",
};

enum { MAX_SKEW_DEFAULT = 600000 /* ms */, CONNECTIONS_MAX_DEFAULT = 1024, CONNECTIONS_MOST = 1 << 24 };

static struct config default_config(void)
{
    return (struct config){
        .filter = filter_defaults,
        .mode = NET_MODE_DEFAULT,
        .limits.connections = CONNECTIONS_MAX_DEFAULT,
        .reader = { .wire = wire_defaults, .max_skew = MAX_SKEW_DEFAULT },
        .self_interval = 1000,
    };
}

static struct net_place *add_place(struct config *c)
{
    c->places = xreallocarray(c->places, c->place_count + 1, sizeof *c->places);
    return &c->places[c->place_count++];
}

static void take_place(struct config *c, const struct opt *o, enum net_kind kind)
{
    struct net_place *place = add_place(c);
    if (!net_parse_place(kind, o->value, place))
        opt_fail(o, "bad %s %s: expected %s", kind == NET_UDP || kind == NET_TCP ? "address" : "path",
                 quote(o->value, strlen(o->value)).text, net_place_expected(kind));
    place->mode = c->mode;
}

static unsigned take_mode(const struct opt *o)
{
    char *end;
    unsigned long mode = strtoul(o->value, &end, 8);
    if (*o->value < '0' || *o->value > '7' || *end || mode > 0777)
        opt_fail(o, "bad mode %s: expected an octal number up to 0777", quote(o->value, strlen(o->value)).text);
    return (unsigned)mode;
}

static void take_option(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case OPTION_UDP:
    case OPTION_TCP:
    case OPTION_UNIXGRAM:
    case OPTION_UNIX: take_place(c, o, (enum net_kind)(id - OPTION_UDP)); break;
    case OPTION_MODE: c->mode = take_mode(o); break;
    case OPTION_MAX_CONNECTIONS: c->limits.connections = opt_uint(o, 1, CONNECTIONS_MOST); break;
    case OPTION_IDLE_TIMEOUT: c->limits.idle_timeout = opt_duration(o, 1, INT64_MAX / 2); break;
    case OPTION_RCVBUF: c->receive_buffer = (int64_t)opt_size(o, 1, 1 << 30); break;
    case OPTION_MAX_SKEW: c->reader.max_skew = opt_duration(o, 1, INT64_MAX); break;
    case OPTION_EVENTS: c->events = o->value; break;
    case OPTION_SOURCE: c->reader.source = true; break;
    case OPTION_FOR: c->run_for = opt_duration(o, 1, INT64_MAX); break;
    case OPTION_COUNT: c->reader.count = opt_uint(o, 1, UINT64_MAX); break;
    case OPTION_SELF_INTERVAL: c->self_interval = opt_duration(o, 10, 24 * 3600 * 1000); break;
    default:
        if (!filter_options_take(&c->filter, id, o))
            wire_options_take(id, o, &c->reader.wire);
    }
}

/* Adds what systemd hands over, and the usual socket where there is no other. */
static void add_other_places(struct config *c)
{
    int count = 0;
    bool has_descriptor = false;
    enum net_handover handover = net_handed_over(&count);
    for (size_t i = 0; i < c->place_count; i++)
        has_descriptor |= c->places[i].fd >= 0;
    if (handover == NET_FOR_PARENT && !has_descriptor)
        die("LISTEN_PID names the parent process: if that is a shell, take its socket with --udp fd:%d",
            NET_HANDED_DOWN);
    if (handover == NET_FOR_US)
        for (int i = 0; i < count; i++)
            *add_place(c) = (struct net_place){ .fd = NET_HANDED_DOWN + i };
    if (!c->place_count)
        net_parse_place(NET_UDP, "8125", add_place(c));
}

/* What one option leaves for another to decide. */
static void resolve(struct config *c)
{
    c->reader.max_line = c->filter.max_line;
    add_other_places(c);
    if (!c->filter.no_self)
        c->self_prefix = c->filter.self_prefix ? c->filter.self_prefix : FILTER_SELF_PREFIX;
    if (!c->reader.wire.absolute_gauges && die_verbosity() >= 0)
        c->reader.gauge_signs = gauge_signs_new();
}

struct config parse_args(int argc, char **argv)
{
    struct config c = default_config();
    struct opt o;
    int id, operands;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(&c, id, &o);
    char **words = opt_operands(&o, &operands);
    if (operands)
        opt_misuse(&o, "unexpected operand %s", quote(words[0], strlen(words[0])).text);
    resolve(&c);
    return c;
}
