(function () {
  return {
    port: parseInt(process.env.STATSD_PORT, 10) || 8125,
    graphiteHost: process.env['GRAPHITE_HOST'] || '127.0.0.1',
    debug: process.env.DEBUG === 'true',
    flushInterval: Number(process.env.FLUSH) || 10000,
    graphite: { legacyNamespace: false, globalSuffix: require('os').hostname().split('.')[0] }
  };
})();
