/* Any lines as messages of a log, `APPENDED SOURCE MARK END PAYLOAD` between TABs: the clock never
 * goes back, and whoever goes on from its text comes to the same times. The whole input is such a
 * text too, and the last line of a state. */
#include "base/clock.h"
#include "fuzz.h"
#include "run/fields.h"
#include "run/log_message.h"
#include "run/saved.h"

enum { TIMEOUT = 60000, APPENDED = 0, SOURCE, MARK, END, PAYLOAD, COLUMNS };

static struct log_message message_of(struct span line, struct span *payload)
{
    struct span columns[COLUMNS];
    int64_t appended = 0;
    for (int i = 0; i < COLUMNS; i++)
        if (!field_next(&line, '\t', &columns[i]))
            columns[i] = (struct span){ NULL, 0 };
    const struct message_headers headers = { columns[SOURCE], columns[MARK], columns[END] };
    if (columns[APPENDED].text)
        (void)clock_parse(columns[APPENDED].text, columns[APPENDED].length, &appended);
    *payload = columns[PAYLOAD].text ? columns[PAYLOAD] : SPAN("");
    return message_read(&headers, appended);
}

/* Lines of the clock are left out, and only they; all lines have their end. */
static void check_lines(struct span payload)
{
    struct text lines = { NULL, 0, 0 };
    int64_t dropped = message_put_lines(&lines, payload);
    require(dropped || lines.length == payload.length || lines.length == payload.length + 1);
    require(!lines.length || lines.bytes[lines.length - 1] == '\n');
    for (struct span rest = text_span(&lines), line, after; rest.length && field_next(&rest, '\n', &line);)
        require(!field_after(line, CLOCK_SERIES "\t", &after));
    free(lines.bytes);
}

static struct log_clock copy_of(const struct log_clock *clock)
{
    struct log_clock copy;
    struct text text = { NULL, 0, 0 };
    log_clock_init(&copy, TIMEOUT);
    log_clock_write(clock, &text);
    require(log_clock_read(&copy, text_span(&text)));
    free(text.bytes);
    return copy;
}

static void check_messages(struct span all)
{
    struct log_clock clock, copy;
    struct span line, payload;
    log_clock_init(&clock, TIMEOUT);
    log_clock_init(&copy, TIMEOUT);
    for (int number = 0; field_next(&all, '\n', &line); number++) {
        struct log_message message = message_of(line, &payload);
        int64_t before = clock.time;
        bool is_raised = log_clock_take(&clock, &message);
        require(clock.time >= before && is_raised == (clock.time > before));
        require(!is_raised || clock.time <= message.appended);
        require(log_clock_take(&copy, &message) == is_raised && copy.time == clock.time);
        (void)log_clock_odd(&clock);
        if (payload.length)
            check_lines(payload);
        if (number % 3 == 2) {
            log_clock_free(&copy);
            copy = copy_of(&clock);
        }
    }
    log_clock_free(&clock);
    log_clock_free(&copy);
}

static void check_text(struct span all)
{
    struct log_clock clock;
    log_clock_init(&clock, TIMEOUT);
    if (log_clock_read(&clock, all)) {
        struct log_clock copy = copy_of(&clock);
        require(copy.time == clock.time && copy.count == clock.count && copy.log_time == clock.log_time);
        log_clock_free(&copy);
    }
    log_clock_free(&clock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct saved saved;
    char *text = copy_with_slack((const char *)data, size, 0, data, size);
    const struct span all = { text, size };
    check_messages(all);
    check_text(all);
    (void)saved_read(all, &saved);
    free(text);
    return 0;
}
