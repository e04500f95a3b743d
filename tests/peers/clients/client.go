// usage: client KIND PLACE: what clients.bats expects, sent by Go's datadog-go.
package main

import (
	"log"
	"os"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
)

func main() {
	where := map[string]string{"udp": "127.0.0.1:", "unixgram": "unixgram://", "unix": "unixstream://"}
	client, err := statsd.New(where[os.Args[1]]+os.Args[2], statsd.WithNamespace("app."), statsd.WithoutTelemetry())
	if err != nil {
		log.Fatal(err)
	}
	client.Count("hits", 3, nil, 1)
	client.Gauge("depth", 7, nil, 1)
	client.Timing("time", 320*time.Millisecond, nil, 1)
	client.Set("users", "bob", nil, 1)
	client.SimpleEvent("a title", "a text")
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
}
