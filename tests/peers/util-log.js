// The reference says that it is up through a function that newer versions of Node no longer have.
'use strict';

const util = require('util');

util.log = util.log || console.log;
