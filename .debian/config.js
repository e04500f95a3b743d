// The config of the service statsd-run. statsd-config(5) explains the keys, and
// `statsd-run --check /etc/statsd/config.js` finds mistakes. Start the service with
//
//     systemctl enable --now statsd-run
//
// A change of this file is noticed within a second.
{
  // All interfaces: address: "0.0.0.0"
  address: "127.0.0.1",
  port: 8125,
  flushInterval: 10000,
  graphiteHost: "127.0.0.1",
  graphitePort: 2003,
  backends: ["graphite"],
}
