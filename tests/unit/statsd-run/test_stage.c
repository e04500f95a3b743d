/* stage: when a program that has died is started again. */
#include "stage.h"

#include <string.h>
#include <sys/wait.h>

#include "tap.h"

static void test_pauses(void)
{
    static const int64_t pauses[] = { 0, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000 };
    struct stage s = { .state = STAGE_RUNNING };
    int64_t now = 0;
    bool is_same = true;
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        s.began = now;
        now += 2000;
        int64_t pause = stage_plan_restart(&s, now);
        is_same &= pause == pauses[i] && s.due == now + pause && s.state == STAGE_WAITING;
        now = s.due;
    }
    tap_ok(is_same, "at once, then after 0.1 s, doubled up to 30 s");
    s.began = now;
    now += STAGE_PAUSE_MOST;
    tap_ok(stage_plan_restart(&s, now) == 0, "one that has lived for 30 s is started at once again");
}

static void test_at_once(void)
{
    struct stage s = { .state = STAGE_RUNNING };
    int starts = 0;
    while (stage_plan_restart(&s, s.began + 10) >= 0)
        starts++;
    tap_ok(starts == 9 && s.state == STAGE_OVER, "the tenth death at once in a row is the last");
    s = (struct stage){ .state = STAGE_RUNNING };
    for (int i = 0; i < 9; i++)
        stage_plan_restart(&s, s.began + 10);
    tap_ok(stage_plan_restart(&s, s.began + STAGE_AT_ONCE) >= 0 && s.deaths == 0,
           "one that lives a second starts anew");
}

static void test_retries(void)
{
    static const int64_t pauses[] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000, 30000 };
    struct stage s = { .state = STAGE_WAITING };
    bool is_same = true;
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++)
        is_same &= stage_plan_retry(&s, 7) == pauses[i] && s.due == 7 + pauses[i] && s.state == STAGE_WAITING;
    tap_ok(is_same && s.deaths == 0, "one that cannot be started is tried again with longer pauses, without an end");
}

static void test_text(void)
{
    char text[STAGE_TEXT_MAX];
    stage_status_text(W_EXITCODE(3, 0), text);
    tap_ok(strcmp(text, "ended with status 3") == 0, "a status is named");
    stage_status_text(W_EXITCODE(0, 11), text);
    tap_ok(strcmp(text, "was killed by signal 11 (Segmentation fault)") == 0, "a signal is named");
}

int main(void)
{
    test_pauses();
    test_at_once();
    test_retries();
    test_text();
    return tap_done();
}
