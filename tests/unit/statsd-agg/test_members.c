/* statsd-agg's sets: each member once, whatever its bytes, few and many. */
#include "samples/members.h"

#include <inttypes.h>
#include <stdio.h>

#include "tap.h"

static const struct hash_seed seed = { { 1, 3, 5, 7 } };
static struct pool pool;

static struct members *add(struct members *m, const char *text, size_t length)
{
    struct span member = { text, length };
    return members_add(m, &pool, members_hash(&seed, member), member);
}

static void test_few(void)
{
    struct members *m = NULL;
    tap_ok(members_count(m) == 0, "none");
    m = add(m, "a", 1);
    m = add(m, "b", 1);
    m = add(m, "a", 1);
    tap_ok(members_count(m) == 2, "a b a are two");
    m = add(m, "", 0);
    m = add(m, "\0", 1);
    m = add(m, "\0\0", 2);
    m = add(m, "", 0);
    m = add(m, "\0", 1);
    tap_ok(members_count(m) == 5, "nothing, a NUL and two of them are three more");
    members_free(m, &pool);
}

struct order {
    uint64_t next;
    int wrong;
};

static void check_order(struct span member, void *context)
{
    struct order *order = context;
    char text[32];
    int length = snprintf(text, sizeof text, "member-%" PRIu64, order->next++);
    order->wrong += !span_equal(member, (struct span){ text, (size_t)length });
}

static void test_many(void)
{
    enum { COUNT = 200000 };
    struct members *m = NULL;
    char text[32];
    int wrong = 0;
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 0; i < COUNT; i++) {
            int length = snprintf(text, sizeof text, "member-%" PRIu64, i);
            m = add(m, text, (size_t)length);
            wrong += members_count(m) != (round ? COUNT : i + 1);
        }
    tap_ok(wrong == 0, "200,000 added twice are 200,000 all along");
    struct order order = { 0, 0 };
    members_each(m, check_order, &order);
    tap_ok(order.next == COUNT && !order.wrong, "and are told in the order they came");
    members_free(m, &pool);
}

static void test_long(void)
{
    static char text[100000];
    struct members *m = NULL;
    for (size_t length = 0; length < sizeof text; length += 997)
        m = add(m, text, length);
    for (size_t length = 0; length < sizeof text; length += 997)
        m = add(m, text, length);
    tap_ok(members_count(m) == sizeof text / 997 + 1, "long ones that differ in their length alone");
    members_free(m, &pool);
}

int main(void)
{
    test_few();
    test_many();
    test_long();
    pool_free(&pool);
    return tap_done();
}
