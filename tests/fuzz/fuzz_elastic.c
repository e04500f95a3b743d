/* Any bytes as an answer of OpenSearch to a _bulk of one to four documents, its status in the first
 * line. */
#include "answers.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct answers answers;
    const char *bytes = (const char *)data, *newline = memchr(bytes, '\n', size);
    size_t first = newline ? (size_t)(newline - bytes) + 1 : 0;
    struct http_answer a = { .failure = "none", .body = { bytes + first, size - first } };
    for (size_t i = 0; i + 1 < first && i < 3; i++)
        a.status = a.status * 10 + (bytes[i] >= '0' && bytes[i] <= '9' ? bytes[i] - '0' : 0);
    require(answers_of_request(&a) <= HTTP_KEPT);
    for (uint64_t count = 1; count <= 4; count++) {
        if (!answers_read(&answers, a.body, count))
            continue;
        for (uint64_t i = 0; i < count; i++) {
            require(answers.verdicts[i] <= HTTP_KEPT);
            if (answers.verdicts[i] != HTTP_DELIVERED)
                require(strlen(answers_words(&answers, i)) < HTTP_WORDS_MAX);
        }
    }
    return 0;
}
