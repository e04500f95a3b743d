#include "net/address.h"

#include <string.h>

#include "net/address_of.h"
#include "tap.h"

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
    a.process = (struct net_process){ .family = AF_UNIX, .id = 4711 };
    tap_ok(net_text(&a, text) == 9 && strcmp(text, "unix:4711") == 0, "a process");
    a.process.id = 0;
    tap_ok(net_text(&a, text) == 4 && strcmp(text, "unix") == 0, "a process that is unknown");
}

int main(void)
{
    test_text();
    return tap_done();
}
