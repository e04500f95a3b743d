/* hyperloglog: estimates a large set's distinct members in 16 KB, with a standard error of 0.81 %.
 *
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog: the analysis of a near-optimal
 * cardinality estimation algorithm", AofA 2007) with 2^14 registers, and the estimator of Ertl,
 * "New cardinality estimation algorithms for HyperLogLog sketches" (2017), which needs no tables
 * for bias correction and is nearly exact for small sets. */
#ifndef SAMPLES_HYPERLOGLOG_H
#define SAMPLES_HYPERLOGLOG_H

#include <stddef.h>
#include <stdint.h>

struct hyperloglog;

/* The empty set, to be freed by hyperloglog_free. */
struct hyperloglog *hyperloglog_new(void);
void hyperloglog_free(struct hyperloglog *hyperloglog); /* NULL is fine */

/* Adds the member with this hash, whose 64 bits must all be uniformly distributed. To continue
 * after a restart, a member's hash must be the same in every run. */
void hyperloglog_add(struct hyperloglog *hyperloglog, uint64_t hash);

/* Adds all members of another set. */
void hyperloglog_merge(struct hyperloglog *hyperloglog, const struct hyperloglog *other);

/* The estimated number of distinct members, rounded. */
uint64_t hyperloglog_estimate(const struct hyperloglog *hyperloglog);

/* Writes the set as HYPERLOGLOG_TEXT bytes: a letter for each register. */
enum { HYPERLOGLOG_TEXT = 16384 };
void hyperloglog_write(const struct hyperloglog *hyperloglog, char *to);

/* Reads what hyperloglog_write has written; NULL when text[0..length) is something else. */
struct hyperloglog *hyperloglog_read(const char *text, size_t length);

#endif
