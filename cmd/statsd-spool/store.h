/* store: the intervals that wait for the sink, in the order in which they have come.
 *
 * A segment is in its file, or in memory if the file could not be written. The first `under_way` of
 * them have been fed to the sink, the last of those perhaps in part; they stay until they are done.
 * The others can be dropped, the oldest first: when all together would exceed --max, and when those
 * in memory would exceed --buffer. What is dropped is counted in lines. A file that cannot
 * be read counts as at least one. */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/die.h"
#include "base/span.h"
#include "directory.h"
#include "filter/out.h"
#include "segment.h"
#include "tally.h"

/* The self-metrics that go into the next complete interval. */
struct told {
    uint64_t lines_dropped, bad_lines, rejects_lost;
};

enum { STORE_RETRY = 1000 }; /* ms: how often a full disk, or a file that cannot be read, is tried again */

struct segment {
    struct segment_name name;
    uint64_t size;    /* bytes */
    uint64_t lines;   /* STORE_UNCOUNTED: of a segment of an earlier run */
    char *bytes;      /* in memory; NULL: in its file */
    bool is_checked;  /* its rows are known to be whole */
    struct told told; /* what its own rows tell */
};
#define STORE_UNCOUNTED UINT64_MAX

struct store_options {
    const char *path;
    uint64_t max;  /* bytes of all segments */
    size_t buffer; /* bytes of those in memory */
    bool syncs;
};

struct store {
    struct directory directory;
    struct store_options options;
    struct segment *room, *segments; /* the segments begin somewhere in the room */
    size_t count, capacity;          /* the latter of the room */
    size_t under_way;
    size_t safe; /* how many, from the first, have been named on --done-fd */
    uint64_t next_seq;
    uint64_t bytes, memory; /* of all segments and the open interval; of these, in memory */
    struct out *done;       /* --done-fd, or NULL */
    bool has_gap;           /* an interval was dropped before it was safe: none after it is named */
    bool is_full;           /* the directory could not be written */
    int64_t retry;          /* monotonic ms: when to try again */
    bool is_rereading;      /* a segment could not be read */
    int64_t reread;         /* monotonic ms: when to try that again */
    bool has_unread;        /* a file could not be read: the exit status will be 1 */
    struct told untold;
    struct tally dropped;                           /* in all */
    uint64_t done_count;                            /* intervals */
    struct tally over_max, over_buffer, unreadable; /* dropped since the last message, and why */
    struct complaint drops, files, torn, foreign;
};

/* Opens the directory and takes over the files in it, or ends the program. done may be NULL. */
void store_open(struct store *s, const struct store_options *options, struct out *done);

/* Closes it. What is only in memory is lost: call store_lose first. */
void store_close(struct store *s);

/* Adds an interval that is complete; its bytes are counted already. Tries the directory again if
 * that is due (now: monotonic ms), and reports what has been dropped. */
void store_add(struct store *s, const struct segment *segment, int64_t now);

/* Drops segments until `more` bytes can be added. False: there is nothing left to be dropped.
 * store_make_memory does the same for memory. */
bool store_make_room(struct store *s, uint64_t more);
bool store_make_memory(struct store *s, uint64_t more);

/* Counts lines that were dropped before they became a segment, and gives back the self-metrics in
 * them. */
void store_drop_lines(struct store *s, struct tally lines, const struct told *told);

/* Reports what has been dropped since the last report. */
void store_report_drops(struct store *s);

/* Prints `WHAT DIR/NAME: reason: …` for the first failure of a write, and keeps intervals in memory
 * from then on. */
void store_write_failed(struct store *s, const char *name, int error, int64_t now);

/* Makes sure that the segment has whole rows only. False: it had none and is removed, or it could
 * not be read (store_read_failed). now is monotonic ms. */
bool store_check(struct store *s, size_t index, int64_t now);

/* The file of a segment could not be read: error is an errno, or 0 if it has become shorter. True:
 * descriptors or memory are short, the segment stays, and is to be read again after `reread`.
 * False: it is taken out. If its file is gone or shorter, its lines are lost; otherwise its file
 * stays for the next start. */
bool store_read_failed(struct store *s, size_t index, int error, int64_t now);

/* The first `count` segments are done. */
void store_finish(struct store *s, size_t count);

/* Writes the segments in memory to the directory if there is room. Call it after `retry`. */
void store_settle(struct store *s, int64_t now);

/* Drops the segments in memory and counts their lines: the run is over. */
void store_lose(struct store *s);

/* Reports how many messages have not been printed. */
void store_summarize(struct store *s);

/* The number of lines that wait. It reads files of earlier runs. */
struct tally store_count_lines(struct store *s);

#endif
