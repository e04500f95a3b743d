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

int main(void)
{
    test_places();
    return tap_done();
}
