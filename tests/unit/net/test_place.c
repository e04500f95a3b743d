#include "net/place.h"

#include <string.h>

#include "tap.h"

static void test_places(void)
{
    static const struct {
        const char *text, *host;
        int port; /* -1: refused */
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
        bool read = net_parse_place(i % 2 ? NET_UDP : NET_TCP, cases[i].text, &place);
        bool right = read ? strcmp(place.host, cases[i].host) == 0 && place.port == cases[i].port && place.fd == -1
                          : cases[i].port == -1;
        tap_ok(right, "place '%s'", cases[i].text);
    }
    char long_host[NET_HOST_MAX + 8];
    struct net_place place;
    memset(long_host, 'a', sizeof long_host);
    strcpy(long_host + NET_HOST_MAX, ":80");
    tap_ok(!net_parse_place(NET_UDP, long_host, &place), "a host too long for its room");
    tap_ok(net_parse_place(NET_UDP, long_host + 1, &place), "a host that just fits");
}

static void test_descriptors(void)
{
    static const struct {
        const char *text;
        int fd; /* -1: refused */
        uint32_t drops;
    } cases[] = {
        { "fd:3", 3, 0 },
        { "fd:0", 0, 0 },
        { "fd:2147483647", 2147483647, 0 },
        { "fd:3:17", 3, 17 },
        { "fd:3:4294967295", 3, 4294967295 },
        { "fd:", -1, 0 },
        { "fd:x", -1, 0 },
        { "fd:-1", -1, 0 },
        { "fd:3x", -1, 0 },
        { "fd:3:", -1, 0 },
        { "fd:3:x", -1, 0 },
        { "fd:3:1:1", -1, 0 },
        { "fd:2147483648", -1, 0 },
        { "fd:3:4294967296", -1, 0 },
        { "fd:99999999999999999999", -1, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (enum net_kind kind = NET_UDP; kind <= NET_UNIX; kind++) {
            struct net_place place;
            bool read = net_parse_place(kind, cases[i].text, &place);
            tap_ok(read ? place.fd == cases[i].fd && place.drops == cases[i].drops : cases[i].fd == -1, "%s '%s'",
                   net_kind_name(kind), cases[i].text);
        }
}

static void test_paths(void)
{
    char path[NET_PATH_MAX + 1];
    struct net_place place;
    memset(path, 'p', sizeof path);
    path[NET_PATH_MAX] = '\0';
    tap_ok(!net_parse_place(NET_UNIX, path, &place), "a path too long for its room");
    path[NET_PATH_MAX - 1] = '\0';
    tap_ok(net_parse_place(NET_UNIXGRAM, path, &place) && strcmp(place.path, path) == 0, "a path that just fits");
    tap_ok(!net_parse_place(NET_UNIX, "", &place), "no path");
    tap_ok(net_parse_place(NET_UNIX, "./fd:3", &place) && place.fd == -1 && strcmp(place.path, "./fd:3") == 0,
           "a path that is like a descriptor");
    tap_ok(place.kind == NET_UNIX && place.mode == 0666, "its mode is 0666");
}

int main(void)
{
    test_places();
    test_descriptors();
    test_paths();
    return tap_done();
}
