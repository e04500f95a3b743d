/* opt_rows: the tables in which a program declares its options. filter/opt.h and
 * filter/completions.h read it. */
#ifndef FILTER_OPT_ROWS_H
#define FILTER_OPT_ROWS_H

#include <stddef.h>

/* Ids of options that have no letter start here; an id below is the letter itself. */
enum { OPT_LONG = 256 };

/* Rows end with OPT_ROWS_GENERAL. A row with an id of 0 is a heading of --help:
 * OPT_HEADING("Time"). */
struct opt_row {
    int id;                  /* what opt_next returns */
    const char *name;        /* long name without dashes, or the heading's text */
    const char *argument;    /* NULL: takes none; else its name, `SIZE`, with `...` after it if repeatable */
    const char *help;        /* one line of at most 50 columns, the default in brackets at its end */
    const char *completions; /* of the argument: NULL, OPT_FILES, or the words separated by spaces; a comma before
                                the first word: any number of them in a list between commas */
};

/* What completes an argument or the operands. */
#define OPT_FILES ""
#define OPT_HOSTS "@"

/* clang-format off */
#define OPT_HEADING(text) { 0, text, NULL, NULL, NULL }

/* The rows every program has, and the end of the table. opt_next itself carries out -h, -q, -v and
 * -V. */
#define OPT_ROWS_GENERAL OPT_ROWS_GENERAL_SAYING("print the totals at the end")

/* The same, where --verbose prints something else. */
#define OPT_ROWS_GENERAL_SAYING(verbose) \
    { 'q', "quiet", NULL, "print only errors that end or fail the program", NULL }, \
    { 'v', "verbose", NULL, verbose, NULL }, \
    { 'h', "help", NULL, "print this help and exit", NULL }, \
    { 'V', "version", NULL, "print the version and exit", NULL }, \
    { 0, NULL, NULL, NULL, NULL }
/* clang-format on */

struct opt_program {
    const char *summary; /* one sentence */
    const struct opt_row *rows;
    const char *operands;            /* as the usage line has them, `[file ...]`, or NULL: none */
    const char *operand_completions; /* OPT_FILES, OPT_HOSTS, or NULL */
    const char *examples;            /* text of the Examples block, each line indented by two and ended by \n */
};

#endif
