/* registers: how many distinct members a large set has, in 16 KB, with a standard error of 0.81 %.
 *
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation
 * algorithm", AofA 2007) with 2^14 registers, and the estimator of Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches" (2017), which needs no tables against bias and is nearly exact for small sets. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stddef.h>
#include <stdint.h>

struct registers;

/* The empty set, to be freed by registers_free. */
struct registers *registers_new(void);
void registers_free(struct registers *registers); /* NULL is fine */

/* Adds the member with this hash, all 64 bits of which must be evenly spread. To go on after a restart, the hash of a
 * member has to be the same in every run. */
void registers_add(struct registers *registers, uint64_t hash);

/* Adds all members of another set. */
void registers_merge(struct registers *registers, const struct registers *other);

/* The estimated number of distinct members, rounded. */
uint64_t registers_estimate(const struct registers *registers);

/* The bytes registers_write writes: a letter for each register. */
enum { REGISTERS_TEXT = 16384 };
void registers_write(const struct registers *registers, char *to);

/* The set that was written, NULL where text[0..length) is none. */
struct registers *registers_read(const char *text, size_t length);

#endif
