/* Any bytes as an answer of CloudWatch, its status in the first line; as a profile's file; and as
 * the output of a credential_process. */
#include "answers.h"
#include "fuzz.h"
#include "profile.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *bytes = (const char *)data, *newline = memchr(bytes, '\n', size);
    size_t first = newline ? (size_t)(newline - bytes) + 1 : 0;
    struct http_answer a = { .failure = "none", .body = { bytes + first, size - first } };
    struct span text = { bytes, size };
    struct profile_keys keys;
    for (size_t i = 0; i + 1 < first && i < 3; i++)
        a.status = a.status * 10 + (bytes[i] >= '0' && bytes[i] <= '9' ? bytes[i] - '0' : 0);
    struct answers_judgement j = answers_judge(&a);
    require(j.verdict <= HTTP_KEPT && strlen(j.words) < HTTP_WORDS_MAX);
    for (const char *c = j.words; *c; c++)
        require((unsigned char)*c >= ' ' && *c != 127);
    struct span value = profile_find(text, SPAN("profile x"), "region");
    require(!value.length || (value.text >= bytes && value.text + value.length <= bytes + size));
    profile_find(text, SPAN("default"), "region");
    if (profile_read_process(text, &keys))
        require(keys.id && keys.secret);
    profile_keys_free(&keys);
    return 0;
}
