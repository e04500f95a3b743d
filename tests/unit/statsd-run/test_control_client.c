/* control_client: a question to a statsd-agg that serves others must not hold up the pipeline. */
#include "control_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tap.h"

enum { CROWD = 8, PATIENCE = 10 /* s */ };

int main(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char folder[] = "/tmp/control.XXXXXX", answer[16];
    bool is_made = mkdtemp(folder) != NULL;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), others[CROWD], client, fd;
    tap_ok(is_made && control_send(address.sun_path, "status") < 0, "nobody listens");
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 0);
    fd = control_send(address.sun_path, "status");
    client = accept(listener, NULL, NULL);
    tap_ok(fd >= 0 && read(client, answer, sizeof answer) == 7 && memcmp(answer, "status\n", 7) == 0,
           "the command is sent");
    close(fd);
    close(client);
    alarm(PATIENCE); /* ends the test if it waits */
    for (int i = 0; i < CROWD; i++) {
        others[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(others[i], (struct sockaddr *)&address, sizeof address);
    }
    tap_ok(control_send(address.sun_path, "status") < 0, "where too many wait it does not wait too");
    for (int i = 0; i < CROWD; i++)
        close(others[i]);
    close(listener);
    unlink(address.sun_path);
    rmdir(folder);
    return tap_done();
}
