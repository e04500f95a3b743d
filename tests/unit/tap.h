/* tap: as much of the Test Anything Protocol as the programs of tests/unit need.
 *
 *     tap_ok(sum == 4, "%d and %d make four", 1, 3);     ok 1 - 1 and 3 make four
 *     return tap_done();                                 1..1
 *
 * One program, one plan, printed at the end; a failure says where it is. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failures;

/* One test, named by a printf format. Returns whether it passed. */
#define tap_ok(passed, ...) tap_report((passed), __FILE__, __LINE__, __VA_ARGS__)

/* Prints a line of diagnosis that a TAP reader passes on. */
__attribute__((format(printf, 1, 2))) static inline void tap_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("# ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

__attribute__((format(printf, 4, 5))) static inline bool tap_report(bool passed, const char *file, int line,
                                                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%s %d - ", passed ? "ok" : "not ok", ++tap_count);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    if (!passed) {
        tap_failures++;
        tap_note("failed at %s:%d", file, line);
    }
    return passed;
}

/* Prints the plan and returns the exit status: 1 if a test failed or none ran. */
static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failures != 0 || tap_count == 0;
}

#endif
