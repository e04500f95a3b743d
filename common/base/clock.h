/* clock: the time of day and its aligned boundaries, in whole milliseconds.
 *
 * Times are int64 milliseconds since 1970-01-01 00:00 UTC. The arithmetic is pure, so a test can
 * pass any time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The wall clock, which can be set; and a clock that only moves forward, for measuring
 * durations. */
int64_t clock_wall_ms(void);
int64_t clock_monotonic_ms(void);

/* The monotonic clock in microseconds, for figures such as processing_time. */
int64_t clock_monotonic_us(void);

/* Returns the number of the interval that contains time: interval k is [k·interval + offset,
 * (k+1)·interval + offset). All are in milliseconds; interval is positive, time and offset may be
 * negative. */
int64_t clock_interval_of(int64_t time, int64_t interval, int64_t offset);

/* Returns the first boundary strictly after time. Units and ranges are as above. */
int64_t clock_next_boundary(int64_t time, int64_t interval, int64_t offset);

/* Reads the whole of text[0..length) as Unix seconds, in any form that number.h reads, and
 * truncates it toward zero to milliseconds. Returns false, leaving *time unchanged, if the text is
 * not a number or the time is beyond ±8.64e12 seconds. */
bool clock_parse(const char *text, size_t length, int64_t *time);

/* Like clock_parse for a decimal number without an exponent, but up to ±1e13 seconds: for times
 * that follow from others by an interval's length. */
bool clock_parse_far(const char *text, size_t length, int64_t *time);

/* Writes time as Unix seconds, with 3 decimals if it is not whole: `1700000010`, `1700000000.500`.
 * text has room for CLOCK_TEXT_MAX bytes. Returns the number of bytes written; there is no NUL. */
enum { CLOCK_TEXT_MAX = 32 };
size_t clock_format(int64_t time, char *text);

/* Like clock_format, but always with 3 decimals, as in records. */
size_t clock_format_millis(int64_t time, char *text);

#endif
