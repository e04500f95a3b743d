/* agg: records in, aggregates out. It owns the known series and the open intervals, and decides
 * when intervals are closed, written and saved. */
#ifndef AGG_H
#define AGG_H

#include <stdbool.h>

#include "base/text.h"
#include "config.h"
#include "filter/lines.h"
#include "filter/out.h"
#include "filter/side.h"

struct agg;

/* rejects (--rejects) and late_lines (--late) may be NULL. They, config and out stay the caller's
 * and must outlive the aggregator. */
struct agg *agg_new(const struct config *config, struct out *out, struct side *rejects, struct side *late_lines);
void agg_free(struct agg *a);

/* Continues from the file of --resume or of --state, if there is one. Live, an interval whose end
 * has passed is closed at once, with its own timestamp. */
void agg_resume(struct agg *a);

/* Names the input that records come from now on, for messages; the name must outlive its use. fd is
 * its descriptor. */
void agg_begin_input(struct agg *a, const char *name, int fd);

/* Takes every buffered line, in order, until --strict stops it. Returns LINES_MORE or LINES_END, as
 * lines_next does. In event time it writes the intervals that become due, which may block. */
enum lines_status agg_take(struct agg *a, struct lines *in);

/* Live: closes the open interval when its time has come, and writes as many rows of a flush in
 * progress as the output has room for. */
void agg_tick(struct agg *a);

/* True while a flush waits for room in the output. */
bool agg_is_flushing(const struct agg *a);

/* How long the caller may sleep before the next agg_tick, in ms; -1: forever. */
int agg_timeout(const struct agg *a);

/* The end: closes and writes all open intervals, blocking, or with --state saves them for the next
 * run, and with them those whose rows have not all left. If that fails, they are written. */
void agg_end(struct agg *a);

/* At the end, saves what is open to the file at path instead of writing it, whatever --state says.
 * The rows of a flush in progress are written first, which may block. False, and nothing changes,
 * with --once, which has nothing to continue, and where the file cannot be used: message, with room
 * for STATE_FILE_MESSAGE_MAX bytes, says why. */
bool agg_save_at_end(struct agg *a, const char *path, char *message);

/* Appends the known series of a family whose names match the pattern (dump.h) to *text, as
 * records. */
void agg_dump(struct agg *a, enum family family, struct span pattern, struct text *text);

/* Forgets the known series of a family whose names match, or, if is_exact, the one of that name,
 * with their samples in the open intervals. Returns how many. */
size_t agg_forget(struct agg *a, enum family family, struct span text, bool is_exact);

/* Appends `records TAB 12 LF` and other figures to *text. */
void agg_figures(struct agg *a, struct text *text);

/* True with --state. */
bool agg_has_state(const struct agg *a);

/* Describes the data that has been read and not written as rows: `an open interval of 3 series`.
 * text, of size bytes, is left as it is if there is nothing. */
void agg_left(const struct agg *a, char *text, size_t size);

/* Prints a message such as `12 records, 2 bad, 1 late, 3 series`. */
void agg_report_counts(const struct agg *a);

/* True once --strict has seen a bad or late record (exit 1), or the output is over: take no more
 * lines. */
bool agg_is_stopped(const struct agg *a);

/* True when the state could not be saved, or --strict has ended the run. */
bool agg_has_failed(const struct agg *a);

#endif
