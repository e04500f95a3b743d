#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/word.h"
#include "base/xalloc.h"

enum { SLOTS_BITS = 8, SLOTS = 1 << SLOTS_BITS, KINDS_MOST = SLOTS / 2, KIND_LEAST = 8, KIND_MOST = 32 };
enum { BLOCK = AGGREGATE_READABLE };

_Static_assert((int)AGGREGATE_VALUE_MOST <= BLOCK / 2, "a value is copied as half a block");
_Static_assert((int)PATH_FRAME_HEAD_MOST == BLOCK && (int)PATH_FRAME_TAIL_MOST == BLOCK,
               "so are a frame's pieces, or as one");
_Static_assert(sizeof((struct rows *)0)->time_column >= AGGREGATE_TIME_MOST + 2, "there is room for a time");

/* The bytes of a kind, in words that overlap where there are fewer than 32. */
struct key {
    uint64_t words[4];
    size_t length;
};

struct row_kind {
    struct key key; /* of length 0 where the slot is free */
    bool wanted;
    struct path_frame frame;
};

void rows_init(struct rows *r, const struct paths *paths, bool no_counts)
{
    *r = (struct rows){ .paths = paths, .no_counts = no_counts, .kinds = xcalloc(SLOTS, sizeof *r->kinds) };
}

void rows_free(struct rows *r)
{
    free(r->kinds);
}

void rows_open(struct rows *r, struct span time_text)
{
    r->has_time = aggregate_time(&r->time, time_text);
    if (!r->has_time)
        return;
    r->time_column[0] = ' ';
    memcpy(r->time_column + 1, time_text.text, time_text.length);
    r->time_column[1 + time_text.length] = '\n';
    r->time_column_length = time_text.length + 2;
}

/* --- kinds ------------------------------------------------------------------------------------------------------------- */

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

/* A kind seen for the first time. NULL when it is none, or its rows are not for us. */
static const struct row_kind *learn(struct rows *r, const struct key *key, const char *line, const char *next)
{
    struct aggregate a;
    struct path_frame frame;
    if (!aggregate_plain_kind(line, next, &a) || a.type == AGGREGATE_OWN || !path_frame(r->paths, &frame, &a))
        return NULL;
    if (r->kinds_count == KINDS_MOST) {
        memset(r->kinds, 0, SLOTS * sizeof *r->kinds);
        r->kinds_count = 0;
    }
    r->kinds_count++;
    struct row_kind *kind = find_kind(r, key);
    bool wanted = !(r->no_counts && a.type == AGGREGATE_COUNTER && span_is(a.statistic, "count"));
    *kind = (struct row_kind){ *key, wanted, frame };
    return kind;
}

static inline const struct row_kind *kind_of(struct rows *r, const struct aggregate_plain *row, const char *line,
                                             const char *next)
{
    size_t length = (size_t)(row->value - row->kind);
    if (length < KIND_LEAST || length > KIND_MOST)
        return NULL;
    struct key key = make_key(row->kind, length);
    const struct row_kind *kind = find_kind(r, &key);
    return kind->key.length ? kind : learn(r, &key, line, next);
}

/* --- writing ----------------------------------------------------------------------------------------------------------- */

/* Copies blocks, up to one more than there are bytes; the rest is overwritten by what comes next. */
static inline char *put(char *to, const char *from, size_t length)
{
    size_t done = 0;
    do
        memcpy(to + done, from + done, BLOCK);
    while ((done += BLOCK) < length);
    return to + length;
}

/* The same of few bytes, mostly less than half a block. */
static inline char *put_few(char *to, const char *from, size_t length)
{
    memcpy(to, from, BLOCK / 2);
    if (length > BLOCK / 2)
        memcpy(to + BLOCK / 2, from + BLOCK / 2, BLOCK / 2);
    return to + length;
}

static inline char *put_row(const struct rows *r, char *to, const char *line, const struct aggregate_plain *row,
                            const struct path_frame *frame)
{
    to = put_few(to, frame->head, frame->head_length);
    to = put(to, line, (size_t)(row->name_end - line));
    to = put_few(to, frame->tail, frame->tail_length);
    if (row->name_end != row->kind)
        to = put(to, row->name_end, (size_t)(row->kind - row->name_end));
    *to++ = ' ';
    memcpy(to, row->value, BLOCK / 2);
    to += row->value_end - row->value;
    memcpy(to, r->time_column, sizeof r->time_column);
    return to + r->time_column_length;
}

void rows_take(struct rows *r, struct rows_work *w)
{
    const char *line = w->from;
    char *to = w->to;
    uint64_t read = 0, written = 0;
    while (r->has_time && w->to_end - to >= ROWS_ROOM_LEAST) {
        struct aggregate_plain row;
        const char *end = w->end - line > ROWS_READ_MOST ? line + ROWS_READ_MOST : w->end;
        const char *next = aggregate_plain(&r->time, line, end, &row);
        if (!next || (size_t)(next - 1 - line) > w->max_line)
            break;
        const struct row_kind *kind = kind_of(r, &row, line, next);
        if (!kind)
            break;
        if (kind->wanted) {
            to = put_row(r, to, line, &row, &kind->frame);
            written++;
        }
        line = next;
        read++;
    }
    w->from = line;
    w->to = to;
    w->read += read;
    w->written += written;
}
