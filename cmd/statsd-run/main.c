/* statsd-run: a StatsD config file → the pipeline, under a supervisor. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "config_file.h"
#include "filter/options.h"
#include "filter/ready.h"
#include "run.h"

enum { OPTION_CHECK = OPT_LONG, OPTION_PRINT };

static const struct opt_row rows[] = {
    OPT_HEADING("Instead of running"),
    { OPTION_CHECK, "check", NULL, "only report what is wrong with the config", NULL },
    { OPTION_PRINT, "print", NULL, "print the pipeline as a shell command", NULL },
    OPT_HEADING("General"),
    FILTER_ROW_READY_FD,
    OPT_ROWS_GENERAL_SAYING("print each command started, and its totals"),
};

static const struct opt_program program = {
    .summary = "Run the pipeline that a config file of statsd/statsd describes.",
    .rows = rows,
    .operands = "[config]",
    .operand_completions = OPT_FILES,
    .examples = "  statsd-run /etc/statsd/config.js\n"
                "  statsd-run --print config.js\n"
                "\n"
                "A config:\n"
                "  {\n"
                "    port: 8125,\n"
                "    graphiteHost: \"graphite.example.com\",\n"
                "    flushInterval: 10000,\n"
                "  }\n",
};

enum task { TASK_RUN, TASK_CHECK, TASK_PRINT };

struct config {
    struct filter_options filter;
    struct config_file file;
    enum task task;
};

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .filter = filter_defaults };
    struct opt o;
    int id, count;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        if (id == OPTION_CHECK || id == OPTION_PRINT)
            c.task = id == OPTION_CHECK ? TASK_CHECK : TASK_PRINT;
        else
            filter_options_take(&c.filter, id, &o);
    char **operands = opt_operands(&o, &count);
    if (count > 1)
        opt_misuse(&o, "too many operands: expected one config");
    c.file.path = count ? operands[0] : NULL;
    return c;
}

static enum exit_code print(const struct settings *s)
{
    char *text = settings_text(s);
    bool is_good = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
    free(text);
    if (!is_good)
        die_errno("write stdout");
    return EXIT_FINE;
}

int main(int argc, char **argv)
{
    die_init("statsd-run");
    signal(SIGCHLD, SIG_DFL); /* a parent may have left it ignored, and then waitpid reports no end */
    struct config c = parse_args(argc, argv);
    struct config_now now;
    if (c.task == TASK_RUN && c.filter.ready_fd >= 0)
        ready_check(c.filter.ready_fd);
    bool is_good = config_file_read(&c.file, &now);
    if (is_good && c.task != TASK_PRINT)
        is_good = config_file_check_programs(&now.settings);
    enum exit_code code = EXIT_FAILED;
    if (is_good && c.task == TASK_RUN) {
        fcntl(c.filter.ready_fd, F_SETFD, FD_CLOEXEC);
        return (int)run_pipeline(&c.file, &now, c.filter.ready_fd);
    }
    if (is_good)
        code = c.task == TASK_PRINT ? print(&now.settings) : EXIT_FINE;
    config_now_free(&now);
    return (int)code;
}
