/* blast [-s bytes] [-r lines] place < lines: sends a file's lines to PLACE, as many per datagram as
 * fit. The place is a port, UDP on 127.0.0.1, or tcp:PORT (where a datagram is a write) or
 * unixgram:PATH.
 *
 *   -s bytes   the longest datagram (default: 1432); 0 sends one line per datagram.
 *              A longer line is sent alone.
 *   -r lines   lines per second (default: as fast as it can)
 *
 * Prints `N datagrams, N lines, S seconds`: what the kernel accepted. Datagrams that the receiver
 * had no room for are the receiver's to count. The clock paces it, a millisecond's worth at a time.
 * What a busy machine kept it from sending, it makes up later. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"

enum { BATCH = 64, SIZE_DEFAULT = 1432 };
static const char usage_line[] = "usage: blast [-s bytes] [-r lines] place < lines";

struct sender {
    int fd;
    size_t size;   /* of a datagram, in bytes; 0: one line per datagram */
    uint64_t rate; /* lines per second; 0: no limit */
    struct iovec parts[BATCH];
    struct mmsghdr headers[BATCH];
    unsigned count; /* datagrams in the batch */
    uint64_t datagrams, lines;
};

static uint64_t argument(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*end || end == text)
        die_usage(usage_line, "bad number %s", quote(text, strlen(text)).text);
    return value;
}

/* What follows the word and a `:` in the text, or NULL. */
static const char *after(const char *text, const char *word)
{
    size_t length = strlen(word);
    return strncmp(text, word, length) == 0 && text[length] == ':' ? text + length + 1 : NULL;
}

static int connect_to(const char *place)
{
    const char *path = after(place, "unixgram"), *port = after(place, "tcp");
    struct sockaddr_in inet = { .sin_family = AF_INET };
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (path)
        snprintf(local.sun_path, sizeof local.sun_path, "%s", path);
    else
        inet.sin_port = htons((uint16_t)argument(port ? port : place));
    int fd = socket(path ? AF_UNIX : AF_INET, port ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (fd < 0 || (path ? connect(fd, (struct sockaddr *)&local, sizeof local)
                        : connect(fd, (struct sockaddr *)&inet, sizeof inet)) < 0)
        die_errno("connect %s", place);
    return fd;
}

static struct sender parse_args(int argc, char **argv)
{
    struct sender s = { .size = SIZE_DEFAULT };
    int letter;
    while ((letter = getopt(argc, argv, "s:r:")) != -1)
        switch (letter) {
        case 's': s.size = argument(optarg); break;
        case 'r': s.rate = argument(optarg); break;
        default: die_usage(usage_line, "unknown option");
        }
    if (argc - optind != 1)
        die_usage(usage_line, "expected a place");
    s.fd = connect_to(argv[optind]);
    return s;
}

/* The kernel may accept part of the batch. An error that an earlier datagram caused is not ours. */
static void send_batch(struct sender *s)
{
    for (unsigned i = 0; i < s->count;) {
        int sent = sendmmsg(s->fd, s->headers + i, s->count - i, 0);
        if (sent > 0)
            i += (unsigned)sent;
        else if (errno == ECONNREFUSED)
            die("nobody listens");
        else if (errno != EINTR && errno != ENOBUFS)
            die_errno("send");
    }
    s->datagrams += s->count;
    s->count = 0;
}

/* Returns the end of the datagram that begins at p. Sets *lines to the number of its lines. */
static const char *datagram_end(const struct sender *s, const char *p, const char *end, uint64_t *lines)
{
    const char *to = p;
    for (*lines = 0; to < end; ++*lines) {
        const char *newline = memchr(to, '\n', (size_t)(end - to));
        const char *next = newline ? newline + 1 : end;
        if (to > p && (size_t)(next - p) > s->size)
            break;
        to = next;
    }
    return to;
}

static void add(struct sender *s, const char *p, const char *end)
{
    s->parts[s->count] = (struct iovec){ (char *)p, (size_t)(end - p) };
    s->headers[s->count] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &s->parts[s->count], .msg_iovlen = 1 } };
    if (++s->count == BATCH)
        send_batch(s);
}

/* Waits until more lines are due. */
static void keep_pace(struct sender *s, int64_t start)
{
    const struct timespec millisecond = { .tv_nsec = 1000000 };
    while (s->rate && s->lines * 1000000 > (uint64_t)(clock_monotonic_us() - start) * s->rate) {
        send_batch(s);
        nanosleep(&millisecond, NULL);
    }
}

int main(int argc, char **argv)
{
    die_init("blast");
    struct sender s = parse_args(argc, argv);
    struct stat file;
    if (fstat(STDIN_FILENO, &file) < 0 || !S_ISREG(file.st_mode) || !file.st_size)
        die("stdin: expected a file");
    const char *p = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, STDIN_FILENO, 0);
    if (p == MAP_FAILED)
        die_errno("mmap");
    int64_t start = clock_monotonic_us();
    for (const char *end = p + file.st_size; p < end;) {
        uint64_t lines;
        const char *to = datagram_end(&s, p, end, &lines);
        add(&s, p, to);
        s.lines += lines;
        p = to;
        keep_pace(&s, start);
    }
    send_batch(&s);
    printf("%llu datagrams, %llu lines, %.3f seconds\n", (unsigned long long)s.datagrams, (unsigned long long)s.lines,
           (double)(clock_monotonic_us() - start) / 1e6);
    return EXIT_FINE;
}
