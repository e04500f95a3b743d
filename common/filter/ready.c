#include "filter/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/die.h"

void ready_check(int fd)
{
    ready_check_writable("--ready-fd", fd);
}

/* A write to a descriptor for reading fails as one to none does. */
void ready_check_writable(const char *option, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
        return;
    errno = EBADF;
    die_errno("%s %d", option, fd);
}

void ready_tell(int fd, const char *text, size_t length)
{
    if (write(fd, text, length) != (ssize_t)length)
        die_errno("--ready-fd %d", fd);
    if (fd > STDERR_FILENO)
        close(fd);
}

/* Converts a path, or a name in the abstract namespace, which begins with `@` in name and with NUL
 * in the address. Returns the address's length, or 0 if name is neither or too long. */
static socklen_t notify_address(const char *name, struct sockaddr_un *address)
{
    size_t length = strlen(name);
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof address->sun_path)
        return 0;
    memcpy(address->sun_path, name, length);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

void ready_notify(void)
{
    ready_notify_state("READY=1\n");
}

void ready_notify_state(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    if (!name || !*name)
        return;
    socklen_t length = notify_address(name, &address);
    if (!length) {
        warn("NOTIFY_SOCKET: bad address %s: expected a path or @name", quote(name, strlen(name)).text);
        return;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0 || sendto(fd, state, strlen(state), 0, (struct sockaddr *)&address, length) < 0)
        warn_errno("NOTIFY_SOCKET: send %s", quote(name, strlen(name)).text);
    if (fd >= 0)
        close(fd);
}
