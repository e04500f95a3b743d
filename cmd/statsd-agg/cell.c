#include "cell.h"

#include <string.h>

/* The logarithm of the bytes of n samples or pairs, in which n is the next power of two. */
static unsigned piece_size(uint32_t n, const struct keeping *k)
{
    return 3 + k->is_weighted + (n > 1 ? 32 - (unsigned)__builtin_clz(n - 1) : 0);
}

static void sketch_samples(struct cell *c, const struct keeping *k, struct pool *pool)
{
    struct sketch *sketch = sketch_new();
    const double *samples = cell_samples(c);
    for (uint32_t i = 0; i < c->count; i++)
        if (k->is_weighted && c->count > 1)
            sketch_add(sketch, samples[2 * i], samples[2 * i + 1]);
        else
            sketch_add(sketch, samples[i], k->is_weighted ? c->weight : 1);
    cell_free(c, FAMILY_TIMER, k, pool);
    c->sketch = sketch;
    c->count = CELL_SKETCHED;
}

/* Room for one more sample: the array doubles when a power of two is full, so that the count tells its size. */
static void make_room(struct cell *c, const struct keeping *k, struct pool *pool)
{
    uint32_t n = c->count;
    if (n & (n - 1))
        return;
    unsigned size = piece_size(n, k);
    double *more = pool_get(pool, size + 1);
    if (n > 1) {
        memcpy(more, c->samples, (size_t)1 << size);
        pool_put(pool, c->samples, size);
    } else {
        more[0] = c->sample;
        if (k->is_weighted)
            more[1] = c->weight;
    }
    c->samples = more;
}

void cell_add_sample(struct cell *c, const struct keeping *k, struct pool *pool, double sample, double weight)
{
    uint32_t n = c->count;
    if (n >= k->timer_samples && n != CELL_SKETCHED)
        sketch_samples(c, k, pool);
    if (c->count == CELL_SKETCHED) {
        sketch_add(c->sketch, sample, k->is_weighted ? weight : 1);
    } else if (n == 0) {
        c->sample = sample;
        c->count = 1;
    } else {
        make_room(c, k, pool);
        if (k->is_weighted) {
            c->samples[2 * (size_t)n] = sample;
            c->samples[2 * (size_t)n + 1] = weight;
        } else {
            c->samples[n] = sample;
        }
        c->count++;
    }
    c->weight += weight;
}

double *cell_samples(struct cell *c)
{
    return c->count > 1 ? c->samples : &c->sample;
}

/* What members are estimated by must be the same on every run and machine: no random seed. */
static uint64_t hash_member(struct span member)
{
    static const struct hash_seed fixed = { { 0x9E3779B97F4A7C15u, 0xD1B54A32D192ED03u, 0xAEF17502108EF2D9u,
                                              0xF1357AEA2E62A9C5u } };
    return hash_bytes(&fixed, member.text, member.length, 0);
}

static void register_member(struct span member, void *registers)
{
    registers_add(registers, hash_member(member));
}

void cell_add_member(struct cell *c, const struct keeping *k, struct pool *pool, uint32_t hash, struct span member)
{
    if (c->count == CELL_SKETCHED) {
        registers_add(c->registers, hash_member(member));
        return;
    }
    c->members = members_add(c->members, pool, hash, member);
    if (members_count(c->members) <= k->set_members && !members_are_heavy(c->members))
        return;
    struct registers *registers = registers_new();
    members_each(c->members, register_member, registers);
    members_free(c->members, pool);
    c->registers = registers;
    c->count = CELL_SKETCHED;
}

uint64_t cell_members(const struct cell *c)
{
    return c->count == CELL_SKETCHED ? registers_estimate(c->registers) : members_count(c->members);
}

void cell_free(struct cell *c, enum family family, const struct keeping *k, struct pool *pool)
{
    if (family == FAMILY_TIMER && c->count == CELL_SKETCHED)
        sketch_free(c->sketch);
    else if (family == FAMILY_TIMER && c->count > 1)
        pool_put(pool, c->samples, piece_size(c->count, k));
    else if (family == FAMILY_SET && c->count == CELL_SKETCHED)
        registers_free(c->registers);
    else if (family == FAMILY_SET)
        members_free(c->members, pool);
}
