/* generate LINES NAMES SEED: StatsD lines such as a busy site sends, to measure with.
 *
 * 55 % are counters (one in five sampled, three in ten of 1 to 5), 30 % timers up to 500 ms (two in
 * five with a fraction), 10 % gauges and 5 % sets of 100,000 members. There are NAMES names, all
 * equally likely. The same arguments give the same bytes on any machine. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/number.h"
#include "filter/out.h"
#include "base/xalloc.h"

enum { NAME_MAX_BYTES = 64, LINE_MAX_BYTES = NAME_MAX_BYTES + 32, OUT_SIZE = 1 << 18 };

struct name {
    char text[NAME_MAX_BYTES];
    size_t length;
};

static const char *const services[] = { "api", "web", "auth", "billing", "search", "cart", "image", "mail" };
static const char *const actions[] = { "requests",  "latency",     "errors", "db.query",
                                       "cache.hit", "queue.depth", "render", "session" };

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t random_state;

static uint32_t random_bits(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static uint64_t random_below(uint64_t limit)
{
    return (random_bits() * limit) >> 32;
}

static struct name name_of(uint64_t i)
{
    struct name n;
    const char *site = i % 3 ? "prod" : "stage", *service = services[i % 8], *action = actions[(i * 7 + i / 8) % 8];
    int length = snprintf(n.text, sizeof n.text, "%s.%s.host%03d.%s", site, service, (int)(i / 8 % 500), action);
    if (i >= 4000)
        length += snprintf(n.text + length, sizeof n.text - (size_t)length, ".%" PRIu64, i / 4000);
    n.length = (size_t)length;
    return n;
}

static struct name *make_names(uint64_t count)
{
    struct name *names = xcalloc(count, sizeof *names);
    for (uint64_t i = 0; i < count; i++)
        names[i] = name_of(i);
    return names;
}

static char *put(char *to, const char *text)
{
    size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

static char *put_uint(char *to, uint64_t value)
{
    return to + number_format_uint(value, to);
}

static char *put_counter(char *to)
{
    to = put_uint(to, random_below(10) < 3 ? 1 + random_below(5) : 1);
    to = put(to, "|c");
    return random_below(5) == 0 ? put(to, "|@0.1") : to;
}

static char *put_timer(char *to)
{
    to = put_uint(to, random_below(500));
    if (random_below(5) < 2) {
        uint64_t fraction = 1000 + random_below(1000); /* its first digit becomes the point */
        put_uint(to, fraction);
        *to = '.';
        to += 4;
    }
    return put(to, "|ms");
}

static char *put_line(char *to, const struct name *name)
{
    uint64_t kind = random_below(100);
    memcpy(to, name->text, name->length);
    to += name->length;
    *to++ = ':';
    if (kind < 55)
        to = put_counter(to);
    else if (kind < 85)
        to = put_timer(to);
    else if (kind < 95)
        to = put(put_uint(to, random_below(10000)), "|g");
    else
        to = put(put_uint(put(to, "user"), random_below(100000)), "|s");
    *to++ = '\n';
    return to;
}

static uint64_t argument(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*end || end == text)
        die("bad number %s", quote(text, strlen(text)).text);
    return value;
}

int main(int argc, char **argv)
{
    die_init("generate");
    if (argc != 4)
        die_usage("usage: generate lines names seed", "expected three numbers");
    uint64_t lines = argument(argv[1]), count = argument(argv[2]);
    struct name *names = make_names(count);
    struct out out;
    random_state = argument(argv[3]);
    out_init(&out, STDOUT_FILENO, "stdout", OUT_SIZE, OUT_BLOCKING);
    for (uint64_t i = 0; i < lines; i++) {
        char *to = out_room(&out, LINE_MAX_BYTES);
        out_added(&out, (size_t)(put_line(to, &names[random_below(count)]) - to));
    }
    out_close(&out);
    free(names);
    return EXIT_FINE;
}
