/* Any lines as messages of TOPIC-state, `KEY TAB VALUE`, those without a TAB taking back: the best
 * checkpoint is whole, whatever came. `!` in place of a value stands for the right marker. */
#include "fuzz.h"
#include "run/clock.h"
#include "run/fields.h"
#include "run/parcel.h"

static void require_whole(const struct parcel *p)
{
    int64_t length = 0;
    uint64_t checksum = 0;
    require(p->has_marker && p->marker.position == p->position && p->marker.chunks == p->chunk_count);
    for (int64_t i = 0; i < p->chunk_count; i++) {
        require(p->chunks[i].is_there && p->chunks[i].text.bytes);
        length += (int64_t)p->chunks[i].text.length;
        checksum = parcel_checksum(checksum, text_span(&p->chunks[i].text));
    }
    require(length == p->marker.length && checksum == p->marker.checksum);
}

/* The marker of what has come of the key's checkpoint. */
static void put_marker(const struct shelf *shelf, const struct parcel_key *key, struct text *value)
{
    struct parcel_marker marker = { .position = key->position, .end = FIELD_NO_TIME };
    for (size_t i = 0; i < shelf->count; i++) {
        const struct parcel *p = shelf->parcels[i];
        if (p->position != key->position || !span_is(key->id, p->id))
            continue;
        marker.chunks = p->chunk_count;
        for (int64_t chunk = 0; chunk < p->chunk_count; chunk++) {
            marker.length += (int64_t)p->chunks[chunk].text.length;
            marker.checksum = parcel_checksum(marker.checksum, text_span(&p->chunks[chunk].text));
        }
    }
    parcel_marker_write(&marker, value);
}

static void check_key(struct span key, struct parcel_key *read)
{
    struct text text = { NULL, 0, 0 };
    struct parcel_key again;
    parcel_key_write(read, &text);
    require(parcel_key_read(text_span(&text), &again));
    require(span_equal(again.group, read->group) && span_equal(again.id, read->id) &&
            again.position == read->position && again.chunk == read->chunk);
    require(is_inside(read->group, key.text, key.length) && is_inside(read->id, key.text, key.length));
    free(text.bytes);
}

static void take(struct shelf *shelf, struct span line)
{
    struct span key, value = line;
    struct parcel_key read;
    struct parcel_marker marker;
    struct text right = { NULL, 0, 0 };
    if (!field_next(&value, '\t', &key))
        return;
    bool is_key = parcel_key_read(key, &read);
    if (is_key && read.chunk >= 64)
        return; /* it takes memory, and nothing else */
    if (is_key)
        check_key(key, &read);
    if (is_key && value.text && span_is(value, "!")) {
        put_marker(shelf, &read, &right);
        value = text_span(&right);
        require(parcel_marker_read(value, &marker));
    }
    require(shelf_take(shelf, key, value) == is_key);
    free(right.bytes);
}

static void nothing(void *context, struct span key)
{
    struct parcel_key read;
    require(parcel_key_read(key, &read));
    (*(size_t *)context)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = copy_with_slack((const char *)data, size, 0, data, size);
    struct span all = { text, size }, line;
    struct shelf shelf;
    size_t taken_back = 0;
    shelf_init(&shelf, SPAN("g"));
    while (field_next(&all, '\n', &line)) {
        take(&shelf, line);
        const struct parcel *best = shelf_best(&shelf);
        if (best)
            require_whole(best);
    }
    const struct parcel *best = shelf_best(&shelf);
    if (best) {
        struct text head = { NULL, 0, 0 };
        struct log_clock clock;
        size_t body;
        log_clock_init(&clock, 60000);
        if (parcel_read_head(best, &head, &body)) {
            require((int64_t)body <= best->marker.length);
            (void)log_clock_read(&clock, text_span(&head));
        }
        log_clock_free(&clock);
        free(head.bytes);
    }
    shelf_forget_chunks(&shelf);
    while (shelf_take_back(&shelf, INT64_MAX, nothing, &taken_back))
        continue;
    shelf_free(&shelf);
    free(text);
    return 0;
}
