#include "partition.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "placing.h"
#include "topics.h"

enum { PATIENCE = 5000 /* ms */ };

enum exit_code partition(const struct config *config)
{
    static const struct client_property none[] = { { NULL, NULL } };
    struct client_report report = CLIENT_REPORT;
    struct placing placing;
    rd_kafka_t *rk = client_open(RD_KAFKA_CONSUMER, client_properties(config, none, none, &report));
    int32_t partitions = topics_partitions(rk, config, PATIENCE);
    placing_init(&placing);
    for (char **series = config->operands; *series; series++)
        printf("%d\n", placing_partition(&placing, (struct span){ *series, strlen(*series) }, partitions));
    placing_free(&placing);
    rd_kafka_destroy(rk);
    if (fflush(stdout) || fclose(stdout))
        die_errno("write stdout");
    return EXIT_FINE;
}
