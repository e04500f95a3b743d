/* check_numbers [COUNT [SEED]]: writes and reads COUNT random numbers and compares each with printf
 * and strtod. The long form of test_number.c. Other seeds give other numbers, so several can run
 * side by side. */
#include "base/number.h"
#include "number_oracle.h"

enum { REPORTS_MAX = 20 };

static void report(uint64_t *mismatches, const char *fault, double value, const char *text)
{
    if (fault != NULL && ++*mismatches <= REPORTS_MAX) {
        printf("%a (%.17g), \"%s\": %s\n", value, value, text, fault);
    }
}

static uint64_t argument(int argc, char **argv, int i, uint64_t otherwise)
{
    return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    uint64_t count = argument(argc, argv, 1, 200000000), seed = argument(argc, argv, 2, 1);
    uint64_t state = seed * UINT64_C(0xd1342543de82ef95), mismatches = 0;
    uint64_t step = count / 10 + 1;

    for (uint64_t i = 0; i < count; i++) {
        char text[ORACLE_TEXT_MAX];
        double value = oracle_double(&state, (int)(i % ORACLE_KINDS));
        report(&mismatches, oracle_write_fault(value), value, "");
        oracle_text(&state, value, text);
        report(&mismatches, oracle_read_fault(text), value, text);
        if (i % step == step - 1) {
            printf("%llu of %llu\n", (unsigned long long)(i + 1), (unsigned long long)count);
            fflush(stdout);
        }
    }
    printf("%llu numbers, seed %llu: %llu mismatches\n", (unsigned long long)count, (unsigned long long)seed,
           (unsigned long long)mismatches);
    return mismatches != 0;
}
