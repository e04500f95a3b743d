/* parts: a series taken apart, canonical, edited and escaped; and a key that is made free. */
#include "format/parts.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static struct parts parts;

/* `name|key=value|…` */
static const char *text(void)
{
    static char result[512];
    int length = snprintf(result, sizeof result, "%.*s", (int)parts.name.length, parts.name.text);
    for (size_t i = 0; i < parts.count; i++)
        length += snprintf(result + length, sizeof result - (size_t)length, "|%.*s=%.*s", (int)parts.tags[i].key.length,
                           parts.tags[i].key.text, (int)parts.tags[i].value.length, parts.tags[i].value.text);
    return result;
}

static void splits(const char *series, const char *expected)
{
    parts_split(&parts, (struct span){ series, strlen(series) });
    tap_ok(strcmp(text(), expected) == 0, "%s: %s", series, text());
}

static void renames(const char *series, const char *expected)
{
    char key[64];
    parts_split(&parts, (struct span){ series, strlen(series) });
    parts_rename(&parts, SPAN("type"), key);
    tap_ok(strcmp(text(), expected) == 0, "without type, %s: %s", series, text());
}

int main(void)
{
    parts_init(&parts);
    splits("a", "a");
    splits("a;k=v", "a|k=v");
    splits("a.b;env=prod;host=x=y;zone=1", "a.b|env=prod|host=x=y|zone=1");
    splits("a;z=1;b=2", "a|b=2|z=1");
    splits("a;b=1;b=2", "a|b=2");
    splits("a;bare", "a|bare=true");
    splits("a;k=;=v;;x=1", "a|x=1");
    splits("a\\tb;k=\\\\;l=\\n", "a\tb|k=\\|l=\n");
    splits("a;z=\\\\;b=2", "a|b=2|z=\\");
    renames("a;k=v", "a|k=v");
    renames("a;k=v;type=x", "a|k=v|_type=x");
    renames("a;__type=2;_type=1;type=x", "a|__type=2|_type=1|___type=x");
    parts_free(&parts);
    return tap_done();
}
