/* json: strings of any bytes. */
#include "format/json.h"

#include <string.h>

#include "tap.h"

static void puts_as(const char *text, size_t length, const char *expected)
{
    char json[256];
    *json_put_string(json, (struct span){ text, length }) = '\0';
    tap_ok(strcmp(json, expected) == 0, "%s", json);
}

int main(void)
{
    puts_as("", 0, "\"\"");
    puts_as("api.time", 8, "\"api.time\"");
    puts_as("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
    puts_as("\n\t\r\0\x1f\x7f", 6, "\"\\n\\t\\r\\u0000\\u001f\\u007f\"");
    puts_as("caf\xc3\xa9 \xf0\x9f\x98\x80", 10, "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"");
    puts_as("\xff"
            "a\xc3",
            3,
            "\"\xef\xbf\xbd"
            "a\xef\xbf\xbd\"");
    puts_as("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    return tap_done();
}
