/* Checkpoints in TOPIC-state: torn, mixed, taken back, and from processes thought dead. */
#include "run/parcel.h"

#include <stdlib.h>

#include "chance.h"
#include "run/fields.h"
#include "tap.h"

static void test_keys(void)
{
    static const char *const good[] = { "metrics/0/a/0", "a/b/123/host-1-2/end", "/5/x/65535" };
    static const char *const bad[] = { "",          "metrics",      "g/1/x",      "g/1//0",  "g/x/id/0",
                                       "g/1/id/-1", "g/1/id/65536", "g/1/id/End", "g//id/0", "g/1/id/" };
    struct parcel_key key;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct text text = { NULL, 0, 0 };
        bool is_read = parcel_key_read((struct span){ good[i], strlen(good[i]) }, &key);
        if (is_read)
            parcel_key_write(&key, &text);
        tap_ok(is_read && span_is(text_span(&text), good[i]), "%s", good[i]);
        free(text.bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        tap_ok(!parcel_key_read((struct span){ bad[i], strlen(bad[i]) }, &key), "not '%s'", bad[i]);
    tap_ok(parcel_key_read(SPAN("a/b/123/x/end"), &key) && span_is(key.group, "a/b") && key.position == 123 &&
               span_is(key.id, "x") && key.chunk == PARCEL_END,
           "a group may contain slashes");
}

static void test_markers(void)
{
    static const char *const good[] = {
        "position=12 end=1020.000 state=3 length=600000 chunks=2 checksum=0123456789abcdef",
        "position=0 end=none state=0 length=0 chunks=0 checksum=0000000000000000",
    };
    static const char *const bad[] = {
        "",
        "position=12",
        "position=12 end=1020 state=3 length=600000 chunks=2 checksum=0123456789abcde",
        "position=12 end=1020 state=3 length=600000 chunks=2 checksum=0123456789abcdeF",
        "position=12 end=1020 state=3 length=600000 chunks=99999 checksum=0123456789abcdef",
        "position=12 end=1020 state=3 length=600000 chunks=2 checksum=0123456789abcdef x",
        "position=12 end=x state=3 length=600000 chunks=2 checksum=0123456789abcdef",
    };
    struct parcel_marker marker;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct text text = { NULL, 0, 0 };
        bool is_read = parcel_marker_read((struct span){ good[i], strlen(good[i]) }, &marker);
        if (is_read)
            parcel_marker_write(&marker, &text);
        tap_ok(is_read && span_is(text_span(&text), good[i]), "%s", good[i]);
        free(text.bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        tap_ok(!parcel_marker_read((struct span){ bad[i], strlen(bad[i]) }, &marker), "not '%s'", bad[i]);
}

/* --- the shelf -------------------------------------------------------------------------------- */

static struct shelf shelf;

static void begin(void)
{
    shelf_free(&shelf);
    shelf_init(&shelf, SPAN("metrics"));
}

/* A message of a checkpoint whose text is two chunks, `ID` and `POSITION`. */
static void take(int64_t position, const char *id, int64_t chunk, const char *value)
{
    struct text key = { NULL, 0, 0 };
    const struct parcel_key parts = { SPAN("metrics"), position, { id, strlen(id) }, chunk };
    parcel_key_write(&parts, &key);
    shelf_take(&shelf, text_span(&key), (struct span){ value, value ? strlen(value) : 0 });
    free(key.bytes);
}

static void take_chunk(int64_t position, const char *id, int64_t chunk)
{
    char number[24];
    sprintf(number, "%lld", (long long)position);
    take(position, id, chunk, chunk ? number : id);
}

static void take_marker(int64_t position, const char *id)
{
    char number[24];
    struct text value = { NULL, 0, 0 };
    size_t length = (size_t)sprintf(number, "%lld", (long long)position);
    struct parcel_marker marker = { position, 1000, 1, (int64_t)(length + strlen(id)), 2, 0 };
    marker.checksum = parcel_checksum(0, (struct span){ id, strlen(id) });
    marker.checksum = parcel_checksum(marker.checksum, (struct span){ number, length });
    parcel_marker_write(&marker, &value);
    text_put_byte(&value, '\0');
    take(position, id, PARCEL_END, value.bytes);
    free(value.bytes);
}

static void take_whole(int64_t position, const char *id)
{
    take_chunk(position, id, 0);
    take_chunk(position, id, 1);
    take_marker(position, id);
}

static bool best_is(int64_t position, const char *id)
{
    const struct parcel *best = shelf_best(&shelf);
    return best && best->position == position && strcmp(best->id, id) == 0 && best->chunk_count == 2 &&
           span_is(text_span(&best->chunks[0].text), id) && best->chunks[1].text.bytes;
}

static void count_key(void *context, struct span key)
{
    struct text *keys = context;
    text_put(keys, key);
    text_put_byte(keys, ' ');
}

static bool takes_back(int64_t position, const char *expected)
{
    struct text keys = { NULL, 0, 0 };
    while (shelf_take_back(&shelf, position, count_key, &keys))
        continue;
    bool is_same = span_is(text_span(&keys), expected);
    if (!is_same)
        tap_note("taken back: %.*s", (int)keys.length, keys.bytes);
    free(keys.bytes);
    return is_same;
}

static void test_shelf(void)
{
    begin();
    tap_ok(!shelf_best(&shelf), "an empty partition has none");
    take_chunk(5, "a", 0);
    take_chunk(5, "a", 1);
    tap_ok(!shelf_best(&shelf), "one without a marker is none");
    take_marker(5, "a");
    tap_ok(best_is(5, "a"), "one with a marker is whole");
    take_chunk(9, "b", 0);
    take_marker(9, "b");
    tap_ok(best_is(5, "a"), "one that lacks its last chunk is torn");
    take_chunk(10, "c", 1);
    take_marker(10, "c");
    tap_ok(best_is(5, "a"), "one that lacks its first chunk is torn");
    take_chunk(11, "d", 0);
    take(11, "d", 1, "12");
    take_marker(11, "d");
    tap_ok(best_is(5, "a"), "one with a changed byte is none");
    take_whole(8, "e");
    tap_ok(best_is(8, "e"), "the greatest position is the best");
    take_whole(7, "f");
    tap_ok(best_is(8, "e"), "in whatever order they come");
    tap_ok(!shelf_take(&shelf, SPAN("x"), SPAN("")), "what is none is said");
    tap_ok(shelf_take(&shelf, SPAN("other/99/x/end"), SPAN("")) && best_is(8, "e"), "other groups are none of ours");
    shelf_forget_chunks(&shelf);
    tap_ok(takes_back(8, "metrics/5/a/end metrics/5/a/0 metrics/5/a/1 metrics/7/f/end metrics/7/f/0 metrics/7/f/1 "),
           "the older ones are taken back, markers first");
    tap_ok(takes_back(11, "metrics/9/b/end metrics/9/b/0 metrics/10/c/end metrics/10/c/0 metrics/10/c/1 "
                          "metrics/8/e/end metrics/8/e/0 metrics/8/e/1 "),
           "the torn ones too");
}

/* A process that was thought dead goes on with its checkpoint while another writes its own. */
static void test_mixed(void)
{
    begin();
    take_whole(3, "old");
    take_chunk(7, "zombie", 0);
    take_chunk(7, "owner", 0);
    take_chunk(7, "owner", 1);
    take_chunk(7, "zombie", 1);
    take_marker(7, "owner");
    tap_ok(best_is(7, "owner"), "chunks of two at one position are not mixed");
    take_marker(7, "zombie");
    tap_ok(best_is(7, "owner"), "the first whole one at a position stays");
    begin();
    take_chunk(7, "zombie", 0);
    take_whole(9, "owner");
    take(7, "zombie", 0, NULL);
    take_chunk(7, "zombie", 1);
    take_marker(7, "zombie");
    tap_ok(best_is(9, "owner"), "what was taken back under way is never whole");
    begin();
    take_whole(4, "old");
    take_whole(9, "zombie");
    take(4, "old", PARCEL_END, NULL);
    take(4, "old", 0, NULL);
    take_whole(8, "owner");
    tap_ok(best_is(9, "zombie"), "a whole one is as good as any, whoever wrote it");
    tap_ok(takes_back(9, "metrics/4/old/end metrics/4/old/0 metrics/4/old/1 "
                         "metrics/8/owner/end metrics/8/owner/0 metrics/8/owner/1 "),
           "one that was taken back in part is taken back again");
}

static void test_taken_back(void)
{
    begin();
    take_whole(4, "a");
    take_whole(6, "b");
    take(4, "a", PARCEL_END, NULL);
    take(4, "a", 0, NULL);
    take(4, "a", 1, NULL);
    tap_ok(best_is(6, "b") && shelf.count == 1, "what was taken back as a whole is forgotten");
    take(4, "a", 1, NULL);
    tap_ok(shelf.count == 1, "compaction may leave only that it was taken back");
    take(6, "b", 1, NULL);
    tap_ok(!shelf_best(&shelf), "a whole one that loses a chunk is whole no longer");
    take_chunk(6, "b", 1);
    take_marker(6, "b");
    tap_ok(best_is(6, "b"), "and can be again");
    const struct parcel_marker marker = { 20, 0, 1, 1, 1, 0 };
    shelf_add(&shelf, "own", &marker);
    tap_ok(takes_back(21, "metrics/6/b/end metrics/6/b/0 metrics/6/b/1 metrics/20/own/end metrics/20/own/0 "),
           "one that was just written is known");
}

/* However messages of three checkpoints are mixed, the best is a whole one. */
static void test_by_chance(void)
{
    static const char *const ids[] = { "a", "b", "c" };
    bool is_good = true;
    for (chance_state = 1; chance_state < 2000 * 2 + 1 && is_good;) {
        uint64_t seed = chance_state;
        int next[3] = { 0, 0, 0 }, whole = -1;
        begin();
        for (int step = 0; step < 9; step++) {
            size_t who = chance(3);
            if (next[who] > 2 || chance(12) == 0)
                continue;
            if (next[who] < 2)
                take_chunk((int64_t)who, ids[who], next[who]);
            else
                take_marker((int64_t)who, ids[who]);
            if (++next[who] == 3 && (int)who > whole)
                whole = (int)who;
        }
        const struct parcel *best = shelf_best(&shelf);
        is_good = whole < 0 ? !best : best_is(whole, ids[whole]);
        chance_state = seed + 2;
    }
    tap_ok(is_good, "whatever is mixed, the best is the newest whole one (seed %llu)",
           (unsigned long long)chance_state);
}

int main(void)
{
    test_keys();
    test_markers();
    test_shelf();
    test_mixed();
    test_taken_back();
    test_by_chance();
    shelf_free(&shelf);
    return tap_done();
}
