// usage: hot-shots.js KIND PLACE: what clients.bats expects, sent by node's hot-shots.
const { StatsD } = require('hot-shots');

const [kind, place] = process.argv.slice(2);
const where = kind === 'unixgram' ? { protocol: 'uds', path: place }
    : { protocol: kind, host: '127.0.0.1', port: +place };
const client = new StatsD({ prefix: 'app.', errorHandler: (error) => { throw error; }, ...where });
client.increment('hits', 3);
client.gauge('depth', 7);
client.timing('time', 320);
client.set('users', 'bob');
client.event('a title', 'a text');
setTimeout(() => client.close(() => process.exit(0)), 200);
