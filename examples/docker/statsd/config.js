// For statsd-run in a container: statsd-config(5) explains the keys. A change is noticed within a second.
{
  address: "0.0.0.0",
  port: 8125,
  flushInterval: 10000,
  percentThreshold: [50, 90, 99],
  graphiteHost: process.env.GRAPHITE_HOST || "graphite",
  graphitePort: Number(process.env.GRAPHITE_PORT) || 2003,
  graphite: { legacyNamespace: false },
  idle: "c=5m,ms=5m,s=5m,g=forever",
  // Grafana shows the dashboards that are written there.
  grafana: { dir: "/dashboards" },
  backends: ["graphite", "grafana"],
}
