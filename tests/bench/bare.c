/* bare raw|rec: the least work that summing by name can be, as a yardstick. `raw` reads StatsD
 * lines: the name ends at the first `:`, the number at `|`. `rec` reads records: the name is the
 * first column, the number the third. It finds the name and the number, hashes the name and adds
 * the number. It checks and escapes nothing; on other input the result is nonsense. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"

enum { BUFFER_SIZE = 1 << 18, FIRST_SLOTS = 1 << 16 };

struct slot {
    uint64_t hash;
    double sum;
    char *name; /* NULL: free */
    size_t length;
};

struct table {
    struct slot *slots;
    size_t size, used; /* size is a power of 2 */
};

static uint64_t hash(const char *p, size_t length)
{
    uint64_t h = length * 0x9e3779b97f4a7c15, word;
    for (; length >= 8; length -= 8, p += 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0xff51afd7ed558ccd;
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, p, length);
    h = (h ^ word) * 0xc4ceb9fe1a85ec53;
    return h ^ (h >> 29);
}

static struct slot *find(const struct table *t, uint64_t h, const char *name, size_t length)
{
    size_t i = h & (t->size - 1);
    for (;; i = (i + 1) & (t->size - 1)) {
        struct slot *s = &t->slots[i];
        if (!s->name || (s->hash == h && s->length == length && memcmp(s->name, name, length) == 0))
            return s;
    }
}

static void grow(struct table *t)
{
    struct table old = *t;
    t->size *= 2;
    t->slots = xcalloc(t->size, sizeof *t->slots);
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i].name)
            *find(t, old.slots[i].hash, old.slots[i].name, old.slots[i].length) = old.slots[i];
    free(old.slots);
}

static void add(struct table *t, const char *name, size_t length, double value)
{
    uint64_t h = hash(name, length);
    struct slot *s = find(t, h, name, length);
    if (s->name) {
        s->sum += value;
        return;
    }
    *s = (struct slot){ h, value, xstrndup(name, length), length };
    if (++t->used * 2 > t->size)
        grow(t);
}

static double number(const char *p)
{
    double value = 0, unit = 0.1;
    bool negative = *p == '-';
    for (p += negative; *p >= '0' && *p <= '9'; p++)
        value = value * 10 + (*p - '0');
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++, unit *= 0.1)
            value += unit * (*p - '0');
    return negative ? -value : value;
}

/* Adds the lines between p and end. Returns where the first incomplete line begins. */
static const char *add_lines(struct table *t, const char *p, const char *end, bool records, uint64_t *lines)
{
    for (const char *newline; (newline = memchr(p, '\n', (size_t)(end - p))); p = newline + 1, ++*lines) {
        const char *stop = memchr(p, records ? '\t' : ':', (size_t)(newline - p)), *value;
        if (!stop)
            continue;
        value = records ? memchr(stop + 1, '\t', (size_t)(newline - stop - 1)) : stop;
        if (value)
            add(t, p, (size_t)(stop - p), number(value + 1));
    }
    return p;
}

int main(int argc, char **argv)
{
    die_init("bare");
    bool records = argc == 2 && strcmp(argv[1], "rec") == 0;
    if (argc != 2 || (!records && strcmp(argv[1], "raw") != 0))
        die_usage("usage: bare raw|rec", "expected raw or rec");
    struct table t = { .slots = xcalloc(FIRST_SLOTS, sizeof *t.slots), .size = FIRST_SLOTS };
    char *buffer = xmalloc(BUFFER_SIZE + 1);
    size_t have = 0;
    uint64_t lines = 0;
    double sum = 0;
    for (ssize_t n; (n = read(STDIN_FILENO, buffer + have, BUFFER_SIZE - have)) > 0;) {
        const char *end = buffer + have + n, *rest = add_lines(&t, buffer, end, records, &lines);
        have = (size_t)(end - rest);
        memmove(buffer, rest, have);
    }
    for (size_t i = 0; i < t.size; i++)
        sum += t.slots[i].name ? t.slots[i].sum : 0;
    printf("%llu lines, %zu names, sum %.3f\n", (unsigned long long)lines, t.used, sum);
    return EXIT_FINE;
}
