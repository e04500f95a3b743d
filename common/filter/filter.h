/* filter: the loop of a program that reads lines from files or standard input and does something
 * with them.
 *
 * A filter is a callback that takes lines, a few callbacks for its other work, and its options:
 *
 *     struct parse parse = { … };
 *     filter_begin(&parse.filter, &config.filter, OUT_BLOCKING);
 *     …                                            the program begins its own parts
 *     return (int)filter_run(&parse.filter, config.files, &calls, &parse);
 *
 * The loop opens the files one after the other, reads them, and calls `take`. Before it can block
 * it flushes standard output and the side files; it also flushes the side files once a second. It
 * ends at the end of the last file, --drain after a TERM, INT or HUP (at once if it reads from a
 * terminal), or when the reader of standard output has gone. At USR1 it prints a status line and
 * opens the side files again. A file that cannot be opened or read to its end is reported and makes
 * the exit status 1, and the loop goes on with the next. At an early end (signals.h) it reports
 * what has not been written, without calling `end`. */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"
#include "base/shortage.h"
#include "filter/lines.h"
#include "filter/options.h"
#include "filter/out.h"
#include "filter/progress.h"
#include "filter/side.h"

enum filter_next {
    FILTER_MORE, /* everything that is buffered has been taken */
    FILTER_END,  /* so has the last line of the file: lines_next has returned LINES_END */
    FILTER_STOP, /* the run is over, whatever is left to read */
};

/* What a program does; each gets filter_run's self. All but take may be NULL. */
struct filter_calls {
    /* Takes the lines that are buffered. When --drain is over it is called once more, with in->cut
     * set, and an incomplete line is then the last, torn one. */
    enum filter_next (*take)(void *self, struct lines *in);
    /* True while the program cannot take more input, so nothing is read. `take` is then called
     * after every turn until it can. */
    bool (*is_full)(void *self);
    /* Nothing more can be read now: writes the output that the program has held back to standard
     * output and the side files. */
    void (*pause)(void *self);
    /* FILTER_QUIET ms have passed without input. Called once until input comes again. */
    void (*quiet)(void *self);
    /* Called in every turn. Returns the latest time (monotonic ms) for the next call, or INT64_MAX
     * if there is none. */
    int64_t (*tick)(void *self);
    /* A descriptor of the program's own: watch sets *p to what to poll for and returns the same as
     * tick; step gets the result of poll. */
    int64_t (*watch)(void *self, struct pollfd *p);
    void (*step)(void *self, short revents);
    /* There is no more input: writes what is left. */
    void (*end)(void *self);
    /* A write to standard output has failed, and nothing more can be written: called instead of
     * `end`. */
    void (*fail)(void *self);
    /* Everything is written: prints how many messages were not shown, and with --verbose the totals
     * of the run. */
    void (*summarise)(void *self);
    /* Prints a status line on standard error, for USR1. */
    void (*status)(void *self);
    /* The end is early: describes what the program has not written to standard output, such as `an
     * open interval of 3 series`. text has room for FILTER_LEFT_MAX bytes and is empty. */
    void (*left)(void *self, char *text);
    /* Its input usually has no end, so input left unread when --drain is over is no failure. */
    bool is_endless;
};

enum { FILTER_LEFT_MAX = 512 };
enum { FILTER_QUIET = 1000 }; /* ms: then an interval of aggregates without numStats is complete */

struct filter {
    const struct filter_options *options;
    const struct filter_calls *calls;
    void *self;
    struct out out;       /* standard output; unused with FILTER_NO_OUT */
    struct side *rejects; /* the file of --rejects, or NULL */
    struct side_files side;
    const char *where; /* the file being read, for messages: `stdin`, or its path */
    bool has_out, is_queue, is_quiet;
    bool failed;  /* the exit status will be 1 */
    bool is_over; /* --drain is over, or the end is early */
    bool is_early;
    bool on_terminal;   /* the file being read is one */
    int64_t now;        /* monotonic ms, as of this turn */
    int64_t last_input; /* when something was read last */
    int64_t signalled;  /* when the first TERM, INT or HUP came; 0: none has */
    int64_t due;        /* what tick has returned */
    struct progress progress;
    struct shortages shortages;
};

/* A value for out_flags: the program doesn't write to standard output. */
enum { FILTER_NO_OUT = 1 << 8 };

/* Checks the descriptor of --ready-fd, installs the signal handlers, and opens standard output
 * (out_flags as out_init takes them) and the file of --rejects, or ends the program. options must
 * outlive the filter. */
void filter_begin(struct filter *f, const struct filter_options *options, int out_flags);

/* Reads the files, a NULL-terminated list in which `-` is standard input, and returns the exit
 * status. Reports on --ready-fd first. Closes standard output and the side files. */
enum exit_code filter_run(struct filter *f, char **files, const struct filter_calls *calls, void *self);

/* For `end`: one turn without input, in which only the program's own descriptor and signals are
 * waited for, until the time `until` (monotonic ms) at the latest. f->now is then the present
 * time. */
void filter_turn(struct filter *f, int64_t until);

/* True once a write to standard output has failed. */
static inline bool filter_has_failed_out(const struct filter *f)
{
    return f->has_out && f->out.error;
}

/* For filter_run alone: calls `end` or `fail`, closes standard output and the side files, and
 * reports what has not been written. */
void filter_end(struct filter *f);

#endif
