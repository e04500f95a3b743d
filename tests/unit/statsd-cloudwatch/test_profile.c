/* profile: AWS' files, and what a credential_process prints. */
#include "profile.h"

#include <string.h>

#include "tap.h"

static const char text[] = "\xEF\xBB\xBF[first]\n"
                           "region = marked\n"
                           "stray = 0\n"
                           "[default]\n"
                           "# region = no\n"
                           "region = us-east-1\r\n"
                           "aws_access_key_id=AKIA=1\n"
                           "s3 =\n"
                           "  region = nested\n"
                           "[profile  two ]\n"
                           "region\t=\teu-west-1  \n"
                           "region = eu-west-2\n"
                           "[two]\n"
                           "region = three\n"
                           "[broken\n"
                           "region = four\n"
                           "last = x";

static void finds(const char *section, const char *key, const char *expected)
{
    struct span value =
        profile_find((struct span){ text, sizeof text - 1 }, (struct span){ section, strlen(section) }, key);
    tap_ok(span_is(value, expected), "[%s] %s: %.*s", section, key, (int)value.length, value.text);
}

static void reads(const char *output, const char *id, int64_t ends)
{
    struct profile_keys keys;
    bool is_read = profile_read_process((struct span){ output, strlen(output) }, &keys);
    tap_ok(is_read == (id != NULL) && (!id || (strcmp(keys.id, id) == 0 && keys.ends == ends)), "%s", output);
    profile_keys_free(&keys);
}

int main(void)
{
    finds("default", "region", "us-east-1");
    finds("default", "aws_access_key_id", "AKIA=1");
    finds("default", "s3", "");
    finds("first", "region", "marked");
    finds("default", "none", "");
    finds("profile two", "region", "eu-west-2");
    finds("two", "region", "three");
    finds("profile none", "region", "");
    finds("broken", "region", "");
    tap_ok(profile_read_time("2023-11-14T22:13:30Z") == 1700000010000, "a time");
    tap_ok(profile_read_time("2023-11-14T23:13:30.5+01:00") == 1700000010000, "a time with an offset");
    tap_ok(profile_read_time("2023-11-14T22:13:30") == 0 && profile_read_time("soon") == 0, "no time");
    reads("{\"Version\":1,\"AccessKeyId\":\"id\",\"SecretAccessKey\":\"s\"}", "id", 0);
    reads("{\"Version\":1,\"AccessKeyId\":\"id\",\"SecretAccessKey\":\"s\",\"Expiration\":\"2023-11-14T22:13:30Z\"}",
          "id", 1700000010000);
    reads("{\"Version\":1,\"AccessKeyId\":\"id\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}", NULL, 0);
    reads("{\"Version\":2,\"AccessKeyId\":\"id\",\"SecretAccessKey\":\"s\"}", NULL, 0);
    reads("{\"Version\":1,\"AccessKeyId\":\"i\\nd\",\"SecretAccessKey\":\"s\"}", NULL, 0);
    reads("{\"Version\":1}", NULL, 0);
    reads("", NULL, 0);
    return tap_done();
}
