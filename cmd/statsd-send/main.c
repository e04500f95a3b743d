/* statsd-send: records, or StatsD lines → StatsD servers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "filter/filter.h"
#include "filter/refusals.h"
#include "format/columns.h"
#include "config.h"
#include "health.h"
#include "line.h"
#include "outlet.h"
#include "plain.h"
#include "shard.h"

enum {
    OPTION_UDP = OPT_LONG,
    OPTION_TCP,
    OPTION_UNIXGRAM,
    OPTION_UNIX,
    OPTION_SHARD,
    OPTION_HEALTH_INTERVAL,
    OPTION_MTU,
    OPTION_TAGS,
    OPTION_TIMESTAMPS,
    OPTION_RAW,
    OPTION_PACE,
    OPTION_SPEED,
    OPTION_RATE,
};

static const struct opt_row rows[] = {
    OPT_HEADING("Places"),
    { OPTION_UDP, "udp", "PLACE...", "send to HOST:PORT over UDP", NULL },
    { OPTION_TCP, "tcp", "PLACE...", "send to HOST:PORT over TCP", NULL },
    { OPTION_UNIXGRAM, "unixgram", "PATH...", "send Unix datagrams to PATH", OPT_FILES },
    { OPTION_UNIX, "unix", "PATH...", "send to the Unix stream socket PATH", OPT_FILES },
    { OPTION_SHARD, "shard", NULL, "send each series to one place", NULL },
    { OPTION_HEALTH_INTERVAL, "health-interval", "DURATION", "ask nodes with an admin port this often (10s)", NULL },
    OPT_HEADING("Output"),
    { OPTION_MTU, "mtu", "SIZE", "most bytes of a datagram (1432)", NULL },
    { OPTION_TAGS, "tags", "WORD", "dialect of tags (dogstatsd)", "dogstatsd graphite influx librato signalfx" },
    { OPTION_TIMESTAMPS, "timestamps", NULL, "send the times of records", NULL },
    OPT_HEADING("Time"),
    { OPTION_PACE, "pace", NULL, "keep the records' own timing", NULL },
    { OPTION_SPEED, "speed", "FACTOR", "the same, FACTOR times as fast", NULL },
    { OPTION_RATE, "rate", "N", "send at most N lines a second", NULL },
    OPT_HEADING("Input"),
    { OPTION_RAW, "raw", NULL, "read StatsD lines instead of records", NULL },
    FILTER_ROWS_LINES,
    FILTER_ROW_DRAIN,
    FILTER_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Send records, or StatsD lines, from standard input to StatsD servers.",
    .rows = rows,
    .operands = "[host[:port] ...]",
    .operand_completions = OPT_HOSTS,
    .examples = "  statsd-send --pace 10.0.0.2:8125 <day.tsv\n"
                "  statsd-recv | statsd-send --shard 10.0.0.2:8125 10.0.0.3:8125\n",
};

static void take_place(struct config *c, enum net_kind kind, const struct opt *o)
{
    if (!config_add_place(c, kind, o->value))
        opt_fail(o, "bad place %s", quote(o->value, strlen(o->value)).text);
}

static double take_speed(const struct opt *o)
{
    double speed;
    if (number_parse(o->value, strlen(o->value), &speed) != NUMBER_OK || speed < 1e-6 || speed > 1e9)
        opt_fail(o, "bad factor %s: expected a number above 0", quote(o->value, strlen(o->value)).text);
    return speed;
}

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    static const enum tags_flavour flavours[] = { TAGS_DOGSTATSD, TAGS_GRAPHITE, TAGS_INFLUX, TAGS_LIBRATO,
                                                  TAGS_SIGNALFX };
    switch (id) {
    case OPTION_UDP: take_place(c, NET_UDP, o); break;
    case OPTION_TCP: take_place(c, NET_TCP, o); break;
    case OPTION_UNIXGRAM: take_place(c, NET_UNIXGRAM, o); break;
    case OPTION_UNIX: take_place(c, NET_UNIX, o); break;
    case OPTION_SHARD: c->shards = true; break;
    case OPTION_HEALTH_INTERVAL: c->health_interval = opt_duration(o, 1, 3600000); break;
    case OPTION_MTU: c->mtu = opt_size(o, 64, 65507); break;
    case OPTION_TAGS: c->line.flavour = flavours[opt_choice(o)]; break;
    case OPTION_TIMESTAMPS: c->line.timestamps = true; break;
    case OPTION_RAW: c->raw = true; break;
    case OPTION_PACE: c->speed = c->speed > 0 ? c->speed : 1; break;
    case OPTION_SPEED: c->speed = take_speed(o); break;
    case OPTION_RATE: c->rate = opt_uint(o, 1, 1000000000); break;
    default: return false;
    }
    return true;
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = {
        .filter = filter_defaults, .line = { TAGS_DOGSTATSD, false }, .mtu = OUTLET_MTU, .health_interval = 10000
    };
    struct opt o;
    int count;
    opt_begin(&o, &program, argc, argv);
    filter_options_read(&c.filter, &o, take_option, &c);
    char **operands = opt_operands(&o, &count);
    for (int i = 0; i < count; i++)
        if (!config_add_place(&c, NET_UDP, operands[i]))
            opt_misuse(&o, "bad place %s: expected HOST, HOST:PORT or HOST:PORT=WEIGHT",
                       quote(operands[i], strlen(operands[i])).text);
    if (c.raw && c.speed > 0)
        opt_misuse(&o, "--pace needs records, which have times: it does not go with --raw");
    if (c.raw && c.shards)
        opt_misuse(&o, "--shard needs records: it does not go with --raw");
    if (!c.count)
        config_add_place(&c, NET_UDP, "127.0.0.1");
    return c;
}

enum { PLAIN_MOST = 4096 }; /* bytes of a record */

