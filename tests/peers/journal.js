// A backend for the reference, its documented way to be extended. It reports over TCP where the
// reference listens, and in which order it handles datagrams and flushes, so that nobody has to
// guess which interval a datagram fell into.
'use strict';

const net = require('net');

exports.init = (startupTime, config, events) => {
    const journal = net.connect(config.journalPort, '127.0.0.1');
    const say = (...words) => journal.write(words.join(' ') + '\n');
    const udp = require.main.require('./servers/udp').server;

    udp.once('listening', () => say('listening', udp.address().port));
    events.on('packet', datagram => say('packet', datagram.length));
    events.on('flush', stamp => say('flush', stamp));
    return true;
};
