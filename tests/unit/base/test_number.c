/* number: tables of required results, then random numbers against printf and strtod. */
#include "base/number.h"
#include "number_oracle.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Parses from memory of exactly that length, so that a sanitizer detects a read past it. */
static enum number_result parse(const char *text, double *value)
{
    size_t length = strlen(text);
    char *copy = malloc(length + (length == 0));
    memcpy(copy, text, length);
    bool negative;
    enum number_result result = number_parse(copy, length, value);
    if (result != number_check(copy, length, &negative) || (result == NUMBER_OK && negative != (*value < 0))) {
        tap_ok(false, "number_check agrees on \"%.40s\"", text);
    }
    free(copy);
    return result;
}

/* Keeps a test's name one line of ASCII. */
static const char *printable(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < ' ' || *p > '~') {
            return "(not printable)";
        }
    }
    return text;
}

static void test_refused(void)
{
    /* clang-format off */
    static const char *const texts[] = {
        "", "+", "-", ".", "+.", "-.", "e", "e5", ".e5", "-e5", "1e", "1e+", "1e-", "1E", "1e1.5", "1e1e1", "1e+-1",
        "+-1", "--1", "++1", "-+1", " 1", "1 ", "\t1", "1\n", "1\r", "1_000", "1,5", "1.2.3", "1..2", "..1", "0x10",
        "0x1p3", "0b1", "inf", "-inf", "+inf", "nan", "NaN", "Infinity", "infinity", "nan(1)", "1f", "1.0f", "1d",
        "1L", "1-", "1+", "- 1", "1e 5", "1 e5", "1e5 ", "a", "/", ":", "1:", "1/", "\xd9\xa1", "1\xc2\xa0", "1e+ 5",
        "1e5x", "1x5", "e", "5.e", ".5e", "1e.5", "1.e.", "12345678901234567890x", "0.00000000000000000000e",
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(texts); i++) {
        double value = 7;
        tap_ok(parse(texts[i], &value) == NUMBER_BAD && value == 7, "refuse row %zu: \"%s\"", i, printable(texts[i]));
    }
    double value;
    tap_ok(number_parse("1\0", 2, &value) == NUMBER_BAD, "refuse a NUL");
    tap_ok(number_parse("123", 2, &value) == NUMBER_OK && value == 12, "read two bytes of three");
    tap_ok(number_parse("1e5", 1, &value) == NUMBER_OK && value == 1, "read one byte of 1e5");
    tap_ok(number_parse("1e5", 2, &value) == NUMBER_BAD, "refuse two bytes of 1e5");
}

