#include "samples/cell.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "samples/samples.h"

static void sketch_samples(struct cell *c, const struct cell_limits *limits, struct pool *pool)
{
    struct sketch *sketch = sketch_new();
    const unsigned width = cell_sample_width(limits);
    double *samples = xreallocarray(NULL, c->count + 1, width * sizeof *samples);
    cell_copy_samples(c, limits, samples);
    for (size_t i = 0; i < c->count; i++)
        sketch_add(sketch, samples[i * width], width > 1 ? samples[i * width + 1] : 1);
    free(samples);
    cell_free(c, FAMILY_TIMER, limits, pool);
    c->sketch = sketch;
    c->count = CELL_SKETCHED;
}

static void put_sample(struct cell *c, const struct cell_limits *limits, double sample, double weight)
{
    *c->next++ = sample;
    if (limits->is_weighted)
        *c->next++ = weight;
}

/* A cell itself has room for one sample; moves it when a second comes. */
static void move_first(struct cell *c, const struct cell_limits *limits, struct pool *pool)
{
    double first = c->sample;
    c->next = samples_make_room(NULL, 0, cell_sample_width(limits), pool);
    put_sample(c, limits, first, c->weight);
}

void cell_add_sample(struct cell *c, const struct cell_limits *limits, struct pool *pool, double sample, double weight)
{
    uint32_t n = c->count;
    if (n >= limits->timer_samples && n != CELL_SKETCHED)
        sketch_samples(c, limits, pool);
    if (c->count == CELL_SKETCHED) {
        sketch_add(c->sketch, sample, limits->is_weighted ? weight : 1);
    } else if (n == 0) {
        c->sample = sample;
        c->count = 1;
    } else {
        if (n == 1)
            move_first(c, limits, pool);
        else if (samples_are_full(n))
            c->next = samples_make_room(c->next, n, cell_sample_width(limits), pool);
        put_sample(c, limits, sample, weight);
        c->count++;
    }
    c->weight += weight;
}

void cell_add_sketch(struct cell *c, const struct cell_limits *limits, struct pool *pool, struct sketch *sketch)
{
    if (c->count && c->count != CELL_SKETCHED)
        sketch_samples(c, limits, pool);
    if (c->count) {
        sketch_merge(c->sketch, sketch);
        sketch_free(sketch);
    } else {
        c->sketch = sketch;
        c->count = CELL_SKETCHED;
    }
}

void cell_copy_samples(const struct cell *c, const struct cell_limits *limits, double *to)
{
    if (c->count > 1) {
        samples_copy(c->next, c->count, cell_sample_width(limits), to);
    } else if (c->count) {
        to[0] = c->sample;
        if (limits->is_weighted)
            to[1] = c->weight;
    }
}

/* Estimates must be the same in every run and on every machine, so the seed is fixed. */
static uint64_t hash_member(struct span member)
{
    static const struct hash_seed fixed = { { 0x9E3779B97F4A7C15u, 0xD1B54A32D192ED03u, 0xAEF17502108EF2D9u,
                                              0xF1357AEA2E62A9C5u } };
    return hash_bytes(&fixed, member.text, member.length, 0);
}

static void count_member(struct span member, void *hyperloglog)
{
    hyperloglog_add(hyperloglog, hash_member(member));
}

static void sketch_members(struct cell *c, struct pool *pool)
{
    struct hyperloglog *hyperloglog = hyperloglog_new();
    members_each(c->members, count_member, hyperloglog);
    members_free(c->members, pool);
    c->hyperloglog = hyperloglog;
    c->count = CELL_SKETCHED;
}

void cell_add_member(struct cell *c, const struct cell_limits *limits, struct pool *pool, uint32_t hash,
                     struct span member)
{
    if (c->count == CELL_SKETCHED) {
        hyperloglog_add(c->hyperloglog, hash_member(member));
        return;
    }
    c->members = members_add(c->members, pool, hash, member);
    if (members_count(c->members) <= limits->set_members && !members_are_heavy(c->members))
        return;
    sketch_members(c, pool);
}

void cell_add_hyperloglog(struct cell *c, struct pool *pool, struct hyperloglog *hyperloglog)
{
    if (c->count != CELL_SKETCHED)
        sketch_members(c, pool);
    hyperloglog_merge(c->hyperloglog, hyperloglog);
    hyperloglog_free(hyperloglog);
}

uint64_t cell_members(const struct cell *c)
{
    return c->count == CELL_SKETCHED ? hyperloglog_estimate(c->hyperloglog) : members_count(c->members);
}

void cell_free(struct cell *c, enum family family, const struct cell_limits *limits, struct pool *pool)
{
    if (family == FAMILY_TIMER && c->count == CELL_SKETCHED)
        sketch_free(c->sketch);
    else if (family == FAMILY_TIMER && c->count > 1)
        samples_free(c->next, c->count, cell_sample_width(limits), pool);
    else if (family == FAMILY_SET && c->count == CELL_SKETCHED)
        hyperloglog_free(c->hyperloglog);
    else if (family == FAMILY_SET)
        members_free(c->members, pool);
}
