/* Any bytes as the series of a record: its partition is one of those there are, and that of its
 * canonical form. And as a line of a file of properties. */
#include "client.h"
#include "format/record.h"
#include "fuzz.h"
#include "placing.h"

static void check_property(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1), *name = NULL, *value = NULL;
    memcpy(line, data, size);
    line[size] = '\0';
    if (client_property_line(line, &name, &value) && name)
        require(*name && strlen(name) + strlen(value) < size);
    free(line);
}

static void check_partition(struct span series, int32_t partitions)
{
    struct placing placing;
    struct record_canonical canonical;
    placing_init(&placing);
    record_canonical_init(&canonical);
    int32_t partition = placing_partition(&placing, series, partitions);
    require(partition >= 0 && partition < partitions);
    require(placing_partition(&placing, record_canonical(&canonical, series), partitions) == partition);
    record_canonical_free(&canonical);
    placing_free(&placing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char rest[] = "\tc\t1\t1\t1700000000.000";
    const size_t rest_length = sizeof rest - 1;
    struct record r;
    struct span culprit;
    if (size < 2 || memchr(data, '\n', size))
        return 0; /* a line has one LF, at its end */
    check_property(data, size);
    char *line = copy_with_slack((const char *)data + 1, size - 1, rest_length, (const uint8_t *)rest, rest_length);
    if (record_parse(line, size - 1 + rest_length, &r, &culprit) == RECORD_OK)
        check_partition(r.series, 1 + data[0]);
    free(line);
    return 0;
}
