#include "filter/options.h"

#include <limits.h>
#include <string.h>

#include "filter/lines.h"

enum { BUFFER_MIN = 1 << 12, DAY = 24 * 3600 * 1000 };

static const uint64_t buffer_max = (uint64_t)1 << 36, rejects_most = (uint64_t)1 << 60;

const struct filter_options filter_defaults = {
    .max_line = LINES_MAX_DEFAULT,
    .rejects_max = 1 << 30,
    .drain = 5000,
    .ready_fd = -1,
    .buffer = 16 << 20,
    .max_series = 1000000,
};

static const char *take_self_prefix(const struct opt *o)
{
    if (strlen(o->value) > FILTER_SELF_PREFIX_MAX)
        opt_fail(o, "expected at most %d bytes", FILTER_SELF_PREFIX_MAX);
    return o->value;
}

bool filter_options_take(struct filter_options *options, int id, const struct opt *o)
{
    switch (id) {
    case 'l': options->max_line = opt_size(o, 1, LINES_MAX_MOST); return true;
    case 's': options->strict = true; return true;
    case FILTER_OPTION_REJECTS: options->rejects = o->value; return true;
    case FILTER_OPTION_REJECTS_MAX: options->rejects_max = opt_size(o, 0, rejects_most); return true;
    case FILTER_OPTION_DRAIN: options->drain = opt_duration(o, 0, DAY); return true;
    case FILTER_OPTION_READY_FD: options->ready_fd = (int)opt_uint(o, 0, INT_MAX); return true;
    case FILTER_OPTION_SELF_PREFIX: options->self_prefix = take_self_prefix(o); return true;
    case FILTER_OPTION_SELF_METRICS: options->self_of_statsd = opt_choice(o) == 1; return true;
    case FILTER_OPTION_NO_SELF: options->no_self = true; return true;
    case FILTER_OPTION_BUFFER: options->buffer = opt_size(o, BUFFER_MIN, buffer_max); return true;
    case FILTER_OPTION_MAX_SERIES: options->max_series = opt_uint(o, 1, FILTER_SERIES_MAX); return true;
    default: return false;
    }
}

void filter_options_read(struct filter_options *options, struct opt *o, opt_take *take, void *self)
{
    int id;
    while ((id = opt_next(o)) != -1)
        if (!take(self, id, o))
            filter_options_take(options, id, o);
}
