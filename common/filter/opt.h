/* opt: a table of options → getopt_long, --help, --version, and option texts → checked values.
 *
 * A program states its options once, as rows; getopt's letters, the long names and the text of --help come from them.
 * What is wrong on a command line ends the program by die_usage: one line with the reason, one with the usage, exit 2,
 * before any descriptor is touched. */
#ifndef FILTER_OPT_H
#define FILTER_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ids of options that have no letter start here; an id below is the letter itself. */
enum { OPT_LONG = 256 };

/* Rows end with { 0 }. A row with an id of 0 and a name is a heading of --help. */
struct opt_row {
    int id;               /* what opt_next returns */
    const char *name;     /* long name without dashes, or the heading's text */
    const char *argument; /* NULL: takes none; else how --help names it, `SEC` */
    const char *help;     /* one line, at most 50 columns or so */
};

/* The rows every program has: put OPT_ROWS_COMMON last in the table. -h and -V are carried out by opt_next itself. */
/* clang-format off */
#define OPT_ROWS_COMMON \
    { 'h', "help", NULL, "print this help and exit" }, { 'V', "version", NULL, "print the version and exit" }, { 0 }
/* clang-format on */

struct opt_program {
    const char *usage_line; /* `usage: statsd-parse [-qsv] … [file ...]` */
    const char *summary;    /* one sentence */
    const struct opt_row *rows;
    const char *examples; /* text of the Examples block, each line indented by two and ended by \n */
};

struct opt {
    const struct opt_program *program;
    int argc;
    char **argv;
    const char *value;  /* the current option's argument, or NULL */
    char name[64];      /* the current option as the messages name it, `--interval` */
    char letters[128];  /* for getopt */
    void *long_options; /* for getopt_long; freed by opt_operands */
};

/* Begins. The program's name (die_init) must have been set; argv may be permuted by getopt. */
void opt_begin(struct opt *o, const struct opt_program *program, int argc, char **argv);

/* The next option's id, with o->value and o->name set; -1 after the last. Prints and exits for -h and -V, dies for what is
 * unknown, lacks its value or has one it does not take. */
int opt_next(struct opt *o);

/* The operands after the options: a NULL-terminated part of argv; *count is how many. */
char **opt_operands(struct opt *o, int *count);

/* The same for operands that are files to read, of which `-` is stdin: that alone when there are none. */
char **opt_files(struct opt *o);

/* Ends the program: `program: --name: text` and the usage line, exit 2. */
_Noreturn void opt_fail(const struct opt *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The current option's value as … or opt_fail, when it is malformed or outside [min, max]: */
uint64_t opt_uint(const struct opt *o, uint64_t min, uint64_t max);

/* a duration in milliseconds: a decimal number of seconds, or with `ms` `s` `m` `h` behind it; whole milliseconds. */
int64_t opt_duration(const struct opt *o, int64_t min, int64_t max);

/* a number of bytes: whole, or with K M G behind it (powers of 1024; lower case too). */
uint64_t opt_size(const struct opt *o, uint64_t min, uint64_t max);

/* the index of the value in choices, a NULL-terminated list. */
int opt_choice(const struct opt *o, const char *const *choices);

/* The same duration grammar, for durations inside a longer value. False when malformed or not whole milliseconds. */
bool opt_parse_duration(const char *text, size_t length, int64_t *milliseconds);

#endif
