/* drain [-p] [tcp | unixgram PATH]: the least work that receiving can be, as a yardstick: recvmmsg
 * into a batch of buffers, whose content is ignored; for tcp recv of one connection. Prints the
 * port that it has bound on 127.0.0.1, or the path. On TERM it reads what is queued and prints how
 * many datagrams, or for tcp bytes, there were. With -p it waits in poll before each batch, as a
 * program must if it waits for anything else. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"
#include "net/datagrams.h"
#include "filter/unix_socket.h"
#include "net/listen.h"

enum { PIECE = 1 << 15, BATCH = 64, DATAGRAM_MAX = 2048, RECEIVE_BUFFER = 4 << 20, PATIENCE = 100 };

static volatile sig_atomic_t ended;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static int listen_on_any(void)
{
    struct net_address address = { .length = sizeof address.v4 };
    address.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = net_listen_udp(&address);
    if (fd < 0 || net_set_receive_buffer(fd, RECEIVE_BUFFER) < 0)
        die_errno("listen");
    printf("%d\n", ntohs(address.v4.sin_port));
    fflush(stdout);
    return fd;
}

static int listen_at(const char *path)
{
    struct unix_socket_file file;
    int fd = unix_socket_listen(path, SOCK_DGRAM, NET_MODE_DEFAULT, &file);
    if (fd < 0)
        die_errno("listen");
    printf("%s\n", path);
    fflush(stdout);
    return fd;
}

/* Its client closes the connection. */
static uint64_t drain_tcp(void)
{
    static char buffer[PIECE];
    struct net_address address = { .length = sizeof address.v4 };
    address.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int listener = net_listen_tcp(&address), fd;
    struct pollfd readable = { .fd = listener, .events = POLLIN };
    if (listener < 0)
        die_errno("listen");
    printf("%d\n", ntohs(address.v4.sin_port));
    fflush(stdout);
    while ((fd = accept(listener, NULL, NULL)) < 0)
        poll(&readable, 1, PATIENCE);
    uint64_t bytes = 0;
    for (ssize_t n; (n = recv(fd, buffer, sizeof buffer, 0)) != 0;)
        bytes += n > 0 ? (uint64_t)n : 0;
    return bytes;
}

static uint64_t drain(int fd, bool polls)
{
    static char buffers[BATCH][DATAGRAM_MAX];
    struct iovec parts[BATCH];
    struct mmsghdr headers[BATCH];
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    uint64_t datagrams = 0;
    memset(headers, 0, sizeof headers);
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){ buffers[i], DATAGRAM_MAX };
        headers[i].msg_hdr.msg_iov = &parts[i];
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    for (;;) {
        if (polls || ended)
            poll(&readable, 1, ended ? 0 : PATIENCE);
        int count = recvmmsg(fd, headers, BATCH, polls || ended ? MSG_DONTWAIT : MSG_WAITFORONE, NULL);
        if (count > 0)
            datagrams += (uint64_t)count;
        else if (ended)
            return datagrams;
    }
}

int main(int argc, char **argv)
{
    die_init("drain");
    struct sigaction action = { .sa_handler = end };
    sigaction(SIGTERM, &action, NULL);
    bool polls = argc > 1 && strcmp(argv[1], "-p") == 0;
    argv += 1 + polls;
    if (*argv && strcmp(*argv, "tcp") == 0)
        printf("%llu\n", (unsigned long long)drain_tcp());
    else
        printf("%llu\n", (unsigned long long)drain(*argv ? listen_at(argv[1]) : listen_on_any(), polls));
    return EXIT_FINE;
}
