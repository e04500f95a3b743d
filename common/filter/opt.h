/* opt: a table of options → getopt_long, --help, the usage line, completions, and option texts →
 * checked values.
 *
 * A program states its options once, as rows. getopt's letters, the long names, the usage line, the
 * text of --help and the shells' completions come from them. A mistake on the command line ends the
 * program by die_usage: one line with the reason, one with the usage, exit 2, before any descriptor
 * is touched. */
#ifndef FILTER_OPT_H
#define FILTER_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "filter/opt_rows.h"

enum { OPT_USAGE_MAX = 256 };

struct opt {
    const struct opt_program *program;
    int argc;
    char **argv;
    const struct opt_row *row; /* the current option's */
    const char *value;         /* the current option's argument, or NULL */
    char name[64];             /* the current option as the messages name it, `--interval` */
    char letters[128];         /* for getopt */
    void *long_options;        /* for getopt_long; freed by opt_operands */
    char usage[OPT_USAGE_MAX]; /* `usage: statsd-parse [-hqsvV] [-l bytes] [option ...] [file ...]` */
};

/* Begins. die_init must have set the program's name. getopt may permute argv. For a command line
 * that is just `--completions SHELL`, prints the shell's completions and exits. */
void opt_begin(struct opt *o, const struct opt_program *program, int argc, char **argv);

/* The next option's id, with o->value and o->name set; -1 after the last. Sets the verbosity for -q
 * and -v, which are not returned. Prints and exits for -h and -V. Ends the program if an option is
 * unknown, lacks its value, or has a value that it doesn't take. */
int opt_next(struct opt *o);

/* A program's function that takes the current option of o, whose id opt_next has returned. Returns
 * false if the option is not one of the program's own. */
typedef bool opt_take(void *self, int id, const struct opt *o);

/* The operands after the options: a NULL-terminated part of argv; *count is their number. */
char **opt_operands(struct opt *o, int *count);

/* The same where the operands are files to read: `-`, standard input, if there are none. */
char **opt_files(struct opt *o);

/* Ends the program: `program: --name: text` and the usage line, exit 2. */
_Noreturn void opt_fail(const struct opt *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same without an option's name, for what is wrong with the command line as a whole. */
_Noreturn void opt_misuse(const struct opt *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The current option's value as … or opt_fail, if it is malformed or outside [min, max]: */
uint64_t opt_uint(const struct opt *o, uint64_t min, uint64_t max);

/* a duration in milliseconds: a decimal number of seconds, or with `ms` `s` `m` `h` after it; whole
 * milliseconds. */
int64_t opt_duration(const struct opt *o, int64_t min, int64_t max);

/* a number of bytes: whole, or with K M G after it (powers of 1024; lower case too). */
uint64_t opt_size(const struct opt *o, uint64_t min, uint64_t max);

/* the index of the value among the words of the option's row. */
int opt_choice(const struct opt *o);

/* The same for a word that is a part of the value. */
int opt_word(const struct opt *o, struct span word);

/* The same duration grammar, for durations inside a longer value. False if malformed or not whole
 * milliseconds. */
bool opt_parse_duration(const char *text, size_t length, int64_t *milliseconds);

#endif
