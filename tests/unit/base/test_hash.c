/* base/hash: the function, and seeds. For these the system's calls are replaced by ones that
 * fail. */
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/die.h"
#include "child.h"
#include "tap.h"

static bool has_getrandom, has_device;

ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
    (void)flags;
    if (!has_getrandom) {
        errno = ENOSYS;
        return -1;
    }
    memset(bytes, 0x42, size);
    return (ssize_t)size;
}

int open(const char *path, int flags, ...)
{
    if (!has_device && strcmp(path, "/dev/urandom") == 0) {
        errno = ENOENT;
        return -1;
    }
    return openat(AT_FDCWD, path, flags, 0666);
}

static void make_seed(void *argument)
{
    (void)argument;
    die_init("prog");
    struct hash_seed seed = hash_seed_random();
    printf("%d", (int)(seed.words[0] & 1));
}

/* The definition, a block at a time. statsd-send --shard chooses a series' place by such hashes: it
 * is the same in every version. */
static uint64_t hash_slowly(const struct hash_seed *seed, const char *bytes, size_t length, unsigned kind)
{
    uint64_t h = seed->words[0] ^ ((uint64_t)length << 8 | kind);
    size_t at = 0;
    for (; at + 16 < length; at += 16)
        h = hash_fold(word_load(bytes + at) ^ seed->words[1], word_load(bytes + at + 8) ^ h);
    uint64_t first = length > 16 ? word_load(bytes + length - 16) : length >= 8 ? word_load(bytes) : 0;
    h = hash_fold(first ^ seed->words[1], hash_tail(bytes, length) ^ h);
    return hash_fold(h ^ seed->words[2], seed->words[3]);
}

static void test_function(void)
{
    const struct hash_seed seed = { { UINT64_C(0x9E3779B97F4A7C15), 3, 5, UINT64_C(0xBF58476D1CE4E5B9) } };
    size_t different = 0;
    for (size_t length = 0; length <= 300; length++) {
        char *bytes = malloc(length + 1); /* of that size, for sanitizers */
        for (size_t i = 0; i < length; i++)
            bytes[i + 1] = (char)(i * i * 31 + length);
        different += hash_bytes(&seed, bytes + 1, length, 2) != hash_slowly(&seed, bytes + 1, length, 2);
        free(bytes);
    }
    tap_ok(different == 0, "%zu of 301 lengths have another hash", different);
    const char series[] = "stage.web.host07;env=prod;host=web08;region=eu-west-0";
    tap_ok(hash_bytes(&seed, series, sizeof series - 1, 1) == UINT64_C(0xADC29C28C1F98B58),
           "the hash of a series is the same in every version");
}

int main(void)
{
    test_function();
    has_device = true;
    struct outcome outcome = in_child(make_seed, NULL);
    tap_ok(outcome.status == 0 && strcmp(outcome.out, "1") == 0, "a system without getrandom has /dev/urandom");
    has_getrandom = true;
    has_device = false;
    outcome = in_child(make_seed, NULL);
    tap_ok(outcome.status == 0 && hash_seed_random().words[3] == UINT64_C(0x4242424242424243),
           "without /dev/urandom seeds come from getrandom");
    has_getrandom = false;
    outcome = in_child(make_seed, NULL);
    tap_ok(outcome.status == 1 && strcmp(outcome.err, "prog: no random bytes for a hash: open /dev/urandom: "
                                                      "No such file or directory\n") == 0,
           "without both a program ends rather than guess");
    return tap_done();
}
