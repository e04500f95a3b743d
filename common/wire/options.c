#include "wire/options.h"

#include <string.h>

#include "base/die.h"
#include "base/list.h"
#include "format/tags.h"

static const struct {
    const char *name;
    unsigned flavours;
} flavour_words[] = {
    { "dogstatsd", TAGS_DOGSTATSD },
    { "graphite", TAGS_GRAPHITE },
    { "influx", TAGS_INFLUX },
    { "librato", TAGS_LIBRATO },
    { "signalfx", TAGS_SIGNALFX },
    { "all", TAGS_ALL },
    { "none", 0 },
};

static unsigned flavours_of(const struct opt *o, const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof flavour_words / sizeof *flavour_words; i++)
        if (strlen(flavour_words[i].name) == length && memcmp(flavour_words[i].name, word, length) == 0)
            return flavour_words[i].flavours;
    opt_fail(o, "unknown word %s: expected dogstatsd, graphite, influx, librato, signalfx, all or none",
             quote(word, length).text);
}

static unsigned parse_flavours(const struct opt *o)
{
    unsigned flavours = 0;
    struct list list = list_of(o->value);
    struct span word;
    if (!*o->value)
        flavours_of(o, "", 0);
    while (list_next(&list, &word))
        flavours |= flavours_of(o, word.text, word.length);
    return flavours;
}

bool wire_options_take(int id, const struct opt *o, struct wire_options *options)
{
    static const char *const signs[] = { "delta", "absolute", NULL };
    switch (id) {
    case WIRE_OPTION_TAGS: options->flavours = parse_flavours(o); return true;
    case WIRE_OPTION_RAW_NAMES: options->raw_names = true; return true;
    case WIRE_OPTION_MAX_NAME: options->max_name = opt_size(o, 1, 1 << 20); return true;
    case WIRE_OPTION_GAUGE_SIGN: options->absolute_gauges = opt_choice(o, signs) == 1; return true;
    default: return false;
    }
}
