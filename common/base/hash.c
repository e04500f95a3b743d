#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/random.h>
#endif

#include "base/die.h"

/* Asks the system itself, which works without /dev too. False where that is not known. */
static bool ask_system(void *bytes, size_t size)
{
#ifdef __linux__
    ssize_t got;
    do
        got = getrandom(bytes, size, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
#else
    (void)bytes;
    (void)size;
    return false;
#endif
}

static void read_device(void *bytes, size_t size)
{
    static const char device[] = "/dev/urandom";
    int fd = open(device, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        die_errno("no random bytes for a hash: open %s", device);
    ssize_t got = read(fd, bytes, size);
    if (got < 0)
        die_errno("no random bytes for a hash: read %s", device);
    if (got != (ssize_t)size)
        die("no random bytes for a hash: %s ends", device);
    close(fd);
}

struct hash_seed hash_seed_random(void)
{
    struct hash_seed seed;
    if (!ask_system(seed.words, sizeof seed.words))
        read_device(seed.words, sizeof seed.words);
    for (size_t i = 0; i < 4; i++)
        seed.words[i] |= 1;
    return seed;
}
