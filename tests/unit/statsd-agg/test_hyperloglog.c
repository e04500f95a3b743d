/* Unit test of statsd-agg's registers: the standard error over many sets, and what a state file
 * carries. */
#include "samples/hyperloglog.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { RUNS = 200 };

/* The n-th hash of a set (splitmix64: Steele, Lea, Flood, 2014). */
static uint64_t hash_of(uint64_t set, uint64_t n)
{
    uint64_t z = (set << 40) + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double relative_error(const struct hyperloglog *hyperloglog, double n)
{
    return ((double)hyperloglog_estimate(hyperloglog) - n) / n;
}

static void report_errors(double n, double squares, double sum)
{
    double rms = sqrt(squares / (double)RUNS), bias = sum / (double)RUNS;
    tap_ok(rms <= 0.01, "%g members: a root mean square error of %.3f %%", n, rms * 100);
    tap_ok(fabs(bias) <= fmax(0.0025, 0.5 / n), "%g members: a bias of %.3f %%", n, bias * 100);
}

static void test_error(void)
{
    static const unsigned sizes[] = { 10, 100, 1000, 10000, 20000, 50000, 100000, 1000000 };
    double squares[COUNT(sizes)] = { 0 }, sums[COUNT(sizes)] = { 0 };
    for (uint64_t run = 0; run < RUNS; run++) {
        struct hyperloglog *hyperloglog = hyperloglog_new();
        uint64_t n = 0;
        for (size_t i = 0; i < COUNT(sizes); i++) {
            for (; n < sizes[i]; n++)
                hyperloglog_add(hyperloglog, hash_of(run, n));
            double error = relative_error(hyperloglog, sizes[i]);
            squares[i] += error * error;
            sums[i] += error;
        }
        hyperloglog_free(hyperloglog);
    }
    for (size_t i = 0; i < COUNT(sizes); i++)
        report_errors(sizes[i], squares[i], sums[i]);
    tap_ok(squares[0] / (double)RUNS < 0.001, "10 members: nearly exact");
}

/* The state that n members leave, without adding them: a rank is at most k with the probability
 * e^(-n/m / 2^k). */
static struct hyperloglog *simulate(double n, uint64_t run)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static char text[HYPERLOGLOG_TEXT];
    for (size_t i = 0; i < HYPERLOGLOG_TEXT; i++) {
        double drawn = ((double)(hash_of(run + 1000, i) >> 11) + 0.5) * 0x1p-53;
        double rank = ceil(log2(n / (double)HYPERLOGLOG_TEXT / -log(drawn)));
        text[i] = letters[(int)fmin(fmax(rank, 0), 51)];
    }
    return hyperloglog_read(text, sizeof text);
}

static void test_error_of_huge_sets(void)
{
    static const double sizes[] = { 1e7, 1e9, 1e12, 1e15, 1e18, 1e19 };
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double squares = 0, sum = 0;
        for (uint64_t run = 0; run < RUNS; run++) {
            struct hyperloglog *hyperloglog = simulate(sizes[i], run);
            double error = relative_error(hyperloglog, sizes[i]);
            squares += error * error;
            sum += error;
            hyperloglog_free(hyperloglog);
        }
        report_errors(sizes[i], squares, sum);
    }
}

static void test_few(void)
{
    struct hyperloglog *hyperloglog = hyperloglog_new();
    tap_ok(hyperloglog_estimate(hyperloglog) == 0, "no members: 0");
    hyperloglog_add(hyperloglog, hash_of(1, 1));
    tap_ok(hyperloglog_estimate(hyperloglog) == 1, "1 member: 1");
    for (int i = 0; i < 1000; i++)
        hyperloglog_add(hyperloglog, hash_of(1, 1));
    tap_ok(hyperloglog_estimate(hyperloglog) == 1, "1 member a thousand times: 1");
    hyperloglog_add(hyperloglog, hash_of(1, 2));
    tap_ok(hyperloglog_estimate(hyperloglog) == 2, "2 members: 2");
    hyperloglog_free(hyperloglog);
    hyperloglog_free(NULL);
}

/* The text after adding one hash: the letter at the register, and all others 'A'. */
static bool sets_one_letter(uint64_t hash, size_t at, char letter)
{
    static char text[HYPERLOGLOG_TEXT];
    struct hyperloglog *hyperloglog = hyperloglog_new();
    hyperloglog_add(hyperloglog, hash);
    hyperloglog_write(hyperloglog, text);
    hyperloglog_free(hyperloglog);
    for (size_t i = 0; i < sizeof text; i++)
        if (text[i] != (i == at ? letter : 'A'))
            return false;
    return true;
}

