#include "base/index.h"

#include <stdlib.h>

#include "base/xalloc.h"

enum { BUCKETS_LEAST = 64 };

void index_free(struct index *i)
{
    free(i->buckets);
}

static struct index_node **bucket_of(const struct index *i, uint64_t hash)
{
    return &i->buckets[hash & (i->bucket_count - 1)];
}

static void put(struct index *i, struct index_node *node)
{
    struct index_node **bucket = bucket_of(i, node->hash);
    node->next = *bucket;
    *bucket = node;
}

static void grow(struct index *i)
{
    struct index old = *i;
    i->bucket_count = old.bucket_count ? 2 * old.bucket_count : BUCKETS_LEAST;
    i->buckets = xcalloc(i->bucket_count, sizeof(struct index_node *));
    for (size_t b = 0; b < old.bucket_count; b++)
        for (struct index_node *node = old.buckets[b], *next; node; node = next) {
            next = node->next;
            put(i, node);
        }
    free(old.buckets);
}

void index_add(struct index *i, struct index_node *node, uint64_t hash)
{
    if (i->count >= i->bucket_count)
        grow(i);
    node->hash = hash;
    put(i, node);
    i->count++;
}

void index_remove(struct index *i, struct index_node *node)
{
    struct index_node **at = bucket_of(i, node->hash);
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    i->count--;
}

static struct index_node *skip_others(struct index_node *node, uint64_t hash)
{
    while (node && node->hash != hash)
        node = node->next;
    return node;
}

struct index_node *index_find(const struct index *i, uint64_t hash)
{
    return i->bucket_count ? skip_others(*bucket_of(i, hash), hash) : NULL;
}

struct index_node *index_next(const struct index_node *node)
{
    return skip_others(node->next, node->hash);
}
