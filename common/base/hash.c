#include "base/hash.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

struct hash_seed hash_seed_random(void)
{
    struct hash_seed seed;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, seed.words, sizeof seed.words) : -1;
    if (fd >= 0)
        close(fd);
    if (got != (ssize_t)sizeof seed.words) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        for (size_t i = 0; i < 4; i++)
            seed.words[i] = hash_fold((uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 32, 0x9E3779B97F4A7C15u + i * 2);
    }
    for (size_t i = 0; i < 4; i++)
        seed.words[i] |= 1;
    return seed;
}
