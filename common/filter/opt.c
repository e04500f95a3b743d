#include "filter/opt.h"

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/version.h"
#include "base/xalloc.h"
#include "filter/completions.h"

static const struct opt_row *find_row(const struct opt *o, int id)
{
    for (const struct opt_row *row = o->program->rows; row->name; row++)
        if (row->id == id)
            return row;
    return NULL;
}

static int compare_letters(const void *left, const void *right)
{
    int a = *(const unsigned char *)left, b = *(const unsigned char *)right;
    int order = tolower(a) - tolower(b);
    return order ? order : b - a;
}

static void add_usage(struct opt *o, const char *format, ...) PRINTF_LIKE(2, 3);

static void add_usage(struct opt *o, const char *format, ...)
{
    size_t used = strlen(o->usage);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(o->usage + used, sizeof o->usage - used, format, arguments);
    va_end(arguments);
}

static void add_lower_case(struct opt *o, const char *text)
{
    char lower[32];
    size_t length = 0;
    for (; text[length] && length + 1 < sizeof lower; length++)
        lower[length] = (char)tolower((unsigned char)text[length]);
    lower[length] = '\0';
    add_usage(o, "%s", lower);
}

/* The letters in alphabetical order: first those that take no argument, in one word. */
static void write_usage(struct opt *o)
{
    char flags[64] = "", letters[64] = "";
    size_t flag_count = 0, letter_count = 0;
    for (const struct opt_row *row = o->program->rows; row->name; row++)
        if (row->id && row->id < OPT_LONG)
            *(row->argument ? &letters[letter_count++] : &flags[flag_count++]) = (char)row->id;
    qsort(flags, flag_count, 1, compare_letters);
    qsort(letters, letter_count, 1, compare_letters);
    add_usage(o, "usage: %s [-%s]", die_program(), flags);
    for (size_t i = 0; i < letter_count; i++) {
        add_usage(o, " [-%c ", letters[i]);
        add_lower_case(o, find_row(o, letters[i])->argument);
        add_usage(o, "]");
    }
    add_usage(o, " [option ...]%s%s", o->program->operands ? " " : "",
              o->program->operands ? o->program->operands : "");
}

static _Noreturn void leave(void)
{
    if (fflush(stdout) || fclose(stdout))
        die_errno("write stdout");
    exit(EXIT_FINE);
}

/* `program --completions SHELL`, exactly: writes the completions and exits. */
static void write_completions(const struct opt *o)
{
    if (o->argc != 3 || strcmp(o->argv[1], "--completions") != 0)
        return;
    if (completions_write(o->program, o->argv[2]))
        leave();
    opt_misuse(o, "--completions: unknown shell %s: expected bash, zsh or fish",
               quote(o->argv[2], strlen(o->argv[2])).text);
}

void opt_begin(struct opt *o, const struct opt_program *program, int argc, char **argv)
{
    *o = (struct opt){ .program = program, .argc = argc, .argv = argv };
    size_t rows = 0;
    while (program->rows[rows].name)
        rows++;
    struct option *long_options = xcalloc(rows + 1, sizeof *long_options);
    size_t options = 0, letters = 0;
    o->letters[letters++] = ':';
    for (const struct opt_row *row = program->rows; row->name; row++) {
        if (!row->id)
            continue;
        int takes = row->argument ? required_argument : no_argument;
        long_options[options++] = (struct option){ row->name, takes, NULL, row->id };
        if (row->id < OPT_LONG) {
            o->letters[letters++] = (char)row->id;
            if (row->argument)
                o->letters[letters++] = ':';
        }
    }
    o->long_options = long_options;
    write_usage(o);
    write_completions(o);
    opterr = 0;
    optind = 1;
}

static void print_help(const struct opt *o)
{
    const struct opt_program *program = o->program;
    printf("%s\n\n%s\n", program->summary, o->usage);
    for (const struct opt_row *row = program->rows; row->name; row++) {
        char left[64];
        if (!row->id) {
            printf("\n%s:\n", row->name);
            continue;
        }
        const char *gap = row->argument ? " " : "", *argument = row->argument ? row->argument : "";
        if (row->id < OPT_LONG)
            snprintf(left, sizeof left, "-%c, --%s%s%s", row->id, row->name, gap, argument);
        else
            snprintf(left, sizeof left, "    --%s%s%s", row->name, gap, argument);
        printf("  %-29s %s\n", left, row->help);
    }
    printf("\nExamples:\n%s", program->examples);
}

/* Names the word getopt stumbled over as the user wrote it: `-x` for a letter, `--name` for a long
 * option. An unknown letter stands in optopt alone, for the word it is in may not be the last one
 * taken; a byte beyond ASCII comes negative. */
static const char *culprit(const struct opt *o, char *text, size_t size)
{
    const char *word = o->argv[optind - 1];
    bool is_letter = optopt && (!find_row(o, optopt) || (optopt < OPT_LONG && strncmp(word, "--", 2) != 0));
    if (is_letter)
        snprintf(text, size, "-%c", optopt);
    else
        snprintf(text, size, "%.*s", (int)strcspn(word, "="), word);
    return text;
}

static _Noreturn void fail_parse(const struct opt *o, int result)
{
    char word[80];
    const char *usage = o->usage;
    culprit(o, word, sizeof word);
    if (result == ':')
        die_usage(usage, "option %s needs a value", word);
    if (optopt && find_row(o, optopt) && strchr(o->argv[optind - 1], '='))
        die_usage(usage, "option %s takes no value", word);
    die_usage(usage, "unknown option %s", quote(word, strlen(word)).text);
}

/* Carries out an option that every program has; false if it is another one. */
static bool take_general(const struct opt *o, int id)
{
    switch (id) {
    case 'q': die_set_verbosity(-1); return true;
    case 'v': die_set_verbosity(1); return true;
    case 'h': print_help(o); leave();
    case 'V': printf("%s %s\n", die_program(), STATSD_UTILS_VERSION); leave();
    default: return false;
    }
}

int opt_next(struct opt *o)
{
    int id;
    do {
        id = getopt_long(o->argc, o->argv, o->letters, o->long_options, NULL);
        if (id == -1)
            return -1;
        if (id == '?' || id == ':')
            fail_parse(o, id);
        o->value = optarg;
        o->row = find_row(o, id);
        snprintf(o->name, sizeof o->name, "--%s", o->row->name);
    } while (take_general(o, id));
    return id;
}

char **opt_operands(struct opt *o, int *count)
{
    free(o->long_options);
    o->long_options = NULL;
    *count = o->argc - optind;
    return o->argv + optind;
}

char **opt_files(struct opt *o)
{
    static char stdin_name[] = "-";
    static char *stdin_alone[] = { stdin_name, NULL };
    int count;
    char **files = opt_operands(o, &count);
    return count ? files : stdin_alone;
}

void opt_fail(const struct opt *o, const char *format, ...)
{
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    die_usage(o->usage, "%s: %s", o->name, reason);
}

void opt_misuse(const struct opt *o, const char *format, ...)
{
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    die_usage(o->usage, "%s", reason);
}