struct sender {
    const struct config *config;
    struct filter filter;
    struct refusals refusals;
    struct line_writer writer;
    struct plain_memo memo;
    struct health health;
    char *plain; /* room for a plain record's line */
    uint64_t lines;
    int64_t began;      /* monotonic ms: when the first record was sent */
    int64_t first_time; /* ms: its time */
    int64_t rate_began; /* monotonic ms: since when rate_sent are counted */
    uint64_t rate_sent;
    bool has_begun;
};

static void flush(struct sender *s)
{
    for (size_t i = 0; i < s->config->count; i++)
        outlet_flush(&s->config->outlets[i]);
}

enum { RATE_BEHIND = 100 /* ms */ };
static const double pace_most = 1e15; /* ms */

/* When --rate allows the next record. What a pause has left unused is not made up for. */
static int64_t rate_due(struct sender *s, int64_t now)
{
    double rate = (double)s->config->rate;
    int64_t due = s->rate_began + (int64_t)((double)s->rate_sent * 1000 / rate);
    if (due < now - RATE_BEHIND) {
        s->rate_began = due = now;
        s->rate_sent = 0;
    }
    s->rate_sent++;
    return due;
}

/* Waits until a record of this time is due, or the end is near. */
static void keep_pace(struct sender *s, int64_t time)
{
    const struct config *c = s->config;
    int64_t due = INT64_MIN, now = clock_monotonic_ms();
    if (!c->rate && !(c->speed > 0))
        return;
    if (!s->has_begun) {
        s->has_begun = true;
        s->began = s->rate_began = now;
        s->first_time = time;
    }
    if (c->rate)
        due = rate_due(s, now);
    if (c->speed > 0) {
        double after = fmin(fmax((double)(time - s->first_time) / c->speed, 0), pace_most);
        due = s->began + (int64_t)after > due ? s->began + (int64_t)after : due;
    }
    if (due <= now)
        return;
    flush(s);
    while (now < due && !s->filter.signalled && !s->filter.is_early) {
        filter_turn(&s->filter, due);
        now = clock_monotonic_ms();
    }
}

/* Sends lines to the place of a series, or to all. False: they do not fit into a datagram. */
static bool send_lines(struct sender *s, struct span lines, struct span series)
{
    const struct config *c = s->config;
    bool fits = true;
    if (c->shards)
        return outlet_put(&c->outlets[shard_choose(c->nodes, c->count, series)], lines);
    for (size_t i = 0; i < c->count; i++)
        fits &= outlet_put(&c->outlets[i], lines);
    return fits;
}

static bool refuse(struct sender *s, const struct line *line, uint64_t number, const char *what, struct span culprit,
                   const char *why)
{
    const struct refusal refusal = { .time = clock_wall_ms(),
                                     .where = "stdin",
                                     .line = number,
                                     .what = what,
                                     .culprit = culprit,
                                     .why = why,
                                     .bytes = { line->text, line->length } };
    refusals_add(&s->refusals, &refusal);
    s->filter.failed = true;
    return false;
}

/* Takes a plain record. False: it is left to take_record. */
static bool take_plain(struct sender *s, const struct line *line)
{
    const struct config *c = s->config;
    struct span series;
    if (line->torn || c->raw || c->line.timestamps || c->rate || c->speed > 0 || line->length >= PLAIN_MOST)
        return false;
    const char *end = plain_write(&s->memo, line->text, line->text + line->length, s->plain, &series);
    /* A long line may fit one place only: take_record sends it, and reports it. */
    if (!end || (size_t)(end - s->plain) >= c->mtu)
        return false;
    send_lines(s, span_between(s->plain, end), series);
    return true;
}

