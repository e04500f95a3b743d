#include "console_client.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/span.h"
#include "base/xalloc.h"
#include "control_client.h"

static int64_t begun;

struct client {
    const char *control;
    const struct value *config;
    bool *is_down;
};

void console_client_begin(void)
{
    begun = clock_monotonic_ms();
}

static const char end_text[] = "END\n\n";

/* --- series ----------------------------------------------------------------------------------- */

/* The columns of a record that matter here. */
struct row {
    struct span series, type, value;
};

static struct span next_column(struct span *rest)
{
    const char *tab = memchr(rest->text, '\t', rest->length);
    struct span column = { rest->text, tab ? (size_t)(tab - rest->text) : rest->length };
    size_t taken = column.length + (tab != NULL);
    *rest = (struct span){ rest->text + taken, rest->length - taken };
    return column;
}

/* The next line of an answer. False after the last. */
static bool next_row(struct span *text, struct row *row)
{
    const char *newline = text->length ? memchr(text->text, '\n', text->length) : NULL;
    if (!newline || newline == text->text)
        return false;
    struct span line = span_between(text->text, newline);
    *text = (struct span){ newline + 1, text->length - line.length - 1 };
    row->series = next_column(&line);
    row->type = next_column(&line);
    row->value = next_column(&line);
    return true;
}

/* Writes a string. The escapes of a record are those of JavaScript, except for the quote. */
static void put_string(struct span bytes)
{
    putchar('\'');
    for (size_t i = 0; i < bytes.length; i++) {
        if (bytes.text[i] == '\'')
            putchar('\\');
        putchar(bytes.text[i]);
    }
    putchar('\'');
}

static void put_item(const struct row *row, bool is_set, bool is_first)
{
    if (!row->value.length)
        return;
    if (!is_first)
        fputs(", ", stdout);
    if (is_set)
        put_string(row->value);
    else
        fwrite(row->value.text, 1, row->value.length, stdout);
}

/* Writes an object with one line for each series: its value, or a list of its values. */
static void put_object(struct span answer, bool is_list, bool is_set)
{
    struct row row;
    struct span last = { NULL, 0 };
    bool is_first = true;
    putchar('{');
    while (next_row(&answer, &row)) {
        bool is_same = is_list && last.text && span_equal(last, row.series);
        if (!is_same) {
            fputs(last.text ? is_list ? "],\n  " : ",\n  " : "\n  ", stdout);
            put_string(row.series);
            fputs(is_list ? ": [" : ": ", stdout);
            is_first = true;
        }
        put_item(&row, is_set, is_first);
        is_first &= !row.value.length;
        last = row.series;
    }
    fputs(last.text ? is_list ? "]\n}\n" : "\n}\n" : "}\n", stdout);
}

static void show(const struct client *c, const char *family)
{
    char command[32];
    size_t length;
    snprintf(command, sizeof command, "dump %s", family);
    char *answer = control_ask(c->control, command, &length);
    if (answer) {
        put_object((struct span){ answer, length }, *family == 'm' || *family == 's', *family == 's');
        fputs(end_text, stdout);
    } else {
        puts("ERROR");
    }
    free(answer);
}

static bool is_deleted(struct span series, const char *name, size_t folder)
{
    return span_is(series, name) || (folder && series.length >= folder && memcmp(series.text, name, folder) == 0);
}

static void forget(const struct client *c, const char *family, struct span series)
{
    size_t length;
    char *command = xmalloc(series.length + 32);
    sprintf(command, "delete %s %.*s", family, (int)series.length, series.text);
    free(control_ask(c->control, command, &length));
    free(command);
}

/* Deletes a series, or those of a folder, `a.b.*`. */
static void delete_name(const struct client *c, const char *family, const char *name)
{
    size_t length = strlen(name), size, count = 0;
    size_t folder = length >= 2 && strcmp(name + length - 2, ".*") == 0 ? length - 1 : 0;
    char *command = xmalloc(length + 32);
    sprintf(command, "dump %s %s", family, name);
    char *answer = control_ask(c->control, command, &size);
    struct span text = { answer, answer ? size : 0 }, last = { NULL, 0 };
    struct row row;
    while (next_row(&text, &row)) {
        if (!is_deleted(row.series, name, folder) || (last.text && span_equal(last, row.series)))
            continue;
        last = row.series;
        count++;
        forget(c, family, row.series);
        printf("deleted: %.*s\n", (int)row.series.length, row.series.text);
    }
    if (!count)
        printf("metric %s not found\n", name);
    free(answer);
    free(command);
}

/* --- the config ------------------------------------------------------------------------------- */

static void put_text(const char *text)
{
    putchar('\'');
    for (; *text; text++)
        if (*text == '\n')
            fputs("\\n", stdout);
        else if (*text == '\'' || *text == '\\')
            printf("\\%c", *text);
        else
            putchar(*text);
    putchar('\'');
}

