/* listen: files of Unix sockets are made with their mode, replaced where nobody listens, and
 * removed by their owner alone. */
#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "tap.h"

static int opened(const char *path, int type, struct net_file *file)
{
    return net_listen_unix(path, type, 0600, file);
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
        struct net_file file;
        int fd = net_listen_unix("socket", SOCK_DGRAM, modes[i], &file);
        tap_ok(fd >= 0 && mode_of("socket") == (S_IFSOCK | modes[i]), "mode %o, whatever the umask", modes[i]);
        net_remove_file(&file);
        close(fd);
        tap_ok(mode_of("socket") == 0, "its file is removed");
    }
    tap_ok(umask(022) == 027, "the umask is as it was");
}

static void test_places(int type, const char *name)
{
    struct net_file file, other;
    int fd = opened("socket", type, &file), next;
    tap_ok(fd >= 0, "%s: opened", name);
    tap_ok(opened("socket", type, &other) == -1 && errno == EADDRINUSE, "%s: where somebody listens, nobody else",
           name);
    next = opened("socket", type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM, &other);
    tap_ok(next == -1 && errno == EADDRINUSE, "%s: not even with another type", name);
    unlink("socket");
    next = opened("socket", type, &other);
    net_remove_file(&file);
    tap_ok(next >= 0 && S_ISSOCK(mode_of("socket")), "%s: the file of another stays", name);
    close(fd);
    close(next);
    next = opened("socket", type, &other);
    tap_ok(next >= 0, "%s: where nobody listens any more, it is replaced", name);
    net_remove_file(&other);
    close(next);
    tap_ok(mode_of("socket") == 0, "%s: one's own goes", name);
    close(open("socket", O_CREAT | O_WRONLY, 0600));
    tap_ok(opened("socket", type, &file) == -1 && errno == EEXIST && S_ISREG(mode_of("socket")),
           "%s: a file that is no socket stays", name);
    unlink("socket");
    tap_ok(symlink("elsewhere", "socket") == 0 && opened("socket", type, &file) == -1, "%s: so does a link", name);
    unlink("socket");
    tap_ok(opened("no/such/folder", type, &file) == -1 && errno == ENOENT, "%s: no folder", name);
}

int main(void)
{
    char folder[] = "/tmp/test_listen.XXXXXX";
    if (!tap_ok(mkdtemp(folder) && chdir(folder) == 0, "a folder"))
        return tap_done();
    test_modes();
    test_places(SOCK_DGRAM, "datagrams");
    test_places(SOCK_STREAM, "a stream");
    tap_ok(net_unix_queue() > 0, "the queue of a Unix socket holds %u datagrams", net_unix_queue());
    rmdir(folder);
    return tap_done();
}
