/* clock: the time of day and its aligned boundaries, in whole milliseconds.
 *
 * Times are int64 milliseconds since 1970-01-01 00:00 UTC; the arithmetic is pure, so a test can give it any time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The wall clock, which may be set; and one that only moves forward, for measuring how long something took. */
int64_t clock_wall_ms(void);
int64_t clock_monotonic_ms(void);

/* Monotonic, in microseconds: for figures like processing_time. */
int64_t clock_monotonic_us(void);

/* The number of the interval that holds time: interval k is [k·interval + offset, (k+1)·interval + offset).
 * interval is positive, in milliseconds; time may be negative. */
int64_t clock_interval_of(int64_t time, int64_t interval, int64_t offset);

/* The first boundary strictly after time. */
int64_t clock_next_boundary(int64_t time, int64_t interval, int64_t offset);

/* Reads the whole of text[0..length) as Unix seconds, a decimal number of any form that number.h reads, and cuts it to
 * milliseconds, toward zero. False when it is no number or lies beyond ±8.64e12 seconds; *time is then untouched. */
bool clock_parse(const char *text, size_t length, int64_t *time);

/* Writes time as Unix seconds, with 3 decimals where it is not whole: `1700000010`, `1700000000.500`. text has room for
 * CLOCK_TEXT_MAX bytes; returns the bytes written, no NUL. */
enum { CLOCK_TEXT_MAX = 32 };
size_t clock_format(int64_t time, char *text);

/* As clock_format, but always with 3 decimals, as records have it. */
size_t clock_format_millis(int64_t time, char *text);

#endif
