#include "keep.h"

#include "base/clock.h"

enum { FEW = 100000 }; /* series and samples: saving them takes no noticeable time */

void keep_init(struct keep *k, const struct store *s, struct out *out)
{
    *k = (struct keep){
        .store = s,
        .out = out,
        .file = s->config->state ? state_file_open(s->config->state) : NULL,
        .is_often = s->config->state && !s->config->clock.length,
    };
}

void keep_close(struct keep *k)
{
    state_file_close(k->file);
    k->file = NULL;
    k->is_often = false;
}

bool keep_save(struct keep *k, int64_t now, enum state_extent extent)
{
    bool good = state_save(k->store, k->file, now, extent);
    k->has_failed |= !good;
    return good;
}

/* While samples of other intervals are only in memory and in the file, they stay in the file. */
void keep_closed(struct keep *k, int64_t now)
{
    if (k->is_often)
        keep_save(k, now, k->store->due_count || k->is_restored ? STATE_OPEN : STATE_CLOSED);
}

static void save_ahead(struct keep *k, int64_t now)
{
    k->is_ahead = true;
    keep_save(k, now, STATE_OPEN);
}

void keep_begin(struct keep *k, const struct interval *interval, int64_t now)
{
    k->kept_up = clock_monotonic_ms();
    k->is_ahead = false;
    if (k->is_often && k->store->config->mode == TIME_LIVE && interval->records + k->store->table.known <= FEW)
        save_ahead(k, now);
}

void keep_check(struct keep *k, int64_t now)
{
    if (!keep_is_watching(k))
        return;
    int64_t monotonic = clock_monotonic_ms();
    if (!out_pending(k->out))
        k->kept_up = monotonic;
    else if (monotonic - k->kept_up >= KEEP_PATIENCE)
        save_ahead(k, now);
}

bool keep_is_watching(const struct keep *k)
{
    return k->is_often && !k->is_ahead;
}

void keep_wait(const struct keep *k)
{
    if (keep_is_watching(k))
        out_flush_until(k->out, clock_monotonic_ms() + KEEP_PATIENCE);
    else
        out_flush(k->out);
}
