/* statsd-prometheus: aggregates → metrics that Prometheus scrapes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "expose.h"
#include "filter/filter.h"
#include "filter/ready.h"
#include "filter/points_input.h"
#include "filter/replace.h"
#include "filter/state_file.h"
#include "intake.h"
#include "options.h"
#include "server.h"
#include "totals.h"

/* What goes through the program. */
struct flow {
    const struct config *config;
    struct filter filter;
    struct points_input input;
    struct registry registry;
    struct intake intake;
    struct complaint textfiles; /* that could not be written */
    struct state_file *state;
    struct server *server;
    const char *where;
    uint64_t saved;     /* the changes that the state file has */
    uint64_t written;   /* and the text file */
    uint64_t interval;  /* the last one that has been looked at */
    bool has_bad_state; /* it could not be written */
    bool stopped;
};

/* --- output ----------------------------------------------------------------------------------- */

static void save(struct flow *f)
{
    if (!f->state || f->config->dry_run || f->saved == f->intake.changes)
        return;
    bool is_good = totals_save(&f->registry, f->state);
    f->filter.failed |= !is_good;
    f->saved = is_good ? f->intake.changes : f->saved;
}

static void put_figures(const struct flow *f, enum expose_format format, struct text *t)
{
    const struct expose_figure figures[] = {
        { "rows", "aggregates read", true, (double)f->input.lines },
        { "bad_rows", "lines that are no aggregates", true,
          (double)(f->input.bad.refusals.complaint.total - f->intake.refused + f->input.bad.unknown.total) },
        { "refused_points", "points of series that were refused", true, (double)f->intake.refused },
        { "forgotten_series", "series whose totals made room for others", true, (double)f->registry.forgotten },
        { "rejects_lost", "lines that --rejects has lost", true, (double)side_count_lost(f->filter.rejects) },
        { "series", "series that are kept", false, (double)f->registry.count },
    };
    expose_figures(t, format, text_span(&f->config->reserved), figures, sizeof figures / sizeof *figures);
}

/* What is shown has been saved: totals that fall after a crash would look like a reset to
 * Prometheus, which then counts them again as a whole. */
static void write_metrics(void *self, enum expose_format format, struct text *t)
{
    struct flow *f = self;
    save(f);
    expose_now(t, &f->registry, format, f->filter.now, f->config->registry.ttl);
    if (!f->config->filter.no_self)
        put_figures(f, format, t);
    expose_end(t, format);
}

static uint64_t generation(void *self)
{
    const struct flow *f = self;
    uint64_t second = (uint64_t)f->filter.now / 1000; /* percentiles go with time */
    return f->registry.generation + f->intake.changes + f->input.lines + (second << 40);
}

static void write_textfile(struct flow *f)
{
    struct text t = { NULL, 0, 0 };
    const char *path = f->config->textfile;
    f->written = f->intake.changes + f->registry.generation;
    write_metrics(f, EXPOSE_TEXT, &t);
    if (!replace_file(path, text_span(&t))) {
        complain(&f->textfiles, "write %s.new: %s", path, strerror(errno));
        f->filter.failed = true;
    }
    free(t.bytes);
}

static void print_history(struct flow *f)
{
    struct text t = { NULL, 0, 0 };
    struct expose_texts texts = { .times = { { .length = 0 } } };
    for (const struct family *family = f->registry.first; family; family = family->next) {
        t.length = 0;
        expose_history(&t, family, &texts);
        out_put(&f->filter.out, t.bytes, t.length);
    }
    out_put(&f->filter.out, "# EOF\n", 6);
    free(t.bytes);
}

/* An interval has ended, or a metric has gone. */
static void note_interval(struct flow *f)
{
    if (f->interval != f->registry.interval) {
        bad_rows_summarise(&f->input.bad);
        intake_summarise(&f->intake);
        f->interval = f->registry.interval;
    }
    if (f->config->textfile && !f->config->dry_run && f->written != f->intake.changes + f->registry.generation)
        write_textfile(f);
}

/* --- input ------------------------------------------------------------------------------------ */

static bool must_stop(struct flow *f)
{
    bool is_strict = bad_rows_end_run(&f->input.bad);
    f->filter.failed |= is_strict;
    f->stopped = is_strict || f->intake.lacks_mean;
    return f->stopped;
}

static enum filter_next take(void *self, struct lines *in)
{
    struct flow *f = self;
    enum lines_status status = LINES_MORE;
    f->where = f->filter.where;
    f->intake.now = f->filter.now;
    while (!must_stop(f) && (status = points_input_next(&f->input, in, f->where)) < LINES_MORE)
        continue;
    return f->stopped ? FILTER_STOP : status == LINES_MORE ? FILTER_MORE : FILTER_END;
}

