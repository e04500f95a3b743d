#include "filter/completions.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"

/* What completes an argument or an operand. */
enum kind { NOTHING, FILES, HOSTS, WORDS, LIST };

static enum kind argument_kind(const struct opt_row *row)
{
    if (!row->completions)
        return NOTHING;
    if (strcmp(row->completions, OPT_FILES) == 0)
        return FILES;
    return *row->completions == ',' ? LIST : WORDS;
}

static enum kind operand_kind(const struct opt_program *program)
{
    if (!program->operands)
        return NOTHING;
    return strncmp(program->operands, "[host", strlen("[host")) == 0 ? HOSTS : FILES;
}

/* The words of a row of the kind WORDS or LIST, separated by spaces. */
static const char *words_of(const struct opt_row *row)
{
    return row->completions + strspn(row->completions, ",");
}

static bool is_repeatable(const struct opt_row *row)
{
    return row->argument && strstr(row->argument, "...");
}

/* Writes text for use between single quotes: special bytes after a backslash, and a single quote as
 * the shell writes one there. */
static void put_quoted(const char *text, const char *special, const char *single_quote)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs(single_quote, stdout);
            continue;
        }
        if (strchr(special, *text))
            putchar('\\');
        putchar(*text);
    }
}

/* --- bash ------------------------------------------------------------------------------------ */

enum { BASH_WIDTH = 100 }; /* columns of the list of options */

static void bash_function_name(void)
{
    putchar('_');
    for (const char *c = die_program(); *c; c++)
        putchar(*c == '-' ? '_' : *c);
}

/* Sets the answer. In a list, only the last item is completed, and what precedes it is kept. */
static void bash_reply(enum kind kind, const char *words, const char *indent)
{
    switch (kind) {
    case WORDS: printf("%smapfile -t COMPREPLY < <(compgen -W '%s' -- \"$current\")\n", indent, words); break;
    case HOSTS: printf("%smapfile -t COMPREPLY < <(compgen -A hostname -- \"$current\")\n", indent); break;
    case FILES:
        printf("%smapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n", indent);
        printf("%scompopt -o filenames\n", indent);
        break;
    case LIST:
        printf("%slocal last=${current##*,}\n", indent);
        printf("%smapfile -t COMPREPLY < <(compgen -P \"${current%%\"$last\"}\" -W '%s' -- \"$last\")\n", indent,
               words);
        printf("%scompopt -o nospace\n", indent);
        break;
    case NOTHING: break;
    }
}

/* True if both take an argument and the same completes it. */
static bool is_same(const struct opt_row *a, const struct opt_row *b)
{
    if (!a->argument || !b->argument)
        return false;
    if (!a->completions || !b->completions)
        return a->completions == b->completions;
    return strcmp(a->completions, b->completions) == 0;
}

/* The branch of `case` for this row and the later rows that have the same completions. */
static void bash_branch(const struct opt_row *first)
{
    const char *before = "    ";
    for (const struct opt_row *row = first; row->name; row++) {
        if (!is_same(row, first))
            continue;
        if (row->id < OPT_LONG)
            printf("%s-%c | --%s", before, row->id, row->name);
        else
            printf("%s--%s", before, row->name);
        before = " | \\\n        ";
    }
    puts(")");
    bash_reply(argument_kind(first), first->completions ? words_of(first) : "", "        ");
    puts("        return\n        ;;");
}

static void bash_branches(const struct opt_row *rows)
{
    for (const struct opt_row *row = rows; row->name; row++) {
        const struct opt_row *first = rows;
        while (first < row && !is_same(first, row))
            first++;
        if (first == row && row->argument)
            bash_branch(row);
    }
}

static void bash_options(const struct opt_row *rows, const char *indent)
{
    int column = printf("%smapfile -t COMPREPLY < <(compgen -W '", indent);
    const char *gap = "";
    for (const struct opt_row *row = rows; row->name; row++) {
        if (!row->id)
            continue;
        if (column + (int)strlen(row->name) > BASH_WIDTH) {
            column = printf("\n%s    ", indent) - 1;
            gap = "";
        }
        column += row->id < OPT_LONG ? printf("%s-%c --%s", gap, row->id, row->name) : printf("%s--%s", gap, row->name);
        gap = " ";
    }
    puts("' -- \"$current\")");
}

