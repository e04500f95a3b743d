#include "samples/hyperloglog.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* The leading INDEX_BITS of a hash select a register. It keeps the largest rank seen: 1 more than
 * the number of leading zeros in the rest of the hash. */
enum {
    INDEX_BITS = 14,
    REGISTERS = 1 << INDEX_BITS,
    HIGHEST_RANK = 64 - INDEX_BITS + 1,
};
_Static_assert((int)HYPERLOGLOG_TEXT == (int)REGISTERS, "a letter for each register");

struct hyperloglog {
    unsigned char ranks[REGISTERS];
};

struct hyperloglog *hyperloglog_new(void)
{
    return xcalloc(1, sizeof(struct hyperloglog));
}

void hyperloglog_free(struct hyperloglog *hyperloglog)
{
    free(hyperloglog);
}

void hyperloglog_add(struct hyperloglog *hyperloglog, uint64_t hash)
{
    unsigned char *kept = &hyperloglog->ranks[hash >> (64 - INDEX_BITS)];
    uint64_t rest = hash << INDEX_BITS | UINT64_C(1) << (INDEX_BITS - 1); /* a bit to stop at */
    unsigned char rank = (unsigned char)(__builtin_clzll(rest) + 1);
    if (rank > *kept)
        *kept = rank;
}

void hyperloglog_merge(struct hyperloglog *hyperloglog, const struct hyperloglog *other)
{
    for (size_t i = 0; i < REGISTERS; i++)
        if (other->ranks[i] > hyperloglog->ranks[i])
            hyperloglog->ranks[i] = other->ranks[i];
}

/* σ(x) = x + Σ x^(2^k) 2^(k-1), k >= 1 (Ertl, section 4.3): the share of empty registers. */
static double sigma(double x)
{
    if (x == 1)
        return INFINITY;
    double sum = x, before, factor = 1;
    do {
        before = sum;
        x *= x;
        sum += x * factor;
        factor *= 2;
    } while (sum != before);
    return sum;
}

/* τ(x) = (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3, k >= 1 (Ertl, section 4.3): the share of the
 * registers at the highest rank. */
static double tau(double x)
{
    if (x == 0 || x == 1)
        return 0;
    double sum = 1 - x, before, factor = 1;
    do {
        before = sum;
        x = sqrt(x);
        factor /= 2;
        sum -= (1 - x) * (1 - x) * factor;
    } while (sum != before);
    return sum / 3;
}

/* Ertl's algorithm 6. */
uint64_t hyperloglog_estimate(const struct hyperloglog *hyperloglog)
{
    static const double alpha = 0.72134752044448170; /* 1 / (2 ln 2) */
    const double m = REGISTERS;
    unsigned count[HIGHEST_RANK + 1] = { 0 };
    for (size_t i = 0; i < REGISTERS; i++)
        count[hyperloglog->ranks[i]]++;
    double z = m * tau(1 - count[HIGHEST_RANK] / m);
    for (int rank = HIGHEST_RANK - 1; rank >= 1; rank--)
        z = (z + count[rank]) / 2;
    z += m * sigma(count[0] / m);
    double estimate = alpha * m * (m / z);
    return estimate < 0x1p64 ? (uint64_t)(estimate + 0.5) : UINT64_MAX;
}

/* A rank's letter: A to Z and a to z are as many letters as a register has values. */
_Static_assert(HIGHEST_RANK + 1 == 2 * 26, "as many letters as ranks");
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void hyperloglog_write(const struct hyperloglog *hyperloglog, char *to)
{
    for (size_t i = 0; i < REGISTERS; i++)
        to[i] = letters[hyperloglog->ranks[i]];
}

struct hyperloglog *hyperloglog_read(const char *text, size_t length)
{
    if (length != REGISTERS)
        return NULL;
    struct hyperloglog *hyperloglog = hyperloglog_new();
    for (size_t i = 0; i < REGISTERS; i++) {
        const char *letter = memchr(letters, text[i], sizeof letters - 1);
        if (letter == NULL) {
            hyperloglog_free(hyperloglog);
            return NULL;
        }
        hyperloglog->ranks[i] = (unsigned char)(letter - letters);
    }
    return hyperloglog;
}