static void test_accepted(void)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        { "0", 0.0 },
        { "-0", -0.0 },
        { "+0", 0.0 },
        { "-0.0e5", -0.0 },
        { "0e999999", 0.0 },
        { "-0e-999999", -0.0 },
        { "00000000000000000000000000000", 0.0 },
        { "0.00000000000000000000000000000", 0.0 },
        { "1", 1 },
        { "+1", 1 },
        { "-1", -1 },
        { "007", 7 },
        { "320", 320 },
        { ".5", 0.5 },
        { "5.", 5 },
        { "-.5", -0.5 },
        { "+5.", 5 },
        { "123.456", 123.456 },
        { "1e5", 1e5 },
        { "1E5", 1e5 },
        { "1e+5", 1e5 },
        { "1e-5", 1e-5 },
        { ".5e1", 5 },
        { "5.e1", 50 },
        { "1e005", 1e5 },
        { "0.1", 0.1 },
        { "1e22", 1e22 },
        { "1e23", 1e23 },
        { "1e-22", 1e-22 },
        { "1e-23", 1e-23 },
        { "123456789012345678", 123456789012345678.0 },
        { "18446744073709551615", 18446744073709551616.0 },
        { "18446744073709551616", 18446744073709551616.0 },
        { "10000000000000000000000000000000000000000", 1e40 },
        { "0000000000000000000000000000000000000001.5", 1.5 },
        { "0.00000000000000000000000000000000000000015", 1.5e-40 },
        { "1.00000000000000000000000000000000000000000", 1 },
        /* between 2^53 and 2^54, the odd numbers are halfway cases */
        { "9007199254740991", 9007199254740991.0 },
        { "9007199254740992", 9007199254740992.0 },
        { "9007199254740993", 9007199254740992.0 },
        { "9007199254740993.0", 9007199254740992.0 },
        { "900719925474099.3e1", 9007199254740992.0 },
        { "9007199254740993.00000000000000000000", 9007199254740992.0 },
        { "9007199254740993.00000000000000000001", 9007199254740994.0 },
        { "9007199254740992.99999999999999999999", 9007199254740992.0 },
        { "9007199254740994", 9007199254740994.0 },
        { "9007199254740995", 9007199254740996.0 },
        { "4503599627370497.5", 4503599627370498.0 },
        { "4503599627370496.5", 4503599627370496.0 },
        { "4503599627370496.4999999999999999999", 4503599627370496.0 },
        { "4503599627370496.5000000000000000001", 4503599627370497.0 },
        /* the ends of the range */
        { "1.7976931348623157e308", DBL_MAX },
        { "-1.7976931348623157e308", -DBL_MAX },
        { "1.7976931348623158e308", DBL_MAX },
        { "179769313486231580793e288", DBL_MAX },
        { "2.2250738585072014e-308", DBL_MIN },
        { "2.2250738585072011e-308", DBL_MIN - 0x1p-1074 },
        { "2.2250738585072012e-308", DBL_MIN },
        { "5e-324", 0x1p-1074 },
        { "4.9e-324", 0x1p-1074 },
        { "2.5e-324", 0x1p-1074 },
        { "2.4703282292062327e-324", 0.0 },
        { "2.4703282292062328e-324", 0x1p-1074 },
        { "1e-323", 0x1p-1073 },
        { "1e-400", 0.0 },
        { "-1e-400", -0.0 },
        { "1e-99999999999999999999999999", 0.0 },
        { "0e99999999999999999999999999", 0.0 },
        { "6929495644600919.5", 6929495644600920.0 },
        { "3.518437208883201171875e13", 35184372088832.01171875 },
        { "1448997445238699", 1448997445238699.0 },
        { "7205759403792793199999e-5", 72057594037927928.0 },
        { "7205759403792793200001e-5", 72057594037927936.0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double value = 7;
        enum number_result result = parse(rows[i].text, &value);
        if (!tap_ok(result == NUMBER_OK && oracle_same(value, rows[i].value), "read %s", rows[i].text)) {
            tap_note("result %d, value %.17g, wanted %.17g", (int)result, value, rows[i].value);
        }
    }
}

static void test_overflow(void)
{
    /* clang-format off */
    static const char *const texts[] = {
        "1.7976931348623159e308", "-1.7976931348623159e308", "17976931348623159e292", "1.8e308", "1e309", "-1e309",
        "1e400", "0.1e310", "1e99999999999999999999", "1000000000000000000000000e285", "1e2147483648",
        "1e18446744073709551617", "179769313486231580794e288",
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(texts); i++) {
        double value = 7;
        tap_ok(parse(texts[i], &value) == NUMBER_OVERFLOW && value == 7, "overflow of %s", texts[i]);
    }
}

/* Returns before, followed by count times the digit, followed by after. */
static char *repeat(const char *before, char digit, size_t count, const char *after)
{
    char *text = malloc(strlen(before) + count + strlen(after) + 1);
    strcpy(text, before);
    memset(text + strlen(before), digit, count);
    strcpy(text + strlen(before) + count, after);
    return text;
}

