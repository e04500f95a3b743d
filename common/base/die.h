/* die: the program's name, the form of its messages, its exit codes.
 *
 * Every message is one line on stderr, `program: text`, written with one write(2). Messages are lower case, end without a
 * full stop and say where, what and why. Nothing here touches stdout.
 *
 * This module and signals are the only ones with global state: the program's name and how much it should say. */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_code {
    EXIT_FINE = 0,   /* the work is done */
    EXIT_FAILED = 1, /* I/O, network, strict data, undelivered lines */
    EXIT_USAGE = 2,  /* the command line is wrong */
};

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Sets the name in front of every message, which is not copied; ignores SIGPIPE, so that a closed pipe is an error a write
 * returns; and sees to it that no file opened later takes the place of a stdin, stdout or stderr that came closed. */
void die_init(const char *program);

/* The name given to die_init. */
const char *die_program(void);

/* How much is said: -1 with --quiet (only what ends the program), 0, or 1 with --verbose. */
void die_set_verbosity(int verbosity);
int die_verbosity(void);

/* Prints the message and ends the program with EXIT_FAILED. */
_Noreturn void die(const char *format, ...) PRINTF_LIKE(1, 2);

/* As die, with `: ` and the text of the errno it was called with at the end. */
_Noreturn void die_errno(const char *format, ...) PRINTF_LIKE(1, 2);

/* Prints the message and then usage_line (`usage: …`) and ends the program with EXIT_USAGE. */
_Noreturn void die_usage(const char *usage_line, const char *format, ...) PRINTF_LIKE(2, 3);

/* Prints the message unless --quiet. */
void warn(const char *format, ...) PRINTF_LIKE(1, 2);

/* As warn, with the text of errno. */
void warn_errno(const char *format, ...) PRINTF_LIKE(1, 2);

/* Prints the message whatever the verbosity: for what the user asked to see (a status line, --verbose's summary). */
void say(const char *format, ...) PRINTF_LIKE(1, 2);

/* A kind of complaint that can come a million times. The first COMPLAINT_SHOWN of a stretch are printed, the others
 * counted, and complaint_summary says how many there were. Initialise with { .what = "bad records" }: the plural the
 * summary uses. */
enum { COMPLAINT_SHOWN = 5 };
struct complaint {
    const char *what;
    uint64_t total;  /* since the program began */
    uint64_t unsaid; /* counted but not shown since the last summary */
    uint64_t shown;  /* shown since the last summary */
};

/* True when the next complaint of this kind would be printed; lets the caller skip building its text. */
bool complaint_is_shown(const struct complaint *c);

/* Counts one, and prints it as warn would if few of this stretch have been. */
void complain(struct complaint *c, const char *format, ...) PRINTF_LIKE(2, 3);

/* Ends a stretch: `program: 97 more bad records` when any were not shown. Call it once an interval and at the end. */
void complaint_summary(struct complaint *c);

/* Bytes of foreign origin, made fit for a message: at most QUOTE_MAX bytes of them in single quotes, what is not printable
 * ASCII as \t \n \r \0 \\ or \xHH, and `…` after the closing quote where it was cut. Use with %s:
 *     warn("bad value %s", quote(bytes, length).text);  */
enum { QUOTE_MAX = 60 };
struct quoted {
    char text[4 * QUOTE_MAX + 8];
};
struct quoted quote(const char *bytes, size_t length);

#endif
