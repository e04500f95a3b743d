#include "net/datagrams.h"

#include <string.h>
#include <unistd.h>

#include "net/address_of.h"
#include "net/listen.h"
#include "tap.h"

/* Returns a socket that sends to the address, or -1. */
static int sender_to(const struct net_address *to)
{
    int fd = socket(to->any.sa_family, SOCK_DGRAM, 0);
    if (fd >= 0 && connect(fd, &to->any, to->length) < 0)
        return -1;
    return fd;
}

static void test_receive(const char *host)
{
    struct net_address here = address_of(host, 0), again;
    int fd = net_listen_udp(&here);
    if (!tap_ok(fd >= 0, "listen on %s", host))
        return;
    again = here;
    tap_ok(net_listen_udp(&again) == -1, "the same port of %s is taken", host);
    int from = sender_to(&here);
    struct net_address sender = { .length = sizeof sender.v6 };
    getsockname(from, &sender.any, &sender.length);
    struct net_batch b;
    net_batch_init(&b, 3, 8);
    tap_ok(net_receive(&b, fd) == 0, "nothing is queued");
    bool sent = send(from, "one", 3, 0) == 3 && send(from, "", 0, 0) == 0 && send(from, "12345678", 8, 0) == 8 &&
                send(from, "123456789", 9, 0) == 9;
    tap_ok(sent && net_receive(&b, fd) == 3, "a full batch");
    struct net_datagram d = net_datagram(&b, 0);
    tap_ok(d.length == 3 && memcmp(d.text, "one", 3) == 0 && !d.truncated, "the first is whole");
    char expected[NET_TEXT_MAX], text[NET_TEXT_MAX];
    net_text(&sender, expected);
    net_text(d.sender, text);
    tap_ok(strcmp(text, expected) == 0, "its sender is %s", expected);
    tap_ok(net_datagram(&b, 1).length == 0, "the second is empty");
    tap_ok(net_datagram(&b, 2).length == 8 && !net_datagram(&b, 2).truncated, "the third just fits");
    tap_ok(net_receive(&b, fd) == 1, "the rest");
    d = net_datagram(&b, 0);
    tap_ok(d.length == 8 && d.truncated, "a datagram longer than its buffer is marked as truncated");
    net_text(d.sender, text);
    tap_ok(strcmp(text, expected) == 0, "the sender of the second batch too");
    net_batch_free(&b);
    close(from);
    close(fd);
}

static void test_drops(void)
{
    struct net_address here = address_of("127.0.0.1", 0);
    int fd = net_listen_udp(&here), from = sender_to(&here);
    uint32_t drops = 1;
    tap_ok(net_drops(fd, &drops) && drops == 0, "nothing is dropped at first");
    int64_t granted = net_set_receive_buffer(fd, 4096);
    tap_ok(granted == 4096, "a buffer of 4096 bytes is granted: %lld", (long long)granted);
    char bytes[1000] = { 0 };
    int sent = 0, received = 0;
    for (; sent < 100; sent++)
        if (send(from, bytes, sizeof bytes, 0) < 0)
            break;
    struct net_batch b;
    net_batch_init(&b, 8, sizeof bytes);
    for (int n; (n = net_receive(&b, fd)) > 0;)
        received += n;
    tap_ok(net_drops(fd, &drops) && drops > 0 && received > 0 && received + (int)drops == sent,
           "%d sent = %d received + %u dropped", sent, received, drops);
    tap_ok(send(from, "last", 4, 0) == 4 && net_stop_arrivals(fd), "the door is shut");
    uint32_t before = drops;
    tap_ok(send(from, "late", 4, 0) == 4 && net_receive(&b, fd) == 1 && net_receive(&b, fd) == 0,
           "what was queued can be read, what comes later not");
    tap_ok(net_drops(fd, &drops) && drops == before + 1, "later lines count as dropped");
    net_batch_free(&b);
    close(from);
    close(fd);
}

/* A datagram of a Unix socket tells the process that sent it, and brings no descriptors. */
static void test_unix(void)
{
    int ends[2];
    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends);
    tap_ok(net_ask_for_senders(ends[0]), "the kernel is asked for senders");
    struct net_batch b;
    net_batch_init_unix(&b, 2, 8);
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) } };
    memcpy(CMSG_DATA(&control.header), &ends[0], sizeof(int));
    struct iovec part = { "fd", 2 };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    int unused = dup(0);
    close(unused);
    for (int i = 0; i < 3; i++) {
        char text[NET_TEXT_MAX], expected[NET_TEXT_MAX];
        bool sent = send(ends[1], "one", 3, 0) == 3 && sendmsg(ends[1], &message, 0) == 2;
        tap_ok(sent && net_receive(&b, ends[0]) == 2, "two datagrams");
        snprintf(expected, sizeof expected, "unix:%d", (int)getpid());
        bool right = true;
        for (unsigned j = 0; j < 2; j++) {
            net_text(net_datagram(&b, j).sender, text);
            right &= strcmp(text, expected) == 0;
        }
        tap_ok(right, "they are of %s", text);
        int next = dup(0);
        tap_ok(next == unused, "no descriptor was taken");
        close(next);
    }
    bool sent = send(ends[1], "one", 3, 0) == 3 && send(ends[1], "two", 3, 0) == 3 && send(ends[1], "", 0, 0) == 0;
    tap_ok(sent && net_discard(ends[0], 2) == 2 && net_discard(ends[0], 5) == 1 && net_discard(ends[0], 5) == 0,
           "three are thrown away");
    net_batch_free(&b);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    test_unix();
    test_receive("127.0.0.1");
    test_receive("::1");
    test_drops();
    tap_ok(net_unix_queue() > 0, "the queue of a Unix socket holds %u datagrams", net_unix_queue());
    return tap_done();
}
