/* The partition of a series: murmur2 as Kafka's own tests have it, and the canonical form. */
#include "placing.h"

#include <string.h>

#include "chance.h"
#include "tap.h"

enum { ROUNDS = 300000, LONGEST = 220 };

static struct placing placing;

static struct span span_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

/* Of 2^31 - 1 partitions the number is the hash without its sign. */
static void test_hash(const char *series, int32_t hash)
{
    int32_t is = placing_partition(&placing, span_of(series), INT32_MAX);
    tap_ok(is == (hash & INT32_MAX), "%s", series);
    if (is != (hash & INT32_MAX))
        tap_note("%d, not %d", (int)is, (int)(hash & INT32_MAX));
}

static void test_same(const char *series, const char *other)
{
    int32_t one = placing_partition(&placing, span_of(series), INT32_MAX);
    int32_t two = placing_partition(&placing, span_of(other), INT32_MAX);
    tap_ok(one == two, "%s is %s", series, other);
}

/* A partition is that of the canonical series. */
static void test_at_random(void)
{
    static const char bytes[] = "aab;;==\\t\r";
    struct record_canonical canonical;
    char text[LONGEST];
    int wrong = 0;
    record_canonical_init(&canonical);
    for (int round = 0; round < ROUNDS; round++) {
        size_t length = 1 + chance(round % 8 ? 12 : LONGEST);
        for (size_t i = 0; i < length; i++)
            text[i] = bytes[chance(sizeof bytes - 1)];
        struct span series = { text, length };
        int32_t is = placing_partition(&placing, series, INT32_MAX);
        wrong += is != placing_partition(&placing, record_canonical(&canonical, series), INT32_MAX);
    }
    record_canonical_free(&canonical);
    tap_ok(wrong == 0, "%d series at random", ROUNDS);
}

int main(void)
{
    placing_init(&placing);
    /* Apache Kafka, UtilsTest.testMurmur2 */
    test_hash("21", -973932308);
    test_hash("foobar", -790332482);
    test_hash("a-little-bit-long-string", -985981536);
    test_hash("a-little-bit-longer-string", -1486304829);
    test_hash("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971);
    test_hash("abc", 479470107);
    test_same("a;x=1;y=2", "a;y=2;x=1");
    test_same("a;x=1;y=2", "a;y=0;x=1;y=2");
    test_same("a;x=true", "a;x");
    test_same("a\\tb", "a\\tb");
    test_same("a\rb", "a\\rb");
    test_same("a\\\\b", "a\\b");
    tap_ok(placing_partition(&placing, span_of("a;x=1"), INT32_MAX) !=
               placing_partition(&placing, span_of("a;x=2"), INT32_MAX),
           "another tag is another series");
    tap_ok(placing_partition(&placing, span_of("anything"), 1) == 0, "one partition has all");
    test_at_random();
    placing_free(&placing);
    return tap_done();
}
