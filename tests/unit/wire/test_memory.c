/* wire/memory: what is found is what was made of just that text; texts that come again are found;
 * and it takes no more room than its header says, whatever comes. */
#include "wire/memory.h"

#include <stdio.h>

#include "chance.h"
#include "tap.h"

enum { TEXT_MOST = 200 };

/* What the test makes of a text: the text backwards, and a `;`. */
static struct span make(struct span text, char *to)
{
    for (size_t i = 0; i < text.length; i++)
        to[i] = text.text[text.length - 1 - i];
    to[text.length] = ';';
    return (struct span){ to, text.length + 1 };
}

static struct span name_of(size_t number, char *to)
{
    size_t length = (size_t)sprintf(to, "%zu", number);
    for (size_t i = number % 7 * 20; i; i--)
        to[length++] = (char)('a' + number % 26);
    return (struct span){ to, length };
}

/* One text, as the batch uses the memory. True if it was found. Counts what is wrong. */
static bool look_up(struct wire_memory *m, struct span text, int *wrong)
{
    char expected[TEXT_MOST + 1];
    struct span made = make(text, expected), found;
    uint32_t hash = memory_hash(m, text);
    if (memory_find(m, text, hash, &found)) {
        *wrong += !span_equal(found, made);
        return true;
    }
    memory_add(m, text, hash, made);
    return false;
}

static size_t look_up_all(struct wire_memory *m, size_t from, size_t count, int *wrong)
{
    char text[TEXT_MOST];
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += look_up(m, name_of(from + i, text), wrong);
    return found;
}

static void test_repeats(void)
{
    struct wire_memory m;
    int wrong = 0;
    memory_init(&m);
    tap_ok(look_up_all(&m, 0, 100, &wrong) == 0, "a text is not known when it comes first");
    look_up_all(&m, 0, 100, &wrong);
    tap_ok(look_up_all(&m, 0, 100, &wrong) > 95, "nor the second time, but then");
    for (int round = 0; round < 10; round++)
        look_up_all(&m, 0, 10000, &wrong);
    tap_ok(look_up_all(&m, 0, 10000, &wrong) > 9900, "so are 10,000 texts");
    tap_ok(!wrong, "each with what was made of it");
    memory_free(&m);
}

static bool is_bounded(const struct wire_memory *m)
{
    return m->mask < MEMORY_PLACES && m->capacity <= MEMORY_BYTES && m->length <= m->capacity + 1 &&
           m->used <= m->mask / 2 + 1;
}

static void test_bounds(void)
{
    struct wire_memory m;
    int wrong = 0;
    memory_init(&m);
    look_up_all(&m, 0, 1000000, &wrong);
    tap_ok(m.length < 65536 && m.mask < 4096, "texts that never repeat are not kept");
    bool bounded = true;
    size_t found = 0;
    for (size_t i = 0; i < 300000; i++) {
        look_up_all(&m, 2000000 + i, 1, &wrong);
        for (int tries = 0; tries < 20 && !look_up_all(&m, 2000000 + i, 1, &wrong); tries++)
            bounded = bounded && is_bounded(&m);
        found += look_up_all(&m, 2000000 + i, 1, &wrong);
    }
    tap_ok(bounded, "many texts take no more room than there is: %u places, %u bytes", m.mask + 1, m.capacity);
    tap_ok(found > 299000, "and are found, as others are forgotten");
    tap_ok(!wrong, "each with what was made of it");
    memory_free(&m);
}

/* Hashes that collide, as they would for someone who knew the seed. */
static void test_collisions(void)
{
    struct wire_memory m;
    int wrong = 0, found = 0;
    memory_init(&m);
    for (size_t i = 0; i < 300000; i++) {
        char text[TEXT_MOST], expected[TEXT_MOST + 1];
        struct span name = name_of(chance(100), text), made = make(name, expected), result;
        if (!memory_find(&m, name, 0x12345678, &result)) {
            memory_add(&m, name, 0x12345678, made);
        } else {
            wrong += !span_equal(result, made);
            found++;
        }
    }
    tap_ok(!wrong && found > 290000, "texts of one hash are told apart");
    memory_free(&m);
}

static void test_long(void)
{
    static char text[MEMORY_TEXT_MOST + 1];
    struct wire_memory m;
    struct span found, result = SPAN("made");
    memory_init(&m);
    memset(text, 'x', sizeof text);
    for (size_t length = MEMORY_TEXT_MOST; length <= sizeof text; length++) {
        const struct span name = { text, length };
        uint32_t hash = memory_hash(&m, name);
        memory_add(&m, name, hash, result);
        memory_add(&m, name, hash, result);
        bool is_kept = memory_find(&m, name, hash, &found);
        tap_ok(is_kept == (length <= MEMORY_TEXT_MOST), "a text of %zu bytes is %s", length,
               is_kept ? "kept" : "not kept");
    }
    memory_free(&m);
}

int main(void)
{
    test_repeats();
    test_bounds();
    test_collisions();
    test_long();
    return tap_done();
}