static void write_bash(const struct opt_program *program)
{
    printf("# bash completion for %s(1), written by `make completions`\n\n", die_program());
    bash_function_name();
    puts("() {\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    if [[ $current == '=' ]]; then\n"
         "        current=\n"
         "    elif [[ $previous == '=' ]]; then\n"
         "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
         "    fi\n"
         "    case $previous in");
    bash_branches(program->rows);
    puts("    esac");
    if (operand_kind(program) == NOTHING) {
        bash_options(program->rows, "    ");
    } else {
        puts("    if [[ $current == -* ]]; then");
        bash_options(program->rows, "        ");
        puts("    else");
        bash_reply(operand_kind(program), "", "        ");
        puts("    fi");
    }
    fputs("}\n\ncomplete -F ", stdout);
    bash_function_name();
    printf(" %s\n", die_program());
}

/* --- zsh ------------------------------------------------------------------------------------- */

/* The option's names as _arguments takes them. A `+` or `=` lets the argument follow in the same word. */
static void zsh_names(const struct opt_row *row)
{
    const char *plus = row->argument ? "+" : "", *equals = row->argument ? "=" : "";
    const char *star = is_repeatable(row) ? "*" : "";
    if (row->id >= OPT_LONG)
        printf("'%s--%s%s", star, row->name, equals);
    else if (row->id == 'h' || row->id == 'V')
        printf("'(- *)'{-%c,--%s}'", row->id, row->name);
    else if (*star)
        printf("'*'{-%c%s,--%s%s}'", row->id, plus, row->name, equals);
    else
        printf("'(-%c --%s)'{-%c%s,--%s%s}'", row->id, row->name, row->id, plus, row->name, equals);
}

/* The name of the argument, in lower case and without the dots of one that is repeatable. */
static void zsh_message(const char *argument)
{
    size_t length = strlen(argument);
    if (length > 3 && strcmp(argument + length - 3, "...") == 0)
        length -= 3;
    putchar(':');
    for (size_t i = 0; i < length; i++) {
        if (argument[i] == ':')
            putchar('\\');
        putchar(tolower((unsigned char)argument[i]));
    }
}

static void zsh_option(const struct opt_row *row)
{
    fputs(" \\\n    ", stdout);
    zsh_names(row);
    putchar('[');
    put_quoted(row->help, "[]:\\", "'\\''");
    putchar(']');
    if (row->argument)
        zsh_message(row->argument);
    switch (argument_kind(row)) {
    case FILES: fputs(":_files", stdout); break;
    case WORDS: printf(":(%s)", words_of(row)); break;
    case LIST: printf(":_values -s , word %s", words_of(row)); break;
    case HOSTS:
    case NOTHING: break;
    }
    putchar('\'');
}

static void write_zsh(const struct opt_program *program)
{
    printf("#compdef %s\n# zsh completion for %s(1), written by `make completions`\n\n", die_program(), die_program());
    fputs("_arguments -s -S", stdout);
    for (const struct opt_row *row = program->rows; row->name; row++)
        if (row->id)
            zsh_option(row);
    switch (operand_kind(program)) {
    case FILES: puts(" \\\n    '*:file:_files'"); break;
    case HOSTS: puts(" \\\n    '1:host:_hosts'"); break;
    default: puts("");
    }
}

/* --- fish ------------------------------------------------------------------------------------ */

static void fish_option(const struct opt_row *row)
{
    printf("complete -c %s", die_program());
    if (row->id < OPT_LONG)
        printf(" -s %c", row->id);
    printf(" -l %s", row->name);
    if (row->argument)
        fputs(argument_kind(row) == FILES ? " -r -F" : " -x", stdout);
    if (argument_kind(row) == WORDS)
        printf(" -a '%s'", words_of(row));
    if (argument_kind(row) == LIST)
        printf(" -a '(__fish_append , %s)'", words_of(row));
    fputs(" -d '", stdout);
    put_quoted(row->help, "\\", "\\'");
    puts("'");
}

static void write_fish(const struct opt_program *program)
{
    printf("# fish completion for %s(1), written by `make completions`\n\n", die_program());
    switch (operand_kind(program)) {
    case HOSTS: printf("complete -c %s -f -a '(__fish_print_hostnames)'\n", die_program()); break;
    case NOTHING: printf("complete -c %s -f\n", die_program()); break;
    default: break;
    }
    for (const struct opt_row *row = program->rows; row->name; row++)
        if (row->id)
            fish_option(row);
}

/* --- the shells ------------------------------------------------------------------------------ */

static const struct shell {
    const char *name;
    void (*write)(const struct opt_program *program);
} shells[] = { { "bash", write_bash }, { "zsh", write_zsh }, { "fish", write_fish } };

bool completions_take(const struct opt *o)
{
    if (o->argc != 3 || strcmp(o->argv[1], "--completions") != 0)
        return false;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(o->argv[2], shells[i].name) == 0) {
            shells[i].write(o->program);
            return true;
        }
    opt_misuse(o, "--completions: unknown shell %s: expected bash, zsh or fish",
               quote(o->argv[2], strlen(o->argv[2])).text);
}
