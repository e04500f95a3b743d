/* unix_socket: files of Unix sockets are made with their mode, replaced where nobody listens, and
 * removed by their owner alone. */
#include "filter/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tap.h"

static int opened(const char *path, int type, struct unix_socket_file *file)
{
    return unix_socket_listen(path, type, 0600, file);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 ? status.st_mode : 0;
}

static void test_modes(void)
{
    static const unsigned modes[] = { 0666, 0600, 0, 0777 };
    umask(027);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        struct unix_socket_file file;
        int fd = unix_socket_listen("socket", SOCK_DGRAM, modes[i], &file);
        tap_ok(fd >= 0 && mode_of("socket") == (S_IFSOCK | modes[i]), "mode %o, whatever the umask", modes[i]);
        unix_socket_remove(&file);
        close(fd);
        tap_ok(mode_of("socket") == 0, "its file is removed");
    }
    tap_ok(umask(022) == 027, "the umask is as it was");
}

static void test_places(int type, const char *name)
{
    struct unix_socket_file file, other;
    char path[sizeof((struct sockaddr_un *)0)->sun_path + 1];
    int fd = opened("socket", type, &file), next;
    tap_ok(fd >= 0, "%s: opened", name);
    tap_ok(opened("socket", type, &other) == -1 && errno == EADDRINUSE, "%s: where somebody listens, nobody else",
           name);
    next = opened("socket", type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM, &other);
    tap_ok(next == -1 && errno == EADDRINUSE, "%s: not even with another type", name);
    unlink("socket");
    next = opened("socket", type, &other);
    unix_socket_remove(&file);
    tap_ok(next >= 0 && S_ISSOCK(mode_of("socket")), "%s: the file of another stays", name);
    close(fd);
    close(next);
    next = opened("socket", type, &other);
    tap_ok(next >= 0, "%s: where nobody listens any more, it is replaced", name);
    unix_socket_remove(&other);
    close(next);
    tap_ok(mode_of("socket") == 0, "%s: one's own goes", name);
    close(open("socket", O_CREAT | O_WRONLY, 0600));
    tap_ok(opened("socket", type, &file) == -1 && errno == EEXIST && S_ISREG(mode_of("socket")),
           "%s: a file that is no socket stays", name);
    unlink("socket");
    tap_ok(symlink("elsewhere", "socket") == 0 && opened("socket", type, &file) == -1, "%s: so does a link", name);
    unlink("socket");
    tap_ok(opened("no/such/folder", type, &file) == -1 && errno == ENOENT, "%s: no folder", name);
    tap_ok(opened("", type, &file) == -1 && errno == ENOENT, "%s: no path", name);
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    tap_ok(opened(path, type, &file) == -1 && errno == ENAMETOOLONG, "%s: a path that is too long", name);
    path[sizeof path - 2] = '\0';
    fd = opened(path, type, &file);
    tap_ok(fd >= 0, "%s: the longest", name);
    unix_socket_remove(&file);
    tap_ok(mode_of(path) == 0, "%s: it is removed", name);
    close(fd);
}

int main(void)
{
    char folder[] = "/tmp/test_unix_socket.XXXXXX";
    if (!tap_ok(mkdtemp(folder) && chdir(folder) == 0, "a folder"))
        return tap_done();
    test_modes();
    test_places(SOCK_DGRAM, "datagrams");
    test_places(SOCK_STREAM, "a stream");
    rmdir(folder);
    return tap_done();
}
