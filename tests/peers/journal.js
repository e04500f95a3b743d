// A backend of the reference, which is its documented way to be extended: tells over TCP where it listens, and in which
// order it handles datagrams and flushes. So nobody has to guess which interval a datagram fell into.
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
