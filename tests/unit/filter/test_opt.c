/* opt: one table drives getopt, --help and the messages; values are checked to the last byte. */
#include "filter/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "base/die.h"
#include "tap.h"

enum { OPT_SIZE = OPT_LONG, OPT_FORMAT, OPT_ONCE };

static const struct opt_row rows[] = {
    OPT_HEADING("What it does"),
    { 'i', "interval", "SEC", "a duration", NULL },
    { 'c', "count", "N", "a whole number", NULL },
    { OPT_SIZE, "size", "BYTES", "a size", NULL },
    { OPT_FORMAT, "format", "WORD", "a choice", "text json raw" },
    { OPT_ONCE, "once", NULL, "a flag without a letter", NULL },
    OPT_HEADING("General"),
    { 'k', "keep", NULL, "a flag", NULL },
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Tests options.",
    .rows = rows,
    .operands = "[file ...]",
    .examples = "  prog -k\n",
};

#define USAGE "usage: prog [-hkqvV] [-c n] [-i sec] [option ...] [file ...]\n"

/* Parses the words of a command line and prints what they mean. */
static void parse(void *argument)
{
    char words[256], *argv[16] = { "prog" }, **operands;
    int argc = 1, id, count;
    struct opt o;
    die_init("prog");
    snprintf(words, sizeof words, "%s", (const char *)argument);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = strcmp(word, "''") == 0 ? "" : word;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        switch (id) {
        case 'i': printf("interval=%lld ", (long long)opt_duration(&o, 1, 86400000)); break;
        case 'c': printf("count=%llu ", (unsigned long long)opt_uint(&o, 1, 100)); break;
        case OPT_SIZE: printf("size=%llu ", (unsigned long long)opt_size(&o, 16, (uint64_t)1 << 40)); break;
        case OPT_FORMAT: printf("format=%d ", opt_choice(&o)); break;
        default: printf("%s ", o.name); break;
        }
    operands = opt_operands(&o, &count);
    for (int i = 0; i < count; i++)
        printf("<%s>", operands[i]);
}