static void test_long(void)
{
    static const struct {
        const char *before;
        char digit;
        size_t count;
        const char *after;
        enum number_result result;
        double value;
    } rows[] = {
        { "", '0', 100000, "1", NUMBER_OK, 1 },
        { "1", '0', 308, "", NUMBER_OK, 1e308 },
        { "1", '0', 309, "", NUMBER_OVERFLOW, 0 },
        { "1", '0', 100000, "", NUMBER_OVERFLOW, 0 },
        { "1", '0', 100000, "e-100000", NUMBER_OK, 1 },
        { "-1", '0', 100000, "e-100005", NUMBER_OK, -1e-5 },
        { "0.", '0', 100000, "1", NUMBER_OK, 0 },
        { "0.", '0', 100000, "1e100001", NUMBER_OK, 1 },
        { "0.", '0', 100000, "1e100501", NUMBER_OVERFLOW, 0 },
        { "-0.", '0', 100000, "", NUMBER_OK, -0.0 },
        { "0.", '9', 100000, "", NUMBER_OK, 1 },
        { "", '9', 308, "", NUMBER_OK, 1e308 },
        { "1e", '9', 100000, "", NUMBER_OVERFLOW, 0 },
        { "1e-", '9', 100000, "", NUMBER_OK, 0 },
        { "0e", '9', 100000, "", NUMBER_OK, 0 },
        { "1e", '0', 100000, "5", NUMBER_OK, 1e5 },
        /* the tie is decided by a digit far beyond those that the copy keeps */
        { "9007199254740993.", '0', 100000, "", NUMBER_OK, 9007199254740992.0 },
        { "9007199254740993.", '0', 100000, "1", NUMBER_OK, 9007199254740994.0 },
        { "9007199254740992.", '9', 100000, "", NUMBER_OK, 9007199254740992.0 },
        { "", '1', 100000, "x", NUMBER_BAD, 0 },
        { "", '1', 100000, "e", NUMBER_BAD, 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double value = 0;
        char *text = repeat(rows[i].before, rows[i].digit, rows[i].count, rows[i].after);
        enum number_result result = parse(text, &value);
        tap_ok(result == rows[i].result && (result != NUMBER_OK || oracle_same(value, rows[i].value)),
               "read %s%c{%zu}%s", rows[i].before, rows[i].digit, rows[i].count, rows[i].after);
        free(text);
    }
}

static void test_format(void)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        { 0.0, "0" },
        { -0.0, "0" },
        { 1, "1" },
        { -1, "-1" },
        { 9, "9" },
        { 10, "10" },
        { 99, "99" },
        { 100, "100" },
        { 320, "320" },
        { 1000, "1000" },
        { 65536, "65536" },
        { 0.1, "0.1" },
        { -0.1, "-0.1" },
        { 0.5, "0.5" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 123.456, "123.456" },
        { 1.5, "1.5" },
        { 12345678.5, "12345678.5" },
        { 1e-5, "0.00001" },
        { 0.000001, "0.000001" },
        { 0.00000123, "0.00000123" },
        { 1e-7, "1e-7" },
        { 1.5e-7, "1.5e-7" },
        { -1.5e-7, "-1.5e-7" },
        { 1.2345678901234567e-6, "0.0000012345678901234567" },
        { 123e-20, "1.23e-18" },
        { 1e15, "1000000000000000" },
        { 9007199254740991.0, "9007199254740991" },
        { 9007199254740992.0, "9007199254740992" },
        { 9007199254740994.0, "9007199254740994" },
        { 4503599627370495.5, "4503599627370495.5" },
        { 1e20, "100000000000000000000" },
        { 123456789012345680000.0, "123456789012345680000" },
        { 999999999999999900000.0, "999999999999999900000" },
        { 18446744073709551616.0, "18446744073709552000" },
        { 1e21, "1e+21" },
        { -1e21, "-1e+21" },
        { 1.5e21, "1.5e+21" },
        { 1e22, "1e+22" },
        { 1e23, "1e+23" },
        { 1.2345e100, "1.2345e+100" },
        { 5e-324, "5e-324" },
        { 1e-323, "1e-323" },
        { 2.225073858507201e-308, "2.225073858507201e-308" },
        { DBL_MIN, "2.2250738585072014e-308" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { -DBL_MAX, "-1.7976931348623157e+308" },
        { 0x1p-44, "5.684341886080802e-14" },
        { 2e-44, "2e-44" },
        { 9.5367431640625e-7, "9.5367431640625e-7" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[NUMBER_TEXT_MAX + 1];
        const char *fault = oracle_write(rows[i].value, text);
        if (!tap_ok(fault == NULL && strcmp(text, rows[i].text) == 0, "write %s", rows[i].text)) {
            tap_note("got %s, which %s", text, fault == NULL ? "reads back" : fault);
        }
    }
}

static void test_format_uint(void)
{
    char text[NUMBER_TEXT_MAX + 1], wanted[NUMBER_TEXT_MAX];
    int wrong = 0;
    uint64_t power = 1;
    for (int digits = 0; digits < 20; digits++, power *= 10) {
        for (uint64_t value = power - 2; value != power + 3; value++) {
            text[number_format_uint(value, text)] = '\0';
            sprintf(wanted, "%llu", (unsigned long long)value);
            wrong += strcmp(text, wanted) != 0;
        }
    }
    for (unsigned value = 0; value <= 100000; value++) {
        text[number_format_uint(value, text)] = '\0';
        sprintf(wanted, "%u", value);
        wrong += strcmp(text, wanted) != 0;
    }
    tap_ok(wrong == 0, "write unsigned integers");
}

static void test_put(void)
{
    static const char *const texts[][2] = {
        { "0", "0" },        { "-12.50", "-12.50" }, { "1e+21", "1e+21" }, { "1.5e-7", "1.5e-7" }, { "1e5", "1e5" },
        { "+5", "5" },       { ".5", "0.5" },        { "5.", "5" },        { "-.5", "-0.5" },      { "007", "7" },
        { "1E5", "100000" }, { "-0", "-0" },         { "00.5e1", "5" },    { "1.e2", "100" },      { "", "" },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[64];
        *number_put(text, texts[i][0], strlen(texts[i][0])) = '\0';
        tap_ok(strcmp(text, texts[i][1]) == 0, "'%s' is put as '%s'", texts[i][0], text);
    }
}

static void test_random_writing(uint64_t seed, int count)
{
    int wrong = 0;
    for (int i = 0; i < count; i++) {
        char text[NUMBER_TEXT_MAX + 1];
        double back, value = oracle_double(&seed, i % ORACLE_KINDS);
        const char *fault = i % 8 == i / 8 % 8 ? oracle_write_fault(value) : oracle_write(value, text);
        if (fault == NULL) {
            size_t length = number_format(value, text);
            bool same = number_parse(text, length, &back) == NUMBER_OK && oracle_same(back, value);
            fault = same || value == 0 ? NULL : "is not read back";
        }
        if (fault != NULL && wrong++ < 10) {
            tap_note("%a (%.17g) %s", value, value, fault);
        }
    }
    tap_ok(wrong == 0, "write %d random numbers", count);
}

static void test_random_reading(uint64_t seed, int count)
{
    int wrong = 0;
    for (int i = 0; i < count; i++) {
        char text[ORACLE_TEXT_MAX];
        oracle_text(&seed, oracle_double(&seed, i % ORACLE_KINDS), text);
        const char *fault = oracle_read_fault(text);
        if (fault != NULL && wrong++ < 10) {
            tap_note("%s: %s", fault, text);
        }
    }
    tap_ok(wrong == 0, "read %d random texts", count);
}

int main(void)
{
    test_refused();
    test_accepted();
    test_overflow();
    test_long();
    test_format();
    test_format_uint();
    test_put();
    test_random_writing(1, 2000000);
    test_random_reading(2, 400000);
    return tap_done();
}
