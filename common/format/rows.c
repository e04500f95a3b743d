#include "format/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "format/row_plain.h"

enum { SLOTS_BITS = 8, SLOTS = 1 << SLOTS_BITS, KINDS_MOST = SLOTS / 2, KIND_LEAST = 8, KIND_MOST = 32 };

/* The bytes of a kind, in words that overlap where there are fewer than 32. */
struct key {
    uint64_t words[4];
    size_t length;
};

struct row_kind {
    struct key key; /* of length 0 where the slot is free */
    void *data;
};

void rows_init(struct rows *r, const struct rows_owner *owner, void *self, const char *program, size_t max_line)
{
    *r = (struct rows){ .owner = owner, .self = self, .max_line = max_line };
    snprintf(r->record_why, sizeof r->record_why, "%s %s?", aggregate_error_why(AGGREGATE_RECORD), program);
    if (!owner->learn)
        return;
    r->kinds = xcalloc(SLOTS, sizeof *r->kinds);
    r->kind_data = xcalloc(KINDS_MOST + 1, owner->kind_size);
}

void rows_free(struct rows *r)
{
    free(r->kinds);
    free(r->kind_data);
}

/* --- intervals and lines ---------------------------------------------------------------------- */

static void begin(struct rows *r, const struct aggregate *a)
{
    r->is_open = true;
    r->time = a->time;
    r->time_length = a->time_text.length < sizeof r->time_text ? a->time_text.length : sizeof r->time_text;
    memcpy(r->time_text, a->time_text.text, r->time_length);
    r->plain_time = row_time(a->time_text);
}

void rows_end(struct rows *r)
{
    if (!r->is_open)
        return;
    r->is_open = false;
    r->plain_time.length = 0;
    r->owner->end(r->self);
}

static bool take(struct rows *r, const struct aggregate *a, struct rows_refusal *refused)
{
    if (a->time != r->time)
        rows_end(r);
    if (!r->is_open)
        begin(r, a);
    bool taken = r->owner->row(r->self, a, refused);
    if (aggregate_ends_interval(a)) {
        r->has_ends = true;
        rows_end(r);
    }
    return taken;
}

bool rows_line(struct rows *r, const struct rows_line *line, struct rows_refusal *refused)
{
    struct aggregate a;
    struct span culprit = line->text;
    enum aggregate_error error = line->too_long ? AGGREGATE_TOO_LONG
                                 : line->torn   ? AGGREGATE_TORN
                                                : aggregate_parse(line->text.text, line->text.length, &a, &culprit);
    if (error == AGGREGATE_OK)
        return take(r, &a, refused);
    *refused = (struct rows_refusal){
        .what = aggregate_error_what(error),
        .culprit = culprit,
        .why = error == AGGREGATE_RECORD ? r->record_why : aggregate_error_why(error),
        .is_unknown = error == AGGREGATE_UNKNOWN_TYPE,
    };
    return false;
}

/* --- kinds ------------------------------------------------------------------------------------ */

static inline struct key make_key(const char *text, size_t length)
{
    size_t last = length - 8;
    return (struct key){ { word_load(text), word_load(text + (last < 8 ? last : 8)),
                           word_load(text + (last < 16 ? last : 16)), word_load(text + last) },
                         length };
}

static inline bool is_same(const struct key *a, const struct key *b)
{
    return !((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]) | (a->words[2] ^ b->words[2]) |
             (a->words[3] ^ b->words[3]) | (a->length ^ b->length));
}

/* The slot of the key, or the free one where it belongs. */
static inline struct row_kind *find_kind(const struct rows *r, const struct key *key)
{
    uint64_t mixed = (key->words[0] + key->words[1] * 3 + key->words[3] * 5) * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t slot = mixed >> (64 - SLOTS_BITS);; slot = (slot + 1) % SLOTS)
        if (!r->kinds[slot].key.length || is_same(&r->kinds[slot].key, key))
            return &r->kinds[slot];
}

/* A kind seen for the first time. NULL when it is none, or its rows are not for rows_next: own rows
 * may end an interval. */
static void *learn(struct rows *r, const struct key *key, const char *line, const char *next)
{
    struct aggregate a;
    size_t size = r->owner->kind_size;
    char *data = r->kind_data + r->kind_count * size;
    if (!row_plain_kind(line, next, &a) || a.type == AGGREGATE_OWN || !r->owner->learn(r->self, &a, data))
        return NULL;
    if (r->kind_count == KINDS_MOST) {
        memset(r->kinds, 0, SLOTS * sizeof *r->kinds);
        data = memcpy(r->kind_data, data, size);
        r->kind_count = 0;
    }
    r->kind_count++;
    *find_kind(r, key) = (struct row_kind){ *key, data };
    return data;
}

static inline void *data_of(struct rows *r, const struct row *row, const char *line, const char *next)
{
    size_t length = (size_t)(row->value - row->kind);
    if (length < KIND_LEAST || length > KIND_MOST)
        return NULL;
    struct key key = make_key(row->kind, length);
    const struct row_kind *kind = find_kind(r, &key);
    return kind->key.length ? kind->data : learn(r, &key, line, next);
}

const char *rows_next(struct rows *r, const char *line, const char *end, struct row *row)
{
    if (!r->plain_time.length)
        return NULL;
    const char *next = row_plain(&r->plain_time, line, end - line > ROW_MOST ? line + ROW_MOST : end, row);
    if (!next || (size_t)(next - 1 - line) > r->max_line)
        return NULL;
    row->data = data_of(r, row, line, next);
    return row->data ? next : NULL;
}
