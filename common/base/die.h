/* die: the program's name, the form of its messages, its exit codes.
 *
 * Every message is one line on stderr, `program: text`, written with one write(2). Messages are
 * lower case, do not end with a full stop, and say where, what and why. Nothing here touches
 * stdout.
 *
 * A message never blocks: what stderr does not take is counted, and reported as soon as it takes
 * something again. On a terminal, control bytes in a message are shown as `\xHH`.
 *
 * This module and signals are the only ones with global state: the program's name, its verbosity,
 * and how many of its messages were lost. */
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

/* Sets the name that starts every message; program is not copied. Ignores SIGPIPE, so that writing
 * to a closed pipe returns an error. Reserves stdin, stdout and stderr if the program was started
 * with them closed, so that no file opened later takes their place. */
void die_init(const char *program);

/* Returns the name given to die_init. */
const char *die_program(void);

/* The verbosity: -1 with --quiet (only messages that end the program), 0, or 1 with --verbose. */
void die_set_verbosity(int verbosity);
int die_verbosity(void);

/* How long (ms) to wait for a reader of stderr that takes nothing, before the first message is
 * lost. After that there is no waiting until the reader takes something. 0, the default: never
 * wait. */
void die_set_patience(int patience);

/* Reports how many messages have been lost, if stderr takes it. */
void die_say_lost(void);

/* Prints the message and ends the program with EXIT_FAILED. */
_Noreturn void die(const char *format, ...) PRINTF_LIKE(1, 2);

/* Like die, with `: ` and the text of errno appended. */
_Noreturn void die_errno(const char *format, ...) PRINTF_LIKE(1, 2);

/* Prints the message, then usage_line (`usage: …`), and ends the program with EXIT_USAGE. */
_Noreturn void die_usage(const char *usage_line, const char *format, ...) PRINTF_LIKE(2, 3);

/* Prints the message, except with --quiet. */
void warn(const char *format, ...) PRINTF_LIKE(1, 2);

/* Like warn, with `: ` and the text of errno appended. */
void warn_errno(const char *format, ...) PRINTF_LIKE(1, 2);

/* Prints the message at any verbosity. For output that the user asked for: a status line, the
 * summary of --verbose. */
void say(const char *format, ...) PRINTF_LIKE(1, 2);

/* A kind of complaint that can occur a million times. Within a stretch, the first COMPLAINT_SHOWN
 * are printed and the others counted; complaint_summary prints how many were not shown. Initialise
 * with { .what = "bad records" }, the plural that the summary uses. */
enum { COMPLAINT_SHOWN = 5 };
struct complaint {
    const char *what;
    uint64_t total;  /* since the program began */
    uint64_t unsaid; /* counted but not shown since the last summary */
    uint64_t shown;  /* shown since the last summary */
};

/* True if the next complaint of this kind would be printed. Callers can skip building its text if
 * not. */
bool complaint_is_shown(const struct complaint *c);

/* Counts a complaint, and prints it like warn if complaint_is_shown. */
void complain(struct complaint *c, const char *format, ...) PRINTF_LIKE(2, 3);

/* Ends a stretch: prints `program: 97 more bad records` if any were not shown. Call it once per
 * interval and at the end. */
void complaint_summary(struct complaint *c);

/* Foreign bytes made safe for a message: at most QUOTE_MAX bytes in single quotes, with `…` after
 * the closing quote if bytes were cut. Anything but printable ASCII is shown as \t \n \r \0 \\ or
 * \xHH. Use it with %s:
 *     warn("bad value %s", quote(bytes, length).text); */
enum { QUOTE_MAX = 60 };
struct quoted {
    char text[4 * QUOTE_MAX + 8];
};
struct quoted quote(const char *bytes, size_t length);

#endif
