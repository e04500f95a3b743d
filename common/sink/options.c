#include "sink/options.h"

#include <limits.h>

enum { BUFFER_MIN = 1 << 12, BATCH_MIN = 1 << 9, HOUR = 3600 * 1000 };

static const uint64_t buffer_max = (uint64_t)1 << 36, batch_max = (uint64_t)1 << 30, rate_max = 1000000000;

/* The defaults of filter/options.h are an object, which C does not accept in an initialiser. */
struct sink_options sink_defaults(void)
{
    return (struct sink_options){
        .filter = filter_defaults,
        .buffer = 64 << 20,
        .batch = 1 << 20,
        .timeout = 30000,
        .done_fd = -1,
    };
}

bool sink_options_take(struct sink_options *options, int id, const struct opt *o)
{
    switch (id) {
    case 'n': options->dry_run = true; return true;
    case SINK_OPTION_BUFFER: options->buffer = opt_size(o, BUFFER_MIN, buffer_max); return true;
    case SINK_OPTION_BATCH: options->batch = opt_size(o, BATCH_MIN, batch_max); return true;
    case SINK_OPTION_TIMEOUT: options->timeout = opt_duration(o, 1, HOUR); return true;
    case SINK_OPTION_WAIT: options->wait = true; return true;
    case SINK_OPTION_RATE: options->rate = opt_uint(o, 1, rate_max); return true;
    case SINK_OPTION_DONE_FD: options->done_fd = (int)opt_uint(o, 0, INT_MAX); return true;
    default: return filter_options_take(&options->filter, id, o);
    }
}

void sink_options_read(struct sink_options *options, struct opt *o, opt_take *take, void *self)
{
    int id;
    while ((id = opt_next(o)) != -1)
        if (!take(self, id, o))
            sink_options_take(options, id, o);
}
