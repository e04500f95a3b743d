/* names: where the name of a line ends, and what its parts are. */
#include "format/names.h"

#include "tap.h"

static struct span text_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static const struct {
    const char *line;
    unsigned flavours;
    const char *name; /* NULL: there is none */
} ends[] = {
    { "a:1|c", TAGS_ALL, "a" },
    { ":1|c", TAGS_ALL, "" },
    { "a:1:2|c:3|c", TAGS_ALL, "a" },
    { "a", TAGS_ALL, NULL },
    { "", TAGS_ALL, NULL },
    { "a|b:1|c", TAGS_ALL, NULL },
    { "a,k=v|b:1|c", TAGS_ALL, NULL },
    { "a,k=v:w:1|c:2|c", TAGS_ALL, "a,k=v:w" },
    { "a,k=v:w:1", TAGS_ALL, "a,k=v:w" },
    { "a,k=v", TAGS_ALL, NULL },
    { ",:1|c", TAGS_ALL, "," },
    { "a;k=v:w:1|c", TAGS_ALL, "a;k=v:w" },
    { "a#k=v:w:1|c", TAGS_ALL, "a#k=v:w" },
    { "a,k=[v:w]:1:2|c", TAGS_ALL, "a,k=[v:w]:1" },
    { "a:1,k=v:2|c", TAGS_ALL, "a" },
    { "a[k=v:w]:1:2|c", TAGS_ALL, "a[k=v:w]" },
    { "a[k=v:w]b:1:2|c", TAGS_ALL, "a[k=v:w]b" },
    { "a[k=v:w]b,c:d:1|c", TAGS_ALL, "a[k=v:w]b,c" },
    { "a[k=v:w:1|c", TAGS_ALL, "a[k=v" },
    { "a[k=v:w:1|c|#]:2|c", TAGS_ALL, "a[k=v" },
    { "a[k=v:w]|c", TAGS_ALL, NULL },
    { "a[k|]:1|c", TAGS_ALL, NULL },
    { "a]k[l:m]:1|c", TAGS_ALL, "a]k[l:m]" },
    { "a,k=v:w:1|c", TAGS_ALL & ~(unsigned)TAGS_INFLUX, "a,k=v" },
    { "a,k;l=v:w:1|c", TAGS_ALL & ~(unsigned)TAGS_INFLUX, "a,k;l=v:w" },
    { "a;k=v:w:1|c", TAGS_INFLUX, "a;k=v" },
    { "a[k=v:w]:1|c", TAGS_INFLUX, "a[k=v" },
    { "a#k=v:w:1|c", TAGS_DOGSTATSD, "a#k=v" },
    { "a#k=v:w:1|c", 0, "a#k=v" },
};

static void test_ends(void)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *line = ends[i].line, *end = names_end(text_of(line), ends[i].flavours);
        bool is_good = ends[i].name ? end && *end == ':' && span_is(span_between(line, end), ends[i].name) : !end;
        tap_ok(is_good, "%s, flavours %u", line, ends[i].flavours);
    }
}

static const struct {
    const char *name;
    unsigned flavours;
    const char *before, *tags, *after;
    char between;
} splits[] = {
    { "a", TAGS_ALL, "a", "", "", ',' },
    { "", TAGS_ALL, "", "", "", ',' },
    { "a;k=v;l", TAGS_ALL, "a", "k=v;l", "", ';' },
    { "a,k=v,l", TAGS_ALL, "a", "k=v,l", "", ',' },
    { "a#k=v,l", TAGS_ALL, "a", "k=v,l", "", ',' },
    { "a[k=v,l]b", TAGS_ALL, "a", "k=v,l", "b", ',' },
    { "a[k]b[l]", TAGS_ALL, "a", "k", "b[l]", ',' },
    { "a[]", TAGS_ALL, "a", "", "", ',' },
    { "a[k,l", TAGS_ALL, "a[k,l", "", "", ',' },
    { "a,k[l]", TAGS_ALL, "a", "k[l]", "", ',' },
    { "a,", TAGS_ALL, "a", "", "", ',' },
    { "a,k;l", TAGS_GRAPHITE, "a,k", "l", "", ';' },
    { "a,k;l", TAGS_DOGSTATSD, "a,k;l", "", "", ',' },
};

static void test_splits(void)
{
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct name_parts parts = names_split(text_of(splits[i].name), splits[i].flavours);
        bool is_good = span_is(parts.before, splits[i].before) && span_is(parts.tags, splits[i].tags) &&
                       span_is(parts.after, splits[i].after) && parts.between == splits[i].between;
        tap_ok(is_good, "the parts of %s, flavours %u", splits[i].name, splits[i].flavours);
    }
}

int main(void)
{
    test_ends();
    test_splits();
    return tap_done();
}
