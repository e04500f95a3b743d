#include "net/net.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static struct net_address address_of(const char *host, uint16_t port)
{
    struct net_address a = { .length = sizeof a.v4 };
    if (inet_pton(AF_INET, host, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
        a.v4.sin_port = htons(port);
        return a;
    }
    a = (struct net_address){ .length = sizeof a.v6 };
    a.v6.sin6_family = AF_INET6;
    a.v6.sin6_port = htons(port);
    inet_pton(AF_INET6, host, &a.v6.sin6_addr);
    return a;
}

static void test_text(void)
{
    static const struct {
        const char *host;
        uint16_t port;
        const char *text;
    } cases[] = {
        { "127.0.0.1", 8125, "127.0.0.1:8125" },
        { "0.0.0.0", 0, "0.0.0.0:0" },
        { "255.255.255.255", 65535, "255.255.255.255:65535" },
        { "::1", 8125, "[::1]:8125" },
        { "::", 1, "[::]:1" },
        { "fe80::1:2", 40123, "[fe80::1:2]:40123" },
        { "1111:2222:3333:4444:5555:6666:7777:8888", 65535, "[1111:2222:3333:4444:5555:6666:7777:8888]:65535" },
        { "::ffff:10.1.2.3", 8125, "10.1.2.3:8125" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[NET_TEXT_MAX];
        struct net_address a = address_of(cases[i].host, cases[i].port);
        size_t length = net_text(&a, text);
        tap_ok(length == strlen(cases[i].text) && strcmp(text, cases[i].text) == 0, "%s", cases[i].text);
    }
    char text[NET_TEXT_MAX];
    struct net_address a = address_of("fe80::1", 80);
    a.v6.sin6_scope_id = 2;
    net_text(&a, text);
    tap_ok(strcmp(text, "[fe80::1%2]:80") == 0, "an interface is named by its number");
}

static void test_places(void)
{
    static const struct {
        const char *text, *host;
        int port; /* -1: rejected */
    } cases[] = {
        { "8125", "127.0.0.1", 8125 },
        { "0", "127.0.0.1", 0 },
        { "65535", "127.0.0.1", 65535 },
        { ":8125", "", 8125 },
        { "10.0.0.1:80", "10.0.0.1", 80 },
        { "localhost:80", "localhost", 80 },
        { "[::1]:80", "::1", 80 },
        { "[fe80::1%eth0]:80", "fe80::1%eth0", 80 },
        { "", "", -1 },
        { ":", "", -1 },
        { "65536", "", -1 },
        { "123456", "", -1 },
        { "99999999999", "", -1 },
        { "-1", "", -1 },
        { "+1", "", -1 },
        { "8125x", "", -1 },
        { " 8125", "", -1 },
        { "localhost", "", -1 },
        { "localhost:", "", -1 },
        { "::1", "", -1 },
        { "::1:8125", "", -1 },
        { "[::1]", "", -1 },
        { "[::1]8125", "", -1 },
        { "[]:80", "", -1 },
        { "[::1:80", "", -1 },
        { "::1]:80", "", -1 },
        { "a b:80", "", -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct net_place place;
        bool read = net_parse_place(cases[i].text, &place);
        bool right = read ? strcmp(place.host, cases[i].host) == 0 && place.port == cases[i].port : cases[i].port == -1;
        tap_ok(right, "place '%s'", cases[i].text);
    }
    char long_host[NET_HOST_MAX + 8];
    struct net_place place;
    memset(long_host, 'a', sizeof long_host);
    strcpy(long_host + NET_HOST_MAX, ":80");
    tap_ok(!net_parse_place(long_host, &place), "a host too long for its room");
    tap_ok(net_parse_place(long_host + 1, &place), "a host that just fits");
}

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

int main(void)
{
    test_text();
    test_places();
    test_receive("127.0.0.1");
    test_receive("::1");
    test_drops();
    return tap_done();
}
