/* index, text and utf8: a hash table, bytes that grow, sequences of UTF-8. */
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "base/text.h"
#include "base/utf8.h"
#include "tap.h"

struct thing {
    int number;
    struct index_node node;
};

static struct thing *find(const struct index *index, uint64_t hash, int number)
{
    for (struct index_node *n = index_find(index, hash); n; n = index_next(n)) {
        struct thing *thing = INDEX_OWNER(n, struct thing, node);
        if (thing->number == number)
            return thing;
    }
    return NULL;
}

static void test_index(void)
{
    enum { THINGS = 1000 };
    struct index index = { 0 };
    struct thing *things = calloc(THINGS, sizeof *things);
    bool good = !find(&index, 1, 1);
    for (int i = 0; i < THINGS; i++) {
        things[i].number = i;
        index_add(&index, &things[i].node, (uint64_t)i / 3); /* three with each hash */
    }
    for (int i = 0; i < THINGS; i++)
        good &= find(&index, (uint64_t)i / 3, i) == &things[i];
    tap_ok(good && index.count == THINGS, "every node is found, among others with its hash");
    for (int i = 0; i < THINGS; i += 2)
        index_remove(&index, &things[i].node);
    for (int i = 0; i < THINGS; i++)
        good &= find(&index, (uint64_t)i / 3, i) == (i % 2 ? &things[i] : NULL);
    tap_ok(good && index.count == THINGS / 2, "half of them are removed, the others stay");
    tap_ok(!index_find(&index, THINGS), "a hash that nothing has finds nothing");
    index_free(&index);
    free(things);
}

static void test_text(void)
{
    struct text t = { NULL, 0, 0 };
    for (int i = 0; i < 100; i++) {
        text_put_string(&t, "ab");
        text_put(&t, SPAN("c"));
        text_put(&t, (struct span){ NULL, 0 });
        text_put_byte(&t, '=');
        text_put_number(&t, 0.1);
    }
    tap_ok(t.length == 700 && memcmp(t.bytes + 693, "abc=0.1", 7) == 0, "a text grows as it is written");
    free(t.bytes);
}

static void reads(const char *text, size_t expected, uint32_t expected_point)
{
    uint32_t point = 0;
    size_t size = utf8_sequence(text, strlen(text), &point);
    tap_ok(size == expected && point == expected_point, "%zu bytes are U+%04X", expected, (unsigned)expected_point);
}

static void test_utf8(void)
{
    reads("a", 0, 0);
    reads("\xc3\xbc", 2, 0xfc);
    reads("\xe2\x82\xac.", 3, 0x20ac);
    reads("\xf0\x9f\x98\x80", 4, 0x1f600);
    reads("\xc0\x80", 0, 0);         /* overlong */
    reads("\xed\xa0\x80", 0, 0);     /* a surrogate */
    reads("\xf4\x90\x80\x80", 0, 0); /* past the last */
    reads("\xe2\x82", 0, 0);         /* cut */
    reads("\x80", 0, 0);
}

int main(void)
{
    test_index();
    test_text();
    test_utf8();
    return tap_done();
}
