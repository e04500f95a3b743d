/* index: a hash table of things that have a node in them, so that one thing can be in several.
 *
 *     for (struct index_node *n = index_find(&index, hash); n; n = index_next(n)) {
 *         struct thing *thing = INDEX_OWNER(n, struct thing, node);
 *         if (is_wanted(thing)) …
 *     }
 *
 * The caller hashes and compares. Nodes belong to the caller and must not move while they are in an
 * index. */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_node {
    struct index_node *next;
    uint64_t hash;
};

/* Begin with zeros. */
struct index {
    struct index_node **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;        /* of nodes */
};

#define INDEX_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Frees the index's own memory, not the nodes. */
void index_free(struct index *i);

/* Adds a node, even if there is one with the same hash. */
void index_add(struct index *i, struct index_node *node, uint64_t hash);

/* Removes a node that is in the index. */
void index_remove(struct index *i, struct index_node *node);

/* The first node with this hash, and the next one with the same hash; NULL if there is none. */
struct index_node *index_find(const struct index *i, uint64_t hash);
struct index_node *index_next(const struct index_node *node);

#endif
