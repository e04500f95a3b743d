/* answers: the type of an error → verdict, in JSON and XML. */
#include "answers.h"

#include <string.h>

#include "tap.h"

static const char *const names[] = { "delivered", "data", "too large", "configuration", "fault", "again", "kept" };

static void means(long status, const char *body, const char *verdict, bool are_credentials, const char *words)
{
    struct http_answer a = { .status = status, .failure = "none", .body = { body, strlen(body) } };
    struct answers_judgement j = answers_judge(&a);
    if (!tap_ok(strcmp(names[j.verdict], verdict) == 0 && j.are_credentials == are_credentials &&
                    strcmp(j.words, words) == 0,
                "%ld %s: %s", status, body, verdict))
        tap_note("%s, %s", names[j.verdict], j.words);
}

int main(void)
{
    means(200, "{}", "delivered", false, "");
    means(0, "", "again", false, "");
    means(400, "{\"__type\":\"com.amazonaws.cloudwatch#InvalidParameterValueException\",\"message\":\"no\"}", "data",
          false, "InvalidParameterValue: no");
    means(400, "{\"__type\":\"ThrottlingException\",\"message\":\"Rate\\nexceeded\"}", "again", false,
          "Throttling: Rate exceeded");
    means(400, "{\"__type\":\"ThrottlingException:http://internal/\"}", "again", false,
          "Throttling: {\"__type\":\"ThrottlingException:http://internal/\"}");
    means(400, "{\"__type\":\"x#ExpiredTokenException\",\"message\":\"old\"}", "configuration", true,
          "ExpiredToken: old");
    means(403, "<E><Code>SignatureDoesNotMatch</Code><Message>no</Message></E>", "configuration", true,
          "SignatureDoesNotMatch: no");
    means(400, "<E><Code>Throttling</Code></E>", "again", false, "Throttling: ");
    means(400, "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}", "configuration", true, "AccessDenied: no");
    means(500, "{\"__type\":\"InternalServiceFault\",\"message\":\"no\"}", "fault", false, "InternalServiceFault: no");
    means(413, "{\"__type\":\"RequestEntityTooLarge\",\"message\":\"no\"}", "too large", false,
          "RequestEntityTooLarge: no");
    means(404, "{\"__type\":\"x#UnknownOperationException\",\"message\":\"no\"}", "configuration", false,
          "UnknownOperation: no");
    means(503, "busy", "fault", false, "");
    means(400, "", "data", false, "");
    return tap_done();
}
