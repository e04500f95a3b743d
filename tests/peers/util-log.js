// The reference reports that it is up through a function that newer versions of Node lack.
'use strict';

const util = require('util');

util.log = util.log || console.log;
