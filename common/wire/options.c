#include "wire/options.h"

#include "base/list.h"
#include "format/tags.h"

static unsigned parse_flavours(const struct opt *o)
{
    /* In the order of the row's words. */
    static const unsigned flavours[] = {
        TAGS_DOGSTATSD, TAGS_GRAPHITE, TAGS_INFLUX, TAGS_LIBRATO, TAGS_SIGNALFX, TAGS_ALL, 0
    };
    unsigned chosen = 0;
    struct list list = list_of(o->value);
    struct span word = SPAN("");
    do {
        list_next(&list, &word);
        chosen |= flavours[opt_word(o, word)];
    } while (list.next);
    return chosen;
}

bool wire_options_take(int id, const struct opt *o, struct wire_options *options)
{
    switch (id) {
    case WIRE_OPTION_TAGS: options->flavours = parse_flavours(o); return true;
    case WIRE_OPTION_RAW_NAMES: options->raw_names = true; return true;
    case WIRE_OPTION_MAX_NAME: options->max_name = opt_size(o, 1, 1 << 20); return true;
    case WIRE_OPTION_GAUGE_SIGN: options->absolute_gauges = opt_choice(o) == 1; return true;
    default: return false;
    }
}