static void test_values(void)
{
    static const struct {
        const char *words, *out;
    } cases[] = {
        { "", "" },
        { "-k", "--keep " },
        { "--once --keep", "--once --keep " },
        { "-i 10", "interval=10000 " },
        { "-i10", "interval=10000 " },
        { "-ki 2", "--keep interval=2000 " },
        { "--interval=0.5", "interval=500 " },
        { "--interval .5", "interval=500 " },
        { "--interval 0.29", "interval=290 " },
        { "--interval 1e1", "interval=10000 " },
        { "--interval 250ms", "interval=250 " },
        { "--interval 1.5m", "interval=90000 " },
        { "--interval 24h", "interval=86400000 " },
        { "-c 1 -c 100", "count=1 count=100 " },
        { "-c 0042", "count=42 " },
        { "--size 16", "size=16 " },
        { "--size 4k", "size=4096 " },
        { "--size 4M", "size=4194304 " },
        { "--size 1024G", "size=1099511627776 " },
        { "--format raw", "format=2 " },
        { "a -k b", "--keep <a><b>" },
        { "-k -- -i x", "--keep <-i><x>" },
        { "- -k", "--keep <->" },
        { "--inter 1", "interval=1000 " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = in_child(parse, (void *)cases[i].words);
        if (!tap_ok(o.status == 0 && strcmp(o.out, cases[i].out) == 0 && !*o.err, "prog %s", cases[i].words))
            tap_note("status %d, %s, %s", o.status, o.out, o.err);
    }
}

static void test_refusals(void)
{
    static const struct {
        const char *words, *reason;
    } cases[] = {
        { "-x", "unknown option '-x'" },
        { "-kx", "unknown option '-x'" },
        { "--once -xk", "unknown option '-x'" },
        { "--size 20 -xk", "unknown option '-x'" },
        { "--nothing", "unknown option '--nothing'" },
        { "--nothing=5", "unknown option '--nothing'" },
        { "-\xc3\xa9", "unknown option '-\\xc3'" },
        { "--once -\xc3k", "unknown option '-\\xc3'" },
        { "-i", "option -i needs a value" },
        { "--once -ki", "option -i needs a value" },
        { "--interval", "option --interval needs a value" },
        { "--size", "option --size needs a value" },
        { "--once=1", "option --once takes no value" },
        { "--keep=1", "option --keep takes no value" },
        { "-i x", "--interval: bad duration 'x': expected seconds, or a number with ms, s, m or h" },
        { "-i ''", "--interval: bad duration '': expected seconds, or a number with ms, s, m or h" },
        { "-i 5d", "--interval: bad duration '5d': expected seconds, or a number with ms, s, m or h" },
        { "-i 0.0005", "--interval: bad duration '0.0005': expected seconds, or a number with ms, s, m or h" },
        { "-i -1", "--interval: bad duration '-1': expected seconds, or a number with ms, s, m or h" },
        { "-i 1,5", "--interval: bad duration '1,5': expected seconds, or a number with ms, s, m or h" },
        { "-i nan", "--interval: bad duration 'nan': expected seconds, or a number with ms, s, m or h" },
        { "-i 0", "--interval: bad duration '0': expected at least 1 ms" },
        { "-i 25h", "--interval: bad duration '25h': expected at most 86400000 ms" },
        { "-c 1.5", "--count: bad number '1.5': expected a whole number" },
        { "-c -1", "--count: bad number '-1': expected a whole number" },
        { "-c ''", "--count: bad number '': expected a whole number" },
        { "-c 0", "--count: bad number '0': expected 1 to 100" },
        { "-c 101", "--count: bad number '101': expected 1 to 100" },
        { "-c 18446744073709551616", "--count: bad number '18446744073709551616': expected a whole number" },
        { "--size K", "--size: bad size 'K': expected bytes, or a number with K, M or G" },
        { "--size 1T", "--size: bad size '1T': expected bytes, or a number with K, M or G" },
        { "--size 15", "--size: bad size '15': expected 16 to 1099511627776 bytes" },
        { "--size 1025G", "--size: bad size '1025G': expected 16 to 1099511627776 bytes" },
        { "--size 18446744073709551615G",
          "--size: bad size '18446744073709551615G': expected 16 to 1099511627776 bytes" },
        { "--format xml", "--format: unknown word 'xml': expected text, json or raw" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[512];
        struct outcome o = in_child(parse, (void *)cases[i].words);
        snprintf(expected, sizeof expected, "prog: %s\n" USAGE, cases[i].reason);
        if (!tap_ok(o.status == EXIT_USAGE && strcmp(o.err, expected) == 0, "prog %s: %s", cases[i].words,
                    cases[i].reason))
            tap_note("status %d, %s", o.status, o.err);
    }
}

static void close_stdout_and_parse(void *argument)
{
    if (!freopen("/dev/full", "w", stdout))
        exit(3);
    parse(argument);
}

static void test_help(void)
{
    static const char help[] = "Tests options.\n"
                               "\n" USAGE "\n"
                               "What it does:\n"
                               "  -i, --interval SEC            a duration\n"
                               "  -c, --count N                 a whole number\n"
                               "      --size BYTES              a size\n"
                               "      --format WORD             a choice\n"
                               "      --once                    a flag without a letter\n"
                               "\n"
                               "General:\n"
                               "  -k, --keep                    a flag\n"
                               "  -q, --quiet                   print only errors that end or fail the program\n"
                               "  -v, --verbose                 print the totals at the end\n"
                               "  -h, --help                    print this help and exit\n"
                               "  -V, --version                 print the version and exit\n"
                               "\n"
                               "Examples:\n"
                               "  prog -k\n";
    struct outcome o = in_child(parse, "-h");
    tap_ok(o.status == 0 && strcmp(o.out, help) == 0 && !*o.err, "-h prints the table");
    o = in_child(parse, "--help --nothing");
    tap_ok(o.status == 0 && strcmp(o.out, help) == 0, "arguments after --help are ignored");
    o = in_child(parse, "-V");
    tap_ok(o.status == 0 && strcmp(o.out, "prog 1.0.0\n") == 0, "-V prints the version");
    o = in_child(close_stdout_and_parse, "-h");
    tap_ok(o.status == 1 && strcmp(o.err, "prog: write stdout: No space left on device\n") == 0,
           "a help that cannot be written is a failure");
}

int main(void)
{
    test_values();
    test_refusals();
    test_help();
    return tap_done();
}
