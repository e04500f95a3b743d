/* fail_call: a library to be preloaded (LD_PRELOAD) that lets calls of a program fail.
 *
 *     FAIL_CALL='recvmmsg 105 3 2'   the third and fourth call of recvmmsg fail with errno 105
 *
 * Functions: accept4, pipe2, poll, ppoll, read, recv, recvmmsg, send, and write to anything but
 * standard error. All other calls reach the library that the program would have called. */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    char name[16];
    int error;
    unsigned first, count, calls;
} fault;

__attribute__((constructor)) static void read_fault(void)
{
    const char *text = getenv("FAIL_CALL");
    if (text && sscanf(text, "%15s %d %u %u", fault.name, &fault.error, &fault.first, &fault.count) != 4)
        abort();
}

static bool fails(const char *name)
{
    if (strcmp(name, fault.name) != 0 || ++fault.calls < fault.first || fault.calls >= fault.first + fault.count)
        return false;
    errno = fault.error;
    return true;
}

/* A function of that name, which takes these parameters and passes these arguments on. It can fail
 * where `can` holds. */
#define CALL(type, name, can, parameters, arguments)                                                                   \
    type name parameters;                                                                                              \
    type name parameters                                                                                               \
    {                                                                                                                  \
        type(*next) parameters;                                                                                        \
        *(void **)&next = dlsym(RTLD_NEXT, #name);                                                                     \
        return (can) && fails(#name) ? -1 : next arguments;                                                            \
    }

/* Their headers are not included: their declarations may have other attributes. */
struct pollfd;
struct timespec;
struct mmsghdr;
typedef __SIZE_TYPE__ size;
typedef __PTRDIFF_TYPE__ result;

CALL(int, accept4, true, (int fd, void *address, unsigned *length, int flags), (fd, address, length, flags))
CALL(result, recv, true, (int fd, void *to, size length, int flags), (fd, to, length, flags))
CALL(int, pipe2, true, (int ends[2], int flags), (ends, flags))
CALL(int, poll, true, (struct pollfd * polls, unsigned long count, int timeout), (polls, count, timeout))
CALL(int, ppoll, true, (struct pollfd * polls, unsigned long count, const struct timespec *timeout, const void *mask),
     (polls, count, timeout, mask))
CALL(result, read, true, (int fd, void *to, size length), (fd, to, length))
CALL(int, recvmmsg, true, (int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout),
     (fd, headers, count, flags, timeout))
CALL(result, send, true, (int fd, const void *from, size length, int flags), (fd, from, length, flags))
CALL(result, write, fd != 2, (int fd, const void *from, size length), (fd, from, length))
