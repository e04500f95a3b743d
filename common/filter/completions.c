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
    if (!program->operand_completions)
        return NOTHING;
    return strcmp(program->operand_completions, OPT_HOSTS) == 0 ? HOSTS : FILES;
}

/* True if the word is also one of those before it, which begin at first. */
static bool is_repeated(const char *first, const char *word, size_t length)
{
    for (const char *other = first; other < word; other += strspn(other, " ")) {
        if (strncmp(other, word, length) == 0 && other[length] == ' ')
            return true;
        other += strcspn(other, " ");
    }
    return false;
}

/* Writes the words of a row of the kind WORDS or LIST, each once, between two texts. */
static void put_words(const char *before, const struct opt_row *row, const char *after)
{
    fputs(before, stdout);
    const char *first = row->completions + strspn(row->completions, ", ");
    for (const char *word = first; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (!is_repeated(first, word, length))
            printf("%s%.*s", word == first ? "" : " ", (int)length, word);
        word += length;
    }
    fputs(after, stdout);
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

static void bash_function_name(void)
{
    putchar('_');
    for (const char *c = die_program(); *c; c++)
        putchar(*c == '-' ? '_' : *c);
}

static void bash_names(const struct opt_row *row, const char *between)
{
    if (row->id < OPT_LONG)
        printf("-%c%s", row->id, between);
    printf("--%s", row->name);
}

/* The beginning of a command that sets the answer, up to compgen's options. */
static void bash_answer(const char *indent)
{
    printf("%smapfile -t COMPREPLY < <(compgen ", indent);
}

/* The answer of the kind FILES or HOSTS. */
static void bash_action(enum kind kind)
{
    bash_answer("        ");
    printf("-A %s -- \"$current\")\n", kind == HOSTS ? "hostname" : "file");
    if (kind == FILES)
        puts("        compopt -o filenames");
}

static void bash_words(const struct opt_row *row)
{
    bash_answer("        ");
    put_words("-W '", row, "' -- \"$current\")\n");
}

/* Only the last item is completed, and what precedes it is kept. */
static void bash_list(const struct opt_row *row)
{
    puts("        local last=${current##*,}");
    bash_answer("        ");
    put_words("-P \"${current%\"$last\"}\" -W '", row, "' -- \"$last\")\n");
    puts("        compopt -o nospace");
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
        fputs(before, stdout);
        bash_names(row, " | ");
        before = " | \\\n        ";
    }
    puts(")");
    switch (argument_kind(first)) {
    case FILES: bash_action(FILES); break;
    case WORDS: bash_words(first); break;
    case LIST: bash_list(first); break;
    default: break;
    }
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
    bash_answer(indent);
    fputs("-W '", stdout);
    for (const struct opt_row *row = rows; row->name; row++) {
        if (!row->id)
            continue;
        printf("\n%s    ", indent);
        bash_names(row, " ");
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
        bash_action(operand_kind(program));
        puts("    fi");
    }
    fputs("}\n\ncomplete -F ", stdout);
    bash_function_name();
    printf(" %s\n", die_program());
}

/* The option's names as _arguments takes them. A `+` or `=` lets the argument follow in the same
 * word. */
static void zsh_names(const struct opt_row *row)
{
    const char *plus = row->argument ? "+" : "", *equals = row->argument ? "=" : "";
    const char *star = row->argument && strstr(row->argument, "...") ? "*" : "";
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
    putchar(':');
    for (const char *c = argument; *c && *c != '.'; c++) {
        if (*c == ':')
            putchar('\\');
        putchar(tolower((unsigned char)*c));
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
    case WORDS: put_words(":(", row, ")"); break;
    case LIST: put_words(":_values -s , word ", row, ""); break;
    default: break;
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

static void fish_option(const struct opt_row *row)
{
    enum kind kind = argument_kind(row);
    printf("complete -c %s", die_program());
    if (row->id < OPT_LONG)
        printf(" -s %c", row->id);
    printf(" -l %s", row->name);
    if (row->argument)
        fputs(kind == FILES ? " -r -F" : " -x", stdout);
    if (kind == WORDS)
        put_words(" -a '", row, "'");
    if (kind == LIST)
        put_words(" -a '(__fish_append , ", row, ")'");
    fputs(" -d '", stdout);
    put_quoted(row->help, "\\", "\\'");
    puts("'");
}

static void write_fish(const struct opt_program *program)
{
    printf("# fish completion for %s(1), written by `make completions`\n\n", die_program());
    if (operand_kind(program) != FILES)
        printf("complete -c %s -f%s\n", die_program(),
               operand_kind(program) == HOSTS ? " -a '(__fish_print_hostnames)'" : "");
    for (const struct opt_row *row = program->rows; row->name; row++)
        if (row->id)
            fish_option(row);
}

static const struct shell {
    const char *name;
    void (*write)(const struct opt_program *program);
} shells[] = { { "bash", write_bash }, { "zsh", write_zsh }, { "fish", write_fish } };

bool completions_write(const struct opt_program *program, const char *shell)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shell, shells[i].name) == 0) {
            shells[i].write(program);
            return true;
        }
    return false;
}