static bool take_record(struct sender *s, const struct line *line, enum lines_status status, uint64_t number)
{
    struct record r;
    struct span whole = { line->text, line->length }, culprit = whole, columns[5];
    enum record_error error = status == LINES_TOO_LONG ? RECORD_TOO_LONG
                              : line->torn             ? RECORD_TORN
                                                       : record_parse(line->text, line->length, &r, &culprit);
    if (error != RECORD_OK)
        return refuse(s, line, number, record_error_what(error), culprit, record_error_why(error));
    columns_split(line->text, line->length, columns, 5);
    plain_remember(&s->memo, columns[3].text, line->text + line->length);
    struct span lines = line_write(&s->writer, &r, columns[3]);
    if (!lines.text)
        return refuse(s, line, number, "bad record", whole, "StatsD's lines cannot say it");
    keep_pace(s, r.time);
    if (!send_lines(s, lines, r.series))
        return refuse(s, line, number, "long record", whole, "its line is longer than --mtu");
    return true;
}

static bool take_raw(struct sender *s, const struct line *line, enum lines_status status, uint64_t number)
{
    struct span whole = { line->text, line->length };
    if (status == LINES_TOO_LONG)
        return refuse(s, line, number, "bad line", whole, "longer than --max-line");
    keep_pace(s, 0);
    if (!send_lines(s, whole, whole))
        return refuse(s, line, number, "long line", whole, "longer than --mtu");
    return true;
}

static enum filter_next take(void *self, struct lines *in)
{
    struct sender *s = self;
    struct line line;
    enum lines_status status;
    while ((status = lines_next(in, &line)) < LINES_MORE) {
        if (!line.length || s->filter.is_early)
            continue;
        s->lines++;
        if (status == LINES_ONE && take_plain(s, &line))
            continue;
        bool is_good = (s->config->raw ? take_raw : take_record)(s, &line, status, in->number);
        if (!is_good && s->config->filter.strict)
            return FILTER_STOP;
    }
    return status == LINES_MORE ? FILTER_MORE : FILTER_END;
}

static int64_t watch(void *self, struct pollfd *p)
{
    struct sender *s = self;
    *p = (struct pollfd){ .fd = health_fd(&s->health), .events = POLLIN };
    return health_step(&s->health, s->filter.now);
}

static void step(void *self, short revents)
{
    struct sender *s = self;
    if (revents)
        health_step(&s->health, s->filter.now);
}

static void pause_input(void *self)
{
    flush(self);
}

static void end_input(void *self)
{
    const struct sender *s = self;
    for (size_t i = 0; i < s->config->count; i++)
        outlet_end(&s->config->outlets[i]);
}

static uint64_t lost(const struct sender *s)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < s->config->count; i++)
        lines += s->config->outlets[i].lost;
    return lines;
}

/* Those that wait for more are sent as soon as no more come. */
static uint64_t sent(const struct sender *s)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < s->config->count; i++)
        lines += s->config->outlets[i].lines;
    return lines - lost(s);
}

static void status(void *self)
{
    const struct sender *s = self;
    say("%llu lines, %llu sent, %llu lost, %llu bad", (unsigned long long)s->lines, (unsigned long long)sent(s),
        (unsigned long long)lost(s), (unsigned long long)s->refusals.complaint.total);
}

static void summarise(void *self)
{
    struct sender *s = self;
    complaint_summary(&s->refusals.complaint);
    s->filter.failed |= lost(s) > 0;
    if (die_verbosity() > 0)
        status(self);
}

static enum exit_code run(const struct config *c)
{
    static const struct filter_calls calls = { .take = take,
                                               .pause = pause_input,
                                               .watch = watch,
                                               .step = step,
                                               .end = end_input,
                                               .summarise = summarise,
                                               .status = status,
                                               .is_endless = true };
    static char standard_input[] = "-", *files[] = { standard_input, NULL };
    struct sender s = { .config = c };
    filter_begin(&s.filter, &c->filter, FILTER_NO_OUT);
    s.refusals = (struct refusals){ .complaint = { .what = "bad lines" },
                                    .rejects = s.filter.rejects,
                                    .strict = c->filter.strict };
    line_init(&s.writer, &c->line);
    s.plain = xmalloc(PLAIN_MOST);
    config_open(c);
    struct health_check *checks = config_checks(c);
    health_init(&s.health, checks, c->nodes, c->count, c->health_interval);
    enum exit_code code = filter_run(&s.filter, files, &calls, &s);
    for (size_t i = 0; i < c->count; i++)
        outlet_close(&c->outlets[i]);
    health_free(&s.health);
    free(checks);
    line_free(&s.writer);
    free(s.plain);
    return code;
}

int main(int argc, char **argv)
{
    die_init("statsd-send");
    struct config config = parse_args(argc, argv);
    enum exit_code code = run(&config);
    config_free(&config);
    return (int)code;
}
