#include "run/parcel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/xalloc.h"
#include "run/clock.h"
#include "run/fields.h"

enum { NUMBER_ROOM = 24 };

/* --- keys and markers ------------------------------------------------------------------------- */

/* Takes what comes after the last slash away from *rest. */
static bool last_part(struct span *rest, struct span *part)
{
    const char *slash = rest->length ? memrchr(rest->text, '/', rest->length) : NULL;
    if (!slash)
        return false;
    *part = span_between(slash + 1, rest->text + rest->length);
    rest->length = (size_t)(slash - rest->text);
    return true;
}

bool parcel_key_read(struct span key, struct parcel_key *read)
{
    struct span chunk, position;
    if (!last_part(&key, &chunk) || !last_part(&key, &read->id) || !last_part(&key, &position) ||
        !log_source_name_is_good(read->id) || !field_number(position, &read->position))
        return false;
    read->group = key;
    if (span_is(chunk, "end"))
        read->chunk = PARCEL_END;
    else if (!field_number(chunk, &read->chunk) || read->chunk >= PARCEL_CHUNKS_MOST)
        return false;
    return true;
}

static void put_number(struct text *to, int64_t number)
{
    text_added(to, (size_t)snprintf(text_room(to, NUMBER_ROOM), NUMBER_ROOM, "%" PRId64, number));
}

void parcel_key_write(const struct parcel_key *key, struct text *to)
{
    text_put(to, key->group);
    text_put_byte(to, '/');
    put_number(to, key->position);
    text_put_byte(to, '/');
    text_put(to, key->id);
    text_put_byte(to, '/');
    if (key->chunk == PARCEL_END)
        text_put_string(to, "end");
    else
        put_number(to, key->chunk);
}

bool parcel_marker_read(struct span value, struct parcel_marker *read)
{
    enum { POSITION, END, NUMBER, LENGTH, CHUNKS, CHECKSUM, WORDS };
    static const char *const names[WORDS] = { "position=", "end=", "state=", "length=", "chunks=", "checksum=" };
    struct span words[WORDS], word;
    for (int i = 0; i < WORDS; i++)
        if (!field_next(&value, ' ', &word) || !field_after(word, names[i], &words[i]))
            return false;
    return !value.text && field_number(words[POSITION], &read->position) && field_time(words[END], &read->end) &&
           field_number(words[NUMBER], &read->number) && field_number(words[LENGTH], &read->length) &&
           field_number(words[CHUNKS], &read->chunks) && read->chunks <= PARCEL_CHUNKS_MOST &&
           field_hexadecimal(words[CHECKSUM], &read->checksum);
}

void parcel_marker_write(const struct parcel_marker *marker, struct text *to)
{
    text_put_string(to, "position=");
    put_number(to, marker->position);
    text_put_string(to, " end=");
    if (marker->end == FIELD_NO_TIME)
        text_put_string(to, "none");
    else
        text_added(to, clock_format_millis(marker->end, text_room(to, CLOCK_TEXT_MAX)));
    text_put_string(to, " state=");
    put_number(to, marker->number);
    text_put_string(to, " length=");
    put_number(to, marker->length);
    text_put_string(to, " chunks=");
    put_number(to, marker->chunks);
    enum { MOST = 40 };
    text_added(to, (size_t)snprintf(text_room(to, MOST), MOST, " checksum=%016" PRIx64, marker->checksum));
}

uint64_t parcel_checksum(uint64_t before, struct span chunk)
{
    static const struct hash_seed seed = { { UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd1b54a32d192ed03),
                                             UINT64_C(0x8cb92ba72f3d8dd7), UINT64_C(0xaaaaaaaaaaaaaaab) } };
    return hash_fold(before ^ seed.words[1], seed.words[2]) ^ hash_bytes(&seed, chunk.text, chunk.length, 0);
}

/* --- the head --------------------------------------------------------------------------------- */

void parcel_write_head(const struct log_clock *clock, struct text *to)
{
    struct text head = { NULL, 0, 0 };
    log_clock_write(clock, &head);
    text_put_string(to, "head ");
    put_number(to, (int64_t)head.length);
    text_put_byte(to, '\n');
    text_put(to, text_span(&head));
    free(head.bytes);
}

bool parcel_read_head(const struct parcel *p, struct text *head, size_t *body)
{
    struct span first = p->chunk_count ? text_span(&p->chunks[0].text) : SPAN(""), rest = first, line, number;
    int64_t length;
    if (!field_next(&rest, '\n', &line) || !rest.text || !field_after(line, "head ", &number) ||
        !field_number(number, &length) || length > p->marker.length)
        return false;
    size_t skip = line.length + 1, left = (size_t)length;
    *body = skip + left;
    for (int64_t i = 0; i < p->chunk_count && left; i++) {
        const struct text *chunk = &p->chunks[i].text;
        size_t take = chunk->length - skip < left ? chunk->length - skip : left;
        text_put(head, (struct span){ chunk->bytes + skip, take });
        left -= take;
        skip = 0;
    }
    return !left;
}

/* --- the shelf -------------------------------------------------------------------------------- */

void shelf_init(struct shelf *s, struct span group)
{
    *s = (struct shelf){ .group = group };
}

static void drop_text(struct parcel_chunk *chunk)
{
    free(chunk->text.bytes);
    chunk->text = (struct text){ NULL, 0, 0 };
}

static void drop_texts(struct parcel *p)
{
    for (int64_t i = 0; i < p->chunk_count; i++)
        drop_text(&p->chunks[i]);
}

static void free_parcel(struct parcel *p)
{
    drop_texts(p);
    free(p->chunks);
    free(p->id);
    free(p);
}

