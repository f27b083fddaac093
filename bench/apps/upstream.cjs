'use strict';
const http = require('node:http');
const report = require('./report.cjs');

report(http.createServer((request, response) => response.end('hello')));
