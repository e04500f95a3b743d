#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "agg_parts.h"
#include "base/clock.h"
#include "base/die.h"
#include "dump.h"
#include "state.h"

bool agg_resume_once(struct agg *a)
{
    struct state_file *file = state_file_open(a->config->resume);
    bool is_loaded = state_load(&a->store, file, a->intake.adder.now);
    if (is_loaded && unlink(state_file_path(file)) < 0)
        warn_errno("remove %s", state_file_path(file));
    state_file_close(file);
    return is_loaded;
}

void agg_dump(struct agg *a, enum family family, struct span pattern, struct text *text)
{
    size_t length;
    char *records = dump_series(&a->store, clock_wall_ms(), family, pattern, &length);
    text_put(text, (struct span){ records, length });
    free(records);
}

size_t agg_forget(struct agg *a, enum family family, struct span text, bool is_exact)
{
    return dump_forget(&a->store, &a->flush, family, text, is_exact ? DUMP_SERIES : DUMP_PATTERN);
}

void agg_figures(struct agg *a, struct text *text)
{
    const struct adder *adder = &a->intake.adder;
    uint64_t bad_lines;
    int64_t last_packet;
    agg_receiver_figures(a, &bad_lines, &last_packet);
    text_print(text, "records\t%" PRIu64 "\n", a->intake.lines);
    text_print(text, "bad_records\t%" PRIu64 "\n", adder->bad.complaint.total);
    text_print(text, "late_records\t%" PRIu64 "\n", adder->late.complaint.total);
    text_print(text, "series\t%" PRIu32 "\n", a->store.table.known);
    text_print(text, "series_refused\t%" PRIu64 "\n", adder->series.complaint.total);
    text_print(text, "bad_lines_seen\t%" PRIu64 "\n", bad_lines);
    text_print(text, "last_packet\t%" PRId64 "\n", last_packet / 1000);
    text_print(text, "flushing\t%d\n", agg_is_flushing(a));
}