void shelf_free(struct shelf *s)
{
    for (size_t i = 0; i < s->count; i++)
        free_parcel(s->parcels[i]);
    free(s->parcels);
    *s = (struct shelf){ .group = s->group };
}

static struct parcel *add_parcel(struct shelf *s, int64_t position, struct span id)
{
    if (s->count == s->capacity) {
        s->capacity = 2 * s->capacity + 8;
        s->parcels = xreallocarray(s->parcels, s->capacity, sizeof *s->parcels);
    }
    struct parcel *p = xcalloc(1, sizeof *p);
    p->position = position;
    p->id = xstrndup(id.text, id.length);
    s->parcels[s->count++] = p;
    return p;
}

/* The newest are the last, and the ones that are asked for. */
static struct parcel *find_parcel(const struct shelf *s, int64_t position, struct span id)
{
    for (size_t i = s->count; i-- > 0;)
        if (s->parcels[i]->position == position && span_is(id, s->parcels[i]->id))
            return s->parcels[i];
    return NULL;
}

const struct parcel *shelf_best(const struct shelf *s)
{
    const struct parcel *best = NULL;
    for (size_t i = 0; i < s->count; i++)
        if (s->parcels[i]->is_whole && (!best || s->parcels[i]->position > best->position))
            best = s->parcels[i];
    return best;
}

static bool check(const struct parcel *p)
{
    const struct parcel_marker *m = &p->marker;
    int64_t length = 0;
    uint64_t checksum = 0;
    if (!p->has_marker || m->position != p->position || m->chunks != p->chunk_count)
        return false;
    for (int64_t i = 0; i < p->chunk_count; i++) {
        const struct text *text = &p->chunks[i].text;
        if (!text->bytes)
            return false;
        length += (int64_t)text->length;
        checksum = parcel_checksum(checksum, text_span(text));
    }
    return length == m->length && checksum == m->checksum;
}

/* One that is not as far as the best is never wanted: the best can only be taken back after a
 * better one has come. */
static bool is_wanted(const struct shelf *s, const struct parcel *p)
{
    const struct parcel *best = shelf_best(s);
    return !best || p == best || p->position > best->position;
}

static void make_room(struct parcel *p, int64_t count)
{
    if (count <= p->chunk_count)
        return;
    p->chunks = xreallocarray(p->chunks, (size_t)count, sizeof *p->chunks);
    for (; p->chunk_count < count; p->chunk_count++)
        p->chunks[p->chunk_count] = (struct parcel_chunk){ .is_there = false };
}

static void take_chunk(const struct shelf *s, struct parcel *p, int64_t number, struct span value)
{
    make_room(p, number + 1);
    struct parcel_chunk *chunk = &p->chunks[number];
    drop_text(chunk);
    chunk->is_there = value.text != NULL;
    if (chunk->is_there && is_wanted(s, p)) {
        text_room(&chunk->text, value.length);
        text_put(&chunk->text, value);
    }
    p->is_whole = p->is_whole && check(p);
}

static void take_marker(const struct shelf *s, struct parcel *p, struct span value)
{
    p->has_marker = value.text && parcel_marker_read(value, &p->marker);
    p->is_whole = is_wanted(s, p) && check(p);
    if (!p->is_whole)
        return;
    for (size_t i = 0; i < s->count; i++)
        if (s->parcels[i]->position < p->position) {
            s->parcels[i]->is_whole = false;
            drop_texts(s->parcels[i]);
        }
}

static bool is_empty(const struct parcel *p)
{
    for (int64_t i = 0; i < p->chunk_count; i++)
        if (p->chunks[i].is_there)
            return false;
    return !p->has_marker;
}

static void remove_parcel(struct shelf *s, struct parcel *p)
{
    size_t i = 0;
    while (s->parcels[i] != p)
        i++;
    free_parcel(p);
    memmove(s->parcels + i, s->parcels + i + 1, (s->count - i - 1) * sizeof *s->parcels);
    s->count--;
}

bool shelf_take(struct shelf *s, struct span key, struct span value)
{
    struct parcel_key read;
    if (!parcel_key_read(key, &read))
        return false;
    if (!span_equal(read.group, s->group))
        return true;
    struct parcel *p = find_parcel(s, read.position, read.id);
    if (!p && !value.text)
        return true;
    if (!p)
        p = add_parcel(s, read.position, read.id);
    if (read.chunk == PARCEL_END)
        take_marker(s, p, value);
    else
        take_chunk(s, p, read.chunk, value);
    if (is_empty(p))
        remove_parcel(s, p);
    return true;
}

void shelf_forget_chunks(struct shelf *s)
{
    for (size_t i = 0; i < s->count; i++)
        drop_texts(s->parcels[i]);
}

void shelf_add(struct shelf *s, const char *id, const struct parcel_marker *marker)
{
    struct parcel *p = add_parcel(s, marker->position, (struct span){ id, strlen(id) });
    p->has_marker = true;
    p->marker = *marker;
    make_room(p, marker->chunks);
}

bool shelf_take_back(struct shelf *s, int64_t position, void (*take_back)(void *context, struct span key),
                     void *context)
{
    for (size_t i = 0; i < s->count; i++) {
        struct parcel *p = s->parcels[i];
        if (p->position >= position)
            continue;
        struct text text = { NULL, 0, 0 };
        struct parcel_key key = { s->group, p->position, { p->id, strlen(p->id) }, PARCEL_END };
        for (; key.chunk < p->chunk_count; key.chunk++) {
            text.length = 0;
            parcel_key_write(&key, &text);
            take_back(context, text_span(&text));
        }
        free(text.bytes);
        remove_parcel(s, p);
        return true;
    }
    return false;
}
