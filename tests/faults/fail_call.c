/* fail_call: a library to be preloaded (LD_PRELOAD) that lets calls of a program fail.
 *
 *     FAIL_CALL='recvmmsg 105 3 2'   the third and fourth call of recvmmsg fail with errno 105
 *     FAIL_CALL='close 5 1 1 .tsv'   the first close of a file with .tsv in its path fails
 *
 * Functions: accept4, close, fcntl, getsockopt, pipe2, poll, ppoll, pread, read, recv, recvmmsg,
 * send, sendmmsg and write. None fails on standard error. All other calls reach the library that
 * the program would have called. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Their headers are not included: their declarations may have other attributes. */
struct pollfd;
struct timespec;
struct mmsghdr;
typedef __SIZE_TYPE__ size;
typedef __PTRDIFF_TYPE__ result;

result readlink(const char *path, char *to, size length);

static struct {
    char name[16], path[16]; /* path: part of the file's, or empty */
    int error;
    unsigned first, count, calls;
} fault;

__attribute__((constructor)) static void read_fault(void)
{
    const char *text = getenv("FAIL_CALL");
    if (text &&
        sscanf(text, "%15s %d %u %u %15s", fault.name, &fault.error, &fault.first, &fault.count, fault.path) < 4)
        abort();
}

/* Functions of large files have the same name with 64. */
static bool is_meant(const char *name)
{
    size_t length = strlen(fault.name);
    return length && strncmp(name, fault.name, length) == 0 &&
           (name[length] == '\0' || strcmp(name + length, "64") == 0);
}

static bool has_path(int fd)
{
    if (!fault.path[0])
        return true;
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    result length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return strstr(path, fault.path) != NULL;
}

/* fd: -1 for a call of no certain descriptor */
static bool fails(const char *name, int fd)
{
    if (!is_meant(name) || fd == 2 || !has_path(fd))
        return false;
    if (++fault.calls < fault.first || fault.calls >= fault.first + fault.count)
        return false;
    errno = fault.error;
    return true;
}

/* A function of that name, which takes these parameters and passes these arguments on, of a
 * descriptor or -1. */
#define CALL(type, name, descriptor, parameters, arguments)                                                            \
    type name parameters;                                                                                              \
    type name parameters                                                                                               \
    {                                                                                                                  \
        type(*next) parameters;                                                                                        \
        *(void **)&next = dlsym(RTLD_NEXT, #name);                                                                     \
        return fails(#name, descriptor) ? -1 : next arguments;                                                         \
    }

/* fcntl and its like. */
#define CONTROL(name)                                                                                                  \
    int name(int fd, int command, ...);                                                                                \
    int name(int fd, int command, ...)                                                                                 \
    {                                                                                                                  \
        int (*next)(int fd, int command, ...);                                                                         \
        va_list more;                                                                                                  \
        va_start(more, command);                                                                                       \
        void *argument = va_arg(more, void *);                                                                         \
        va_end(more);                                                                                                  \
        *(void **)&next = dlsym(RTLD_NEXT, #name);                                                                     \
        return fails(#name, fd) ? -1 : next(fd, command, argument);                                                    \
    }

CALL(int, accept4, fd, (int fd, void *address, unsigned *length, int flags), (fd, address, length, flags))
CALL(int, close, fd, (int fd), (fd))
CONTROL(fcntl)
CONTROL(fcntl64)
CALL(int, getsockopt, fd, (int fd, int level, int option, void *value, unsigned *length),
     (fd, level, option, value, length))
CALL(int, pipe2, -1, (int ends[2], int flags), (ends, flags))
CALL(int, poll, -1, (struct pollfd * polls, unsigned long count, int timeout), (polls, count, timeout))
CALL(int, ppoll, -1, (struct pollfd * polls, unsigned long count, const struct timespec *timeout, const void *mask),
     (polls, count, timeout, mask))
CALL(result, pread, fd, (int fd, void *to, size length, long offset), (fd, to, length, offset))
CALL(result, pread64, fd, (int fd, void *to, size length, long long offset), (fd, to, length, offset))
CALL(result, read, fd, (int fd, void *to, size length), (fd, to, length))
CALL(result, recv, fd, (int fd, void *to, size length, int flags), (fd, to, length, flags))
CALL(int, recvmmsg, fd, (int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout),
     (fd, headers, count, flags, timeout))
CALL(result, send, fd, (int fd, const void *from, size length, int flags), (fd, from, length, flags))
CALL(int, sendmmsg, fd, (int fd, struct mmsghdr *headers, unsigned count, int flags), (fd, headers, count, flags))
CALL(result, write, fd, (int fd, const void *from, size length), (fd, from, length))
