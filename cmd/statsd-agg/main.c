/* statsd-agg: records → aggregates, at every interval's end. */
#include <stdlib.h>

#include "agg.h"
#include "base/die.h"
#include "config.h"
#include "control.h"
#include "filter/filter.h"
#include "options.h"
#include "samples/hugepages.h"

/* What goes through the program. */
struct flow {
    struct filter filter;
    struct agg *agg;
    struct control *control; /* NULL: no --control */
};

static enum filter_next take(void *self, struct lines *in)
{
    struct flow *f = self;
    if (in->cut)
        return FILTER_STOP;
    agg_begin_input(f->agg, f->filter.where, in->fd);
    enum lines_status status = agg_take(f->agg, in);
    return agg_is_stopped(f->agg) ? FILTER_STOP : status == LINES_MORE ? FILTER_MORE : FILTER_END;
}

static int64_t tick(void *self)
{
    struct flow *f = self;
    agg_tick(f->agg);
    if (agg_is_flushing(f->agg) && !out_pending(&f->filter.out))
        return f->filter.now;
    int timeout = agg_timeout(f->agg);
    return timeout < 0 ? INT64_MAX : f->filter.now + timeout;
}

static int64_t watch(void *self, struct pollfd *p)
{
    const struct flow *f = self;
    return f->control ? control_watch(f->control, p) : INT64_MAX;
}

static void step(void *self, short revents)
{
    struct flow *f = self;
    if (f->control)
        control_step(f->control, revents, f->filter.now);
}

static void end(void *self)
{
    struct flow *f = self;
    agg_end(f->agg);
}

static void fail(void *self)
{
    struct flow *f = self;
    if (agg_has_state(f->agg))
        agg_end(f->agg);
}

static void status(void *self)
{
    const struct flow *f = self;
    agg_report_counts(f->agg);
}

static void left(void *self, char *text)
{
    const struct flow *f = self;
    agg_left(f->agg, text, FILTER_LEFT_MAX);
}

static void summarise(void *self)
{
    if (die_verbosity() > 0)
        status(self);
}

static enum exit_code run(const struct config *c)
{
    static const struct filter_calls calls = { .take = take,
                                               .tick = tick,
                                               .watch = watch,
                                               .step = step,
                                               .end = end,
                                               .fail = fail,
                                               .summarise = summarise,
                                               .status = status,
                                               .left = left,
                                               .is_endless = true };
    struct flow f;
    filter_begin(&f.filter, &c->filter, c->mode == TIME_LIVE ? OUT_QUEUE : OUT_BLOCKING);
    f.agg = agg_new(c, &f.filter.out, f.filter.rejects, side_open(&f.filter.side, c->late, 0));
    agg_resume(f.agg);
    f.control = c->control ? control_open(c->control, f.agg) : NULL;
    enum exit_code code = filter_run(&f.filter, c->files, &calls, &f);
    bool failed = agg_has_failed(f.agg);
    control_close(f.control);
    agg_free(f.agg);
    return failed ? EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
    die_init("statsd-agg");
    hugepages_init();
    struct config config = parse_args(argc, argv);
    int code = (int)run(&config);
    timer_statistics_free(config.statistics);
    free((char *)config.self_series.text);
    free(config.tags);
    return code;
}
