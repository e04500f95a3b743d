/* options: the command line of statsd-prometheus. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "filter/options.h"
#include "net/place.h"
#include "registry.h"

struct config {
    struct filter_options filter;
    struct registry_options registry;
    struct net_place place;
    bool listens, dry_run;
    const char *textfile, *state;
    const char **seconds; /* owned; registry.seconds shows them */
    size_t seconds_count;
    struct text reserved; /* the prefix of the program's own metrics */
    char **files;         /* ends with NULL; `-` is standard input */
};

/* Ends the program if the command line is wrong. The caller frees seconds and reserved.bytes. */
struct config options_parse(int argc, char **argv);

#endif
