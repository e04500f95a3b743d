#include "net/target.h"

#include <string.h>

#include "tap.h"

static void test_targets(void)
{
    static const struct {
        const char *text, *host, *port, *shown; /* host NULL: refused */
    } cases[] = {
        { "graphite", "graphite", "2003", "graphite:2003" },
        { "graphite:80", "graphite", "80", "graphite:80" },
        { "graphite:00080", "graphite", "80", "graphite:80" },
        { "10.0.0.1", "10.0.0.1", "2003", "10.0.0.1:2003" },
        { "10.0.0.1:65535", "10.0.0.1", "65535", "10.0.0.1:65535" },
        { "::1", "::1", "2003", "[::1]:2003" },
        { "fe80::1%eth0", "fe80::1%eth0", "2003", "[fe80::1%eth0]:2003" },
        { "[::1]", "::1", "2003", "[::1]:2003" },
        { "[::1]:80", "::1", "80", "[::1]:80" },
        { "", NULL, NULL, NULL },
        { ":80", NULL, NULL, NULL },
        { "2003", NULL, NULL, NULL },
        { "2003:80", NULL, NULL, NULL },
        { "graphite:", NULL, NULL, NULL },
        { "graphite:0", NULL, NULL, NULL },
        { "graphite:65536", NULL, NULL, NULL },
        { "graphite:123456", NULL, NULL, NULL },
        { "graphite:8x", NULL, NULL, NULL },
        { "[::1", NULL, NULL, NULL },
        { "[]", NULL, NULL, NULL },
        { "[::1]80", NULL, NULL, NULL },
        { "a]:b]", NULL, NULL, NULL },
        { "graphite :80", NULL, NULL, NULL },
        { "graphite\n", NULL, NULL, NULL },
        { "[::1]:", NULL, NULL, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct net_target t;
        bool read = net_parse_target(cases[i].text, 2003, &t);
        bool right = !read || !cases[i].host
                         ? read == (cases[i].host != NULL)
                         : strcmp(t.host, cases[i].host) == 0 && strcmp(t.port, cases[i].port) == 0 &&
                               strcmp(t.text, cases[i].shown) == 0;
        tap_ok(right, "target '%s'", cases[i].text);
    }
    struct net_target t;
    tap_ok(net_parse_target("host", 80, &t) && strcmp(t.text, "host:80") == 0, "the default port is the caller's");
}

static void test_long_hosts(void)
{
    char host[sizeof((struct net_target *)0)->host + 1];
    struct net_target t;
    memset(host, 'a', sizeof host);
    host[sizeof host - 1] = '\0';
    tap_ok(!net_parse_target(host, 2003, &t), "a host too long for its room");
    tap_ok(net_parse_target(host + 1, 2003, &t) && strlen(t.text) == strlen(host + 1) + 5, "a host that just fits");
}

int main(void)
{
    test_targets();
    test_long_hosts();
    return tap_done();
}