static void put_number(double number)
{
    char text[NUMBER_TEXT_MAX];
    if (isfinite(number))
        fwrite(text, 1, number_format(number, text), stdout);
    else
        fputs(isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity", stdout);
}

/* Writes a value in JavaScript on one line; an outermost string without quotes. */
static void put_value(const struct value *v, bool is_outermost)
{
    bool is_object = v->kind == VALUE_OBJECT;
    switch (v->kind) {
    case VALUE_UNDEFINED: fputs("undefined", stdout); break;
    case VALUE_NULL: fputs("null", stdout); break;
    case VALUE_BOOLEAN: fputs(v->boolean ? "true" : "false", stdout); break;
    case VALUE_NUMBER: put_number(v->number); break;
    case VALUE_STRING:
        if (is_outermost)
            fputs(v->text, stdout);
        else
            put_text(v->text);
        break;
    default:
        fputs(is_object ? "{ " : "[ ", stdout);
        for (const struct value *member = v->first; member; member = member->next) {
            if (is_object) {
                put_text(member->key);
                fputs(": ", stdout);
            }
            put_value(member, false);
            fputs(member->next ? ", " : " ", stdout);
        }
        fputs(is_object ? "}" : "]", stdout);
    }
}

/* Writes a line `key: value`, or for each member a line `key > name: value`. */
static void show_config(const struct client *c)
{
    putchar('\n');
    for (const struct value *v = c->config ? c->config->first : NULL; v; v = v->next) {
        unsigned number = 0;
        if (v->kind != VALUE_LIST && v->kind != VALUE_OBJECT) {
            printf("%s: ", v->key);
            put_value(v, true);
            putchar('\n');
            continue;
        }
        for (const struct value *member = v->first; member; member = member->next, number++) {
            if (member->key)
                printf("%s > %s: ", v->key, member->key);
            else
                printf("%s > %u: ", v->key, number);
            put_value(member, true);
            putchar('\n');
        }
    }
}

/* --- commands --------------------------------------------------------------------------------- */

static void show_statistics(const struct client *c)
{
    size_t length;
    char *answer = control_ask(c->control, "status", &length);
    struct span text = { answer, answer ? length : 0 };
    struct row row;
    int64_t uptime = (clock_monotonic_ms() - begun + 500) / 1000, last = 0;
    printf("uptime: %" PRId64 "\n", uptime);
    while (next_row(&text, &row))
        if (span_is(row.series, "last_packet"))
            last = atoll(row.type.text);
        else
            printf("messages.%.*s: %.*s\n", (int)row.series.length, row.series.text, (int)row.type.length,
                   row.type.text);
    int64_t ago = last ? (clock_wall_ms() + 500) / 1000 - last : uptime;
    printf("messages.last_msg_seen: %" PRId64 "\n", ago < 0 ? 0 : ago);
    fputs(end_text, stdout);
    free(answer);
}

static void show_health(const struct client *c, char *word)
{
    if (word && strcasecmp(word, "up") == 0)
        *c->is_down = false;
    else if (word && strcasecmp(word, "down") == 0)
        *c->is_down = true;
    printf("health: %s\n", *c->is_down ? "down" : "up");
}

static const struct {
    const char *name, *family;
    bool is_delete;
} families[] = {
    { "counters", "c", false },   { "timers", "ms", false },   { "gauges", "g", false },   { "sets", "s", false },
    { "delcounters", "c", true }, { "deltimers", "ms", true }, { "delgauges", "g", true }, { "delsets", "s", true },
};

/* False if the command is none of these. */
static bool run_for_family(const struct client *c, const char *name, char **rest)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (strcmp(name, families[i].name) != 0)
            continue;
        if (!families[i].is_delete) {
            show(c, families[i].family);
            return true;
        }
        for (char *word; (word = strsep(rest, " "));)
            delete_name(c, families[i].family, word);
        fputs(end_text, stdout);
        return true;
    }
    return false;
}

/* False at `quit`. */
static bool run(const struct client *c, char *line)
{
    char *rest = line, *name = strsep(&rest, " ");
    if (strcmp(name, "quit") == 0)
        return false;
    if (strcmp(name, "help") == 0)
        fputs("Commands: stats, counters, timers, gauges, sets, delcounters, deltimers, delgauges, delsets, health, "
              "config, quit\n\n",
              stdout);
    else if (strcmp(name, "stats") == 0)
        show_statistics(c);
    else if (strcmp(name, "health") == 0)
        show_health(c, strsep(&rest, " "));
    else if (strcmp(name, "config") == 0)
        show_config(c);
    else if (!run_for_family(c, name, &rest))
        puts("ERROR");
    return true;
}

static char *trim(char *line)
{
    static const char blanks[] = " \t\r\n\v\f";
    line += strspn(line, blanks);
    size_t length = strlen(line);
    while (length && strchr(blanks, line[length - 1]))
        line[--length] = '\0';
    return line;
}

enum line { LINE_GOOD, LINE_LONG, LINE_NONE };

/* Reads a line without its end, and a NUL. What a line has beyond CONSOLE_LINE_MAX bytes is read
 * over. */
static enum line read_line(char *line)
{
    size_t length = 0;
    int byte = getchar();
    if (byte == EOF)
        return LINE_NONE;
    for (; byte != '\n' && byte != EOF; byte = getchar()) {
        if (length < CONSOLE_LINE_MAX)
            line[length] = (char)byte;
        length += length <= CONSOLE_LINE_MAX;
    }
    line[length < CONSOLE_LINE_MAX ? length : CONSOLE_LINE_MAX] = '\0';
    return length > CONSOLE_LINE_MAX ? LINE_LONG : LINE_GOOD;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is changed by way of c */
void console_client_serve(const char *control, const struct value *config, bool *is_down)
{
    const struct client c = { control, config, is_down };
    char line[CONSOLE_LINE_MAX + 1];
    enum line found;
    bool is_good = true;
    while (is_good && (found = read_line(line)) != LINE_NONE) {
        if (found == LINE_LONG)
            puts("ERROR");
        else
            is_good = run(&c, trim(line));
        is_good &= fflush(stdout) == 0;
    }
}
