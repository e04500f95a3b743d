#include "profile.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/die.h"
#include "base/shortage.h"
#include "base/utf8.h"
#include "base/xalloc.h"

enum { FILE_MOST = 1 << 20 /* bytes */ };

static struct span trim(const char *from, const char *end)
{
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (from < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    return span_between(from, end);
}

/* `[default]`, `[profile x]`: any blanks between the two words. */
static bool is_section(struct span line, struct span section)
{
    const char *close = memchr(line.text, ']', line.length);
    if (!close)
        return false;
    struct span name = trim(line.text + 1, close);
    const char *blank = memchr(section.text, ' ', section.length);
    size_t word = blank ? (size_t)(blank - section.text) : 0;
    if (!blank)
        return span_equal(name, section);
    if (name.length <= word || memcmp(name.text, section.text, word) != 0 ||
        (name.text[word] != ' ' && name.text[word] != '\t'))
        return false;
    return span_equal(trim(name.text + word, name.text + name.length),
                      (struct span){ section.text + word + 1, section.length - word - 1 });
}

struct span profile_find(struct span text, struct span section, const char *key)
{
    const char *end = text.text + text.length, *from = utf8_after_mark(text.text, end);
    struct span found = { "", 0 };
    bool is_in = false;
    for (const char *next; from < end; from = next) {
        const char *newline = memchr(from, '\n', (size_t)(end - from)), *stop = newline ? newline : end;
        next = newline ? newline + 1 : end;
        if (from == stop || *from == ' ' || *from == '\t' || *from == '#' || *from == ';')
            continue;
        if (*from == '[') {
            is_in = is_section(span_between(from, stop), section);
            continue;
        }
        const char *equals = memchr(from, '=', (size_t)(stop - from));
        if (is_in && equals && span_is(trim(from, equals), key))
            found = trim(equals + 1, stop);
    }
    return found;
}

struct span profile_load(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file && shortage_is(errno))
        die_errno("read %s", path);
    if (!file)
        return (struct span){ NULL, 0 };
    char *text = xmalloc(FILE_MOST);
    size_t length = fread(text, 1, FILE_MOST, file);
    fclose(file);
    return (struct span){ text, length };
}

int64_t profile_read_time(const char *text)
{
    int year, month, day, hour, minute, second, used = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6 || !used)
        return 0;
    struct tm tm = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute, .tm_sec = second
    };
    const char *rest = text + used;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    int sign = *rest == '-' ? -1 : 1, hours = 0, minutes = 0;
    if (*rest == '+' || *rest == '-') {
        if (sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2)
            return 0;
    } else if (strcmp(rest, "Z") != 0 && strcmp(rest, "UTC") != 0) {
        return 0;
    }
    return ((int64_t)timegm(&tm) - (int64_t)sign * (hours * 3600 + minutes * 60)) * 1000;
}

static char *copy_member(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    for (const char *c = text; c && *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127)
            return NULL;
    return text && *text ? xstrndup(text, strlen(text)) : NULL;
}

bool profile_read_process(struct span text, struct profile_keys *keys)
{
    json_t *json = json_loadb(text.text, text.length, 0, NULL);
    const char *ends = json_string_value(json_object_get(json, "Expiration"));
    *keys = (struct profile_keys){
        .id = copy_member(json, "AccessKeyId"),
        .secret = copy_member(json, "SecretAccessKey"),
        .token = copy_member(json, "SessionToken"),
        .ends = ends ? profile_read_time(ends) : 0,
    };
    bool is_good =
        json_integer_value(json_object_get(json, "Version")) == 1 && keys->id && keys->secret && (!ends || keys->ends);
    json_decref(json);
    if (!is_good)
        profile_keys_free(keys);
    return is_good;
}

void profile_keys_free(struct profile_keys *keys)
{
    free(keys->id);
    free(keys->secret);
    free(keys->token);
    *keys = (struct profile_keys){ .id = NULL };
}
