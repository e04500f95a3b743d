/* statsd-send's places: one that was stuck and takes a little again is waited for again. */
#include "outlet.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { LINES = 5000, KERNEL = 8192 /* bytes */, CHUNK = 512 };

static void put_lines(struct outlet *o)
{
    const struct span line = SPAN("some.series:1|c");
    for (int i = 0; i < LINES; i++)
        outlet_put(o, line);
    outlet_flush(o);
}

/* Reads until the end, slowly, and returns the number of lines. */
static uint64_t read_slowly(int fd)
{
    char bytes[CHUNK];
    uint64_t lines = 0;
    for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0; usleep(500))
        for (ssize_t i = 0; i < n; i++)
            lines += bytes[i] == '\n';
    return lines;
}

/* Starts a process that reads from fd, and writes to `to` how many lines that were. */
static pid_t start_reader(int fd, int to, const struct outlet *o)
{
    pid_t reader = fork();
    if (reader == 0) {
        close(o->fd);
        uint64_t lines = read_slowly(fd);
        _exit(write(to, &lines, sizeof lines) != sizeof lines);
    }
    return reader;
}

int main(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct outlet o;
    char folder[] = "/tmp/test_outlet.XXXXXX";
    int server = socket(AF_UNIX, SOCK_STREAM, 0), room = KERNEL, told[2];
    die_init("test_outlet");
    bool is_made = mkdtemp(folder) != NULL;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", folder);
    is_made = is_made && pipe(told) == 0 && bind(server, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(server, 1) == 0 && outlet_parse(&o, NET_UNIX, address.sun_path) && outlet_open(&o, OUTLET_MTU);
    tap_ok(is_made, "a Unix stream is connected to");
    setsockopt(o.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    int client = accept(server, NULL, NULL);

    put_lines(&o);
    tap_ok(o.is_stuck && o.lost > 0, "a reader that takes nothing: it is stuck");

    uint64_t lost = o.lost, lines = 0;
    struct pollfd p = { .fd = o.fd, .events = POLLOUT };
    pid_t reader = start_reader(client, told[1], &o);
    tap_ok(poll(&p, 1, 30000) == 1, "there is room for a little");
    put_lines(&o);
    tap_ok(!o.is_stuck && o.lost == lost, "a reader that takes slowly is waited for: nothing more is lost");

    outlet_end(&o);
    close(client);
    outlet_close(&o);
    bool is_read = read(told[0], &lines, sizeof lines) == sizeof lines && waitpid(reader, NULL, 0) == reader;
    tap_ok(is_read && lines + lost == 2 * LINES, "each line has come or is counted");
    unlink(address.sun_path);
    rmdir(folder);
    close(server);
    return tap_done();
}
