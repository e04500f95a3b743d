#include "net/lookup.h"

#include <poll.h>
#include <string.h>

#include "tap.h"

static const char *text_of(const struct net_addresses *found)
{
    static char text[NET_TEXT_MAX];
    net_text(&found->list[0], text);
    return text;
}

static void test_numeric(void)
{
    struct net_addresses found;
    tap_ok(net_lookup_numeric("127.0.0.1", "2003", &found) && found.count == 1 &&
               strcmp(text_of(&found), "127.0.0.1:2003") == 0,
           "an IPv4 address");
    tap_ok(net_lookup_numeric("::1", "80", &found) && found.count == 1 && strcmp(text_of(&found), "[::1]:80") == 0,
           "an IPv6 address");
    tap_ok(!net_lookup_numeric("localhost", "80", &found) && found.count == 0 && found.error, "a name is no number");
}

static void test_asked(void)
{
    struct net_addresses found;
    struct net_lookup l = { .fd = -1 };
    net_lookup_cancel(&l);
    tap_ok(l.fd == -1, "cancelling does nothing where no lookup is under way");
    tap_ok(net_lookup_begin(&l, "127.0.0.1", "2003") && l.fd >= 0, "a lookup begins");
    struct pollfd p = { .fd = l.fd, .events = POLLIN };
    tap_ok(poll(&p, 1, 10000) == 1, "its answer can be polled for");
    net_lookup_end(&l, &found);
    tap_ok(l.fd == -1 && found.count == 1 && strcmp(text_of(&found), "127.0.0.1:2003") == 0, "and is taken");
    tap_ok(net_lookup_begin(&l, "no.such.host.invalid", "2003"), "another begins");
    net_lookup_cancel(&l);
    tap_ok(l.fd == -1, "and is cancelled");
}

int main(void)
{
    test_numeric();
    test_asked();
    return tap_done();
}
