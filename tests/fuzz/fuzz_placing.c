/* Any bytes as a series column: its partition is one of those there are, and that of its canonical
 * form. And as a line of a file of properties. */
#include "client.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct placing placing;
    struct record_canonical canonical;
    if (size < 2)
        return 0; /* no record has an empty series */
    check_property(data, size);
    int32_t partitions = 1 + data[0];
    char *text = copy_with_slack((const char *)data, size, 0, data, size);
    struct span series = { text + 1, size - 1 };
    placing_init(&placing);
    record_canonical_init(&canonical);
    int32_t partition = placing_partition(&placing, series, partitions);
    require(partition >= 0 && partition < partitions);
    require(placing_partition(&placing, record_canonical(&canonical, series), partitions) == partition);
    record_canonical_free(&canonical);
    placing_free(&placing);
    free(text);
    return 0;
}
