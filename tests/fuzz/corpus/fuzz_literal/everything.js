module.exports = {
  servers: [ { server: './servers/udp', address: '::', address_ipv6: true, port: '8125' },
             { server: "./servers/tcp", port: 8125 },
             { server: "./servers/tcp", socket: '/run/statsd.sock', socket_mod: 0o660 } ],
  mgmt_address: '127.0.0.1', mgmt_port: 8126, healthStatus: 'down',
  percentThreshold: [90, 99.9, -10, '50'], flush_counts: false, deleteIdleStats: true, gaugesMaxTTL: 3,
  histogram: [ { metric: 'foo', bins: [] }, { metric: '', bins: [ 0.1, 50, 'inf' ] } ],
  calculatedTimerMetrics: ['count', 'upper_percent'], prefixStats: 'stats1', keyNameSanitize: false,
  backends: ['./backends/graphite', 'influx', './backends/console'],
  influx: { url: 'http://127.0.0.1:8086/write?db=x', gzip: true, header: ['a: b', 'c: d'] },
  graphite: { globalPrefix: 'x', prefixCounter: '', prefixTimer: `t`, prefixGauge: "g", prefixSet: 's' },
  graphiteHost: '::1', rcvbuf: '16M', maxSeries: 5000, tag: ['a:b'], state: '/var/lib/statsd/state',
  spool: "/var/spool/statsd", selfMetrics: 'all', automaticConfigReload: false,
};