static void test_bits(void)
{
    tap_ok(sets_one_letter(0, 0, 'z'), "a hash of zeros: the first register, the highest rank");
    tap_ok(sets_one_letter(1, 0, 'y'), "the last bit counts");
    tap_ok(sets_one_letter(UINT64_MAX, HYPERLOGLOG_TEXT - 1, 'B'), "a hash of ones: the last register, rank 1");
    tap_ok(sets_one_letter(UINT64_C(1) << 50, 1, 'z'), "bit 50 is the lowest of the register's number");
    tap_ok(sets_one_letter(UINT64_C(1) << 49, 0, 'B'), "bit 49 is the highest of the rank's");
    tap_ok(sets_one_letter(UINT64_C(1) << 48, 0, 'C'), "bit 48 makes rank 2");
}

/* 150 registers in use: 150.69 by the paper's algorithm in Python. */
static void test_rounding(void)
{
    static const unsigned counts[] = { 75, 38, 19, 9, 5, 2, 1, 1 };
    static char text[HYPERLOGLOG_TEXT];
    memset(text, 'A', sizeof text);
    for (size_t rank = 1, at = 0; rank <= COUNT(counts); rank++)
        for (unsigned i = 0; i < counts[rank - 1]; i++)
            text[at++] = (char)('A' + rank);
    struct hyperloglog *hyperloglog = hyperloglog_read(text, sizeof text);
    tap_ok(hyperloglog_estimate(hyperloglog) == 151, "150.69 is rounded to 151");
    hyperloglog_free(hyperloglog);
}

static void test_round_trip(void)
{
    static char text[HYPERLOGLOG_TEXT + 1], again[HYPERLOGLOG_TEXT];
    struct hyperloglog *one = hyperloglog_new();
    for (uint64_t i = 0; i < 50000; i++)
        hyperloglog_add(one, hash_of(7, i));
    text[HYPERLOGLOG_TEXT] = '!';
    hyperloglog_write(one, text);
    tap_ok(text[HYPERLOGLOG_TEXT] == '!', "write as much as promised");
    struct hyperloglog *other = hyperloglog_read(text, HYPERLOGLOG_TEXT);
    tap_ok(hyperloglog_estimate(one) == hyperloglog_estimate(other), "read back: the same estimate");
    for (uint64_t i = 40000; i < 200000; i++) {
        hyperloglog_add(one, hash_of(7, i));
        hyperloglog_add(other, hash_of(7, i));
    }
    tap_ok(hyperloglog_estimate(one) == hyperloglog_estimate(other), "go on: the same estimate");
    hyperloglog_write(one, text);
    hyperloglog_write(other, again);
    tap_ok(memcmp(text, again, sizeof again) == 0, "go on: the same text");
    hyperloglog_free(one);
    hyperloglog_free(other);
}

static void test_merge(void)
{
    static char text[HYPERLOGLOG_TEXT], again[HYPERLOGLOG_TEXT];
    struct hyperloglog *all = hyperloglog_new(), *one = hyperloglog_new(), *other = hyperloglog_new();
    for (uint64_t i = 0; i < 50000; i++) {
        hyperloglog_add(all, hash_of(7, i));
        if (i < 30000)
            hyperloglog_add(one, hash_of(7, i));
        if (i >= 20000)
            hyperloglog_add(other, hash_of(7, i));
    }
    hyperloglog_merge(one, other);
    hyperloglog_write(all, text);
    hyperloglog_write(one, again);
    tap_ok(memcmp(text, again, sizeof again) == 0, "merged: as if all members had been added to one");
    hyperloglog_free(all);
    hyperloglog_free(one);
    hyperloglog_free(other);
}

/* Reads from memory of just that length, so that a sanitizer sees a read past it. */
static bool reads(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    memcpy(copy + 1, text, length);
    struct hyperloglog *hyperloglog = hyperloglog_read(copy + 1, length);
    free(copy);
    hyperloglog_free(hyperloglog);
    return hyperloglog != NULL;
}

static void test_refused(void)
{
    static char text[HYPERLOGLOG_TEXT + 1];
    memset(text, 'A', sizeof text);
    tap_ok(reads(text, HYPERLOGLOG_TEXT), "read what is empty");
    tap_ok(!reads(text, 0), "refuse nothing");
    tap_ok(!reads(text, HYPERLOGLOG_TEXT - 1), "refuse a letter less");
    tap_ok(!reads(text, HYPERLOGLOG_TEXT + 1), "refuse a letter more");
    for (int c = 0; c < 256; c++) {
        text[HYPERLOGLOG_TEXT - 1] = (char)c;
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (reads(text, HYPERLOGLOG_TEXT) != letter)
            tap_ok(false, "byte %d is a letter or refused", c);
    }
    tap_ok(true, "refuse every byte that is no letter");
    memset(text, 'z', sizeof text);
    struct hyperloglog *full = hyperloglog_read(text, HYPERLOGLOG_TEXT);
    tap_ok(hyperloglog_estimate(full) == UINT64_MAX, "all registers at their highest: the largest number");
    hyperloglog_free(full);
}

int main(void)
{
    test_few();
    test_bits();
    test_rounding();
    test_error();
    test_error_of_huge_sets();
    test_merge();
    test_round_trip();
    test_refused();
    return tap_done();
}
