/* base/hash: seeds. The system's calls are replaced by ones that fail. */
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

int main(void)
{
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
