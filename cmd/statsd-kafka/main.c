/* statsd-kafka: records ↔ a partitioned log. */
#include <string.h>

#include "base/die.h"
#include "config.h"
#include "filter/opt.h"
#include "partition.h"
#include "put.h"
#include "run/run.h"

enum {
    OPTION_BATCH = OPT_LONG,
    OPTION_LINGER,
    OPTION_CHECKPOINT,
    OPTION_SOURCE_TIMEOUT,
};

/* The word in brackets after a heading is the verb that takes these options. */
static const struct opt_row rows[] = {
    OPT_HEADING("Kafka"),
    { 'F', "properties", "FILE", "read librdkafka's properties from FILE", OPT_FILES },
    OPT_HEADING("Messages (put)"),
    { OPTION_BATCH, "batch", "SIZE", "close a message at SIZE bytes of records (64K)", NULL },
    { OPTION_LINGER, "linger", "DURATION", "or this long after its first record (100ms)", NULL },
    FILTER_ROW_BUFFER,
    FILTER_ROW_SELF_PREFIX,
    FILTER_ROW_NO_SELF,
    OPT_HEADING("Input (put)"),
    FILTER_ROW_MAX_LINE,
    FILTER_ROW_STRICT,
    FILTER_ROW_REJECTS,
    FILTER_ROW_REJECTS_MAX,
    FILTER_ROW_DRAIN,
    FILTER_ROW_READY_FD,
    OPT_HEADING("Group (run)"),
    { 'g', "group", "NAME", "share the partitions with the others of this group", NULL },
    { OPTION_CHECKPOINT, "checkpoint", "DURATION", "keep each partition's state this often (1m)", NULL },
    { OPTION_SOURCE_TIMEOUT, "source-timeout", "DURATION", "wait this long for a silent source (1m)", NULL },
    OPT_HEADING("General"),
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Write records to a topic of Kafka, or aggregate it.",
    .rows = rows,
    .operands = "put|run|partition brokers topic [arg ...]",
    .operand_completions = OPT_HOSTS,
    .examples = "  statsd-recv | statsd-kafka put kafka.example.com metrics\n"
                "  statsd-kafka run -g metrics kafka.example.com metrics ./pipeline\n",
};

/* What the first operand can be. Both counts are of operands after the topic. */
static const struct verb {
    const char *name;
    int least, most;
    const char *expected;
    enum exit_code (*run)(const struct config *config);
} verbs[] = {
    { "put", 0, 0, "brokers and a topic", put },
    { "run", 1, 1, "brokers, a topic and a command", run },
    { "partition", 1, 1 << 20, "brokers, a topic and series", partition },
};

enum { VERBS = sizeof verbs / sizeof *verbs, ROWS = sizeof rows / sizeof *rows };

static void take_option(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case 'F': c->properties = o->value; break;
    case OPTION_BATCH: c->put.batch = opt_size(o, 1, PUT_MESSAGE_MAX); break;
    case OPTION_LINGER: c->put.linger = opt_duration(o, 0, PUT_LINGER_MAX); break;
    case 'g': c->run.group = o->value; break;
    case OPTION_CHECKPOINT: c->run.checkpoint = opt_duration(o, 1, RUN_DURATION_MAX); break;
    case OPTION_SOURCE_TIMEOUT: c->run.source_timeout = opt_duration(o, 1, RUN_DURATION_MAX); break;
    default: filter_options_take(&c->filter, id, o);
    }
}

/* The heading that the row stands under names the verb, or none. */
static bool takes(const struct verb *verb, const struct opt_row *row)
{
    while (row->id)
        row--;
    const char *word = strchr(row->name, '(');
    return !word || (strncmp(word + 1, verb->name, strlen(verb->name)) == 0 && word[1 + strlen(verb->name)] == ')');
}

static const struct verb *find_verb(const struct opt *o, const char *name)
{
    for (const struct verb *verb = verbs; verb < verbs + VERBS; verb++)
        if (name && strcmp(verb->name, name) == 0)
            return verb;
    if (name)
        opt_misuse(o, "unknown verb %s", quote(name, strlen(name)).text);
    opt_misuse(o, "no verb");
}

static const struct verb *take_operands(struct config *c, struct opt *o, const bool *given)
{
    int count;
    char **operands = opt_operands(o, &count);
    const struct verb *verb = find_verb(o, operands[0]);
    for (const struct opt_row *row = rows; row < rows + ROWS; row++)
        if (given[row - rows] && !takes(verb, row))
            opt_misuse(o, "--%s: %s does not take it", row->name, verb->name);
    if (count < 3 + verb->least || count > 3 + verb->most)
        opt_misuse(o, "%s: expected %s", verb->name, verb->expected);
    c->brokers = operands[1];
    c->topic = operands[2];
    c->operands = operands + 3;
    c->operand_count = (size_t)count - 3;
    if (verb->run == run && (!c->run.group || !*c->run.group))
        opt_misuse(o, "run: expected a group: --group NAME");
    return verb;
}

static const struct verb *parse_args(struct config *c, int argc, char **argv)
{
    static bool given[ROWS];
    struct opt o;
    int id;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1) {
        given[o.row - rows] = true;
        take_option(c, id, &o);
    }
    const struct verb *verb = take_operands(c, &o, given);
    if (c->filter.max_line > PUT_MESSAGE_MAX)
        opt_misuse(&o, "--max-line: a message holds at most %d bytes", PUT_MESSAGE_MAX);
    return verb;
}

int main(int argc, char **argv)
{
    struct config c = { .filter = filter_defaults,
                        .put = { 64 << 10, 100 },
                        .run = { NULL, RUN_CHECKPOINT, RUN_SOURCE_TIMEOUT } };
    die_init("statsd-kafka");
    const struct verb *verb = parse_args(&c, argc, argv);
    return (int)verb->run(&c);
}
