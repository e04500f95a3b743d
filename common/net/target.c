#include "net/target.h"

#include <stdio.h>
#include <string.h>

static bool all_digits(const char *text)
{
    return text[strspn(text, "0123456789")] == '\0';
}

static bool set_port(struct net_target *t, const char *text)
{
    unsigned port = 0;
    if (!*text || strlen(text) > 5 || !all_digits(text))
        return false;
    for (const char *c = text; *c; c++)
        port = port * 10 + (unsigned)(*c - '0');
    snprintf(t->port, sizeof t->port, "%u", port);
    return port > 0 && port <= 65535;
}

static bool is_odd(char c)
{
    return (unsigned char)c <= ' ' || c == 127 || c == '[' || c == ']';
}

/* A number alone is a port whose host somebody has forgotten. */
static bool set_host(struct net_target *t, const char *text, size_t length)
{
    if (!length || length >= sizeof t->host)
        return false;
    for (size_t i = 0; i < length; i++)
        if (is_odd(text[i]))
            return false;
    memcpy(t->host, text, length);
    t->host[length] = '\0';
    return !all_digits(t->host);
}

/* `ADDRESS]` and what may follow. */
static bool parse_brackets(const char *text, const char *default_port, struct net_target *t)
{
    const char *bracket = strchr(text, ']');
    if (!bracket || !set_host(t, text, (size_t)(bracket - text)))
        return false;
    return set_port(t, bracket[1] == ':' ? bracket + 2 : bracket[1] ? "" : default_port);
}

bool net_parse_target(const char *text, uint16_t default_port, struct net_target *t)
{
    const char *colon = strchr(text, ':');
    char usual[8];
    bool good;
    snprintf(usual, sizeof usual, "%u", default_port);
    if (*text == '[')
        good = parse_brackets(text + 1, usual, t);
    else if (colon && strchr(colon + 1, ':'))
        good = set_host(t, text, strlen(text)) && set_port(t, usual);
    else
        good = set_host(t, text, strcspn(text, ":")) && set_port(t, colon ? colon + 1 : usual);
    if (good)
        snprintf(t->text, sizeof t->text, strchr(t->host, ':') ? "[%s]:%s" : "%s:%s", t->host, t->port);
    return good;
}
