#include "format/names.h"

/* What a byte can be in a name, besides the flavours whose tags it opens. */
enum { COLON = TAGS_ALL + 1, BAR = 2 * COLON };

static const unsigned char classes[256] = {
    [';'] = TAGS_GRAPHITE, [','] = TAGS_INFLUX, ['#'] = TAGS_LIBRATO, ['['] = TAGS_SIGNALFX, [':'] = COLON, ['|'] = BAR
};

/* The first byte of the wanted classes, or end. */
static const char *find(const char *p, const char *end, unsigned wanted)
{
    while (p < end && !(classes[(unsigned char)*p] & wanted))
        p++;
    return p;
}

static const char *find_or_null(const char *p, const char *end, char byte)
{
    return memchr(p, byte, (size_t)(end - p));
}

static const char *find_last_colon(const char *p, const char *end)
{
    while (end > p && end[-1] != ':')
        end--;
    return end > p ? end - 1 : NULL;
}

const char *names_end(struct span line, unsigned flavours)
{
    const char *end = line.text + line.length, *p = find(line.text, end, flavours | COLON | BAR);
    if (p == end || *p == '|')
        return NULL;
    if (*p == ':')
        return p;
    end = find(p, end, BAR);
    if (*p != '[')
        return find_last_colon(p, end);
    const char *close = find_or_null(p, end, ']');
    return find_or_null(close ? close : p, end, ':');
}

struct name_parts names_split(struct span name, unsigned flavours)
{
    const char *end = name.text + name.length, *close = end;
    const char *opener = flavours & ~(unsigned)TAGS_DOGSTATSD ? find(name.text, end, flavours) : end;
    if (opener < end && *opener == '[')
        close = find_or_null(opener, end, ']');
    if (opener == end || !close)
        return (struct name_parts){ name, SPAN(""), SPAN(""), ',' };
    return (struct name_parts){
        .before = span_between(name.text, opener),
        .tags = span_between(opener + 1, close),
        .after = close < end ? span_between(close + 1, end) : SPAN(""),
        .between = *opener == ';' ? ';' : ',',
    };
}