static void pause_input(void *self)
{
    struct flow *f = self;
    if (!f->input.points.rows.is_open)
        note_interval(f);
}

/* An interval that no row will end. */
static void quiet(void *self)
{
    struct flow *f = self;
    if (points_input_end_quiet(&f->input))
        note_interval(f);
}

static int64_t tick(void *self)
{
    struct flow *f = self;
    return registry_expire(&f->registry, f->filter.now);
}

static int64_t watch(void *self, struct pollfd *p)
{
    const struct flow *f = self;
    return f->server ? server_watch(f->server, f->filter.now, p) : INT64_MAX;
}

static void step(void *self, short revents)
{
    const struct flow *f = self;
    (void)revents;
    if (f->server)
        server_step(f->server);
}

static void end(void *self)
{
    struct flow *f = self;
    if (!f->stopped)
        points_end(&f->input.points);
    must_stop(f);
    note_interval(f);
    if (f->config->dry_run)
        print_history(f);
    save(f);
}

/* --- reports ---------------------------------------------------------------------------------- */

static void status(void *self)
{
    const struct flow *f = self;
    say("%llu lines, %zu series, %llu bad, %llu refused, %llu unknown, %llu forgotten",
        (unsigned long long)f->input.lines, f->registry.count,
        (unsigned long long)(f->input.bad.refusals.complaint.total - f->intake.refused),
        (unsigned long long)f->intake.refused, (unsigned long long)f->input.bad.unknown.total,
        (unsigned long long)f->registry.forgotten);
}

static void summarise(void *self)
{
    struct flow *f = self;
    bad_rows_summarise(&f->input.bad);
    complaint_summary(&f->textfiles);
    intake_summarise(&f->intake);
    if (die_verbosity() > 0)
        status(f);
}

static void left(void *self, char *text)
{
    const struct flow *f = self;
    if (f->config->dry_run && f->registry.count)
        snprintf(text, FILTER_LEFT_MAX, "the history of %zu series", f->registry.count);
    else if (f->state && f->saved != f->intake.changes)
        snprintf(text, FILTER_LEFT_MAX, "totals since the state was saved");
}

/* --- the whole -------------------------------------------------------------------------------- */

static void begin(struct flow *f, struct config *c, const struct server_source *source)
{
    filter_begin(&f->filter, &c->filter, c->dry_run ? OUT_BLOCKING : FILTER_NO_OUT);
    registry_init(&f->registry, &c->registry);
    points_input_init(&f->input, &f->filter, &intake_owner, &f->intake);
    intake_init(&f->intake, &f->registry, &f->input.bad.refusals, &f->where);
    f->intake.self_prefix = c->filter.self_prefix;
    f->intake.no_self = c->filter.no_self;
    f->intake.now = f->filter.now;
    if (c->textfile && !c->dry_run && replace_is_odd(c->textfile))
        die("%s: " REPLACE_EXPECTED, c->textfile);
    if (c->state) {
        f->state = state_file_open(c->state);
        f->where = state_file_path(f->state);
        totals_load(&f->intake, f->state);
        f->saved = f->intake.changes;
    }
    f->intake.is_history = c->dry_run;
    f->interval = f->registry.interval;
    if (!c->listens)
        return;
    f->server = server_start(&c->place, source);
    /* The filter would write an empty line there. */
    if (c->filter.ready_fd >= 0) {
        size_t length;
        char *names = server_names(f->server, &length);
        ready_tell(c->filter.ready_fd, names, length);
        free(names);
        c->filter.ready_fd = -1;
    }
}

static void finish(struct flow *f)
{
    server_stop(f->server);
    state_file_close(f->state);
    points_input_free(&f->input);
    intake_free(&f->intake);
    registry_free(&f->registry);
}

int main(int argc, char **argv)
{
    static const struct filter_calls calls = {
        .take = take,
        .pause = pause_input,
        .quiet = quiet,
        .tick = tick,
        .watch = watch,
        .step = step,
        .end = end,
        .status = status,
        .summarise = summarise,
        .left = left,
        .is_endless = true,
    };
    die_init("statsd-prometheus");
    struct config c = options_parse(argc, argv);
    struct flow f = { .config = &c, .where = "stdin", .textfiles = { .what = "text files not written" } };
    const struct server_source source = { generation, write_metrics, &f };
    begin(&f, &c, &source);
    enum exit_code code = filter_run(&f.filter, c.files, &calls, &f);
    if (f.intake.lacks_mean) {
        say("timers without count and mean, which their sums need: add them to --stats of statsd-agg");
        code = EXIT_USAGE;
    }
    finish(&f);
    free(c.seconds);
    free(c.reserved.bytes);
    return (int)code;
}
