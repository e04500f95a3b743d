/* options: the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "connections.h"
#include "filter/options.h"
#include "net/place.h"
#include "wire/reader.h"

struct config {
    struct filter_options filter;
    struct net_place *places;
    size_t place_count;
    unsigned mode;          /* of the Unix sockets to come */
    int64_t receive_buffer; /* bytes; 0: the system's */
    struct connection_limits limits;
    struct reader_options reader;
    const char *events; /* the path of a file, or NULL */
    int64_t run_for;    /* ms; 0: no limit */
    int64_t self_interval;
    const char *self_prefix; /* NULL: --no-self */
};

/* Returns what the command line and LISTEN_FDS ask for, or ends the program. The caller frees
 * places and reader.gauge_signs. */
struct config parse_args(int argc, char **argv);

#endif
