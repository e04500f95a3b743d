/* Shares and moves of rendezvous hashing, measured. */
#include "shard.h"

#include <math.h>
#include <stdio.h>

#include "tap.h"

enum { SERIES = 200000, NODES_MOST = 12 };

static void make_nodes(struct shard_node *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "10.0.0.%zu:8125", i + 1);
        nodes[i] = (struct shard_node){ shard_hash((struct span){ name, (size_t)length }), 1, false };
    }
}

static size_t choose(const struct shard_node *nodes, size_t count, int series)
{
    char name[48];
    int length = snprintf(name, sizeof name, "service.requests.%d;host=web%d", series, series % 97);
    return shard_choose(nodes, count, (struct span){ name, (size_t)length });
}

/* The largest distance of a node's share from what its weight promises, in parts of the latter. */
static double worst_share(const struct shard_node *nodes, size_t count)
{
    size_t series[NODES_MOST] = { 0 };
    double weights = 0, worst = 0;
    for (int i = 0; i < SERIES; i++)
        series[choose(nodes, count, i)]++;
    for (size_t i = 0; i < count; i++)
        weights += nodes[i].weight;
    for (size_t i = 0; i < count; i++) {
        double promised = (double)SERIES * nodes[i].weight / weights;
        worst = fmax(worst, fabs((double)series[i] - promised) / promised);
    }
    return worst;
}

static void test_shares(void)
{
    struct shard_node nodes[NODES_MOST];
    for (size_t count = 1; count <= NODES_MOST; count++) {
        make_nodes(nodes, count);
        double worst = worst_share(nodes, count);
        tap_ok(worst < 0.03, "%zu nodes: every share within %.2f %%", count, 100 * worst);
    }
    make_nodes(nodes, 4);
    nodes[0].weight = 2;
    nodes[1].weight = 0.5;
    double worst = worst_share(nodes, 4);
    tap_ok(worst < 0.03, "weights 2, 0.5, 1, 1: every share within %.2f %%", 100 * worst);
}

/* A node more: what moves goes to it, and is its share. */
static void test_moves(void)
{
    struct shard_node nodes[NODES_MOST];
    make_nodes(nodes, NODES_MOST);
    for (size_t count = 1; count < NODES_MOST; count++) {
        int moved = 0, elsewhere = 0;
        for (int i = 0; i < SERIES; i++) {
            size_t before = choose(nodes, count, i), after = choose(nodes, count + 1, i);
            moved += after != before;
            elsewhere += after != before && after != count;
        }
        double share = (double)moved / (double)SERIES * (double)(count + 1);
        tap_ok(elsewhere == 0 && share < 1.03 && share > 0.97, "node %zu takes %.3f of its share, from all", count + 1,
               share);
    }
}

/* A node that is down: only its series move, to all others; and they come back. */
static void test_down(void)
{
    struct shard_node nodes[NODES_MOST];
    size_t to[NODES_MOST] = { 0 };
    int moved = 0, strayed = 0;
    make_nodes(nodes, 5);
    for (int i = 0; i < SERIES; i++) {
        nodes[2].is_down = false;
        size_t before = choose(nodes, 5, i);
        nodes[2].is_down = true;
        size_t after = choose(nodes, 5, i);
        strayed += before == 2 ? after == 2 : after != before;
        moved += before == 2;
        to[after] += before == 2;
    }
    tap_ok(strayed == 0, "only the series of a node that is down move");
    tap_ok(fabs((double)to[0] * 4 / moved - 1) < 0.05 && fabs((double)to[4] * 4 / moved - 1) < 0.05,
           "they go to all others alike");
    for (size_t i = 0; i < 5; i++)
        nodes[i].is_down = true;
    size_t all_down = choose(nodes, 5, 7);
    for (size_t i = 0; i < 5; i++)
        nodes[i].is_down = false;
    tap_ok(all_down == choose(nodes, 5, 7), "if all are down, a series stays");
}

/* The order of the list does not matter. */
static void test_order(void)
{
    struct shard_node nodes[3], turned[3];
    int different = 0;
    make_nodes(nodes, 3);
    for (size_t i = 0; i < 3; i++)
        turned[i] = nodes[2 - i];
    for (int i = 0; i < SERIES; i++)
        different += choose(nodes, 3, i) != 2 - choose(turned, 3, i);
    tap_ok(different == 0, "the order of the nodes does not matter");
}

int main(void)
{
    test_shares();
    test_moves();
    test_down();
    test_order();
    return tap_done();
}
