'use strict';
/* Next.js 16, as `next build` left it, by its interface for servers of one's own. The request's path says who gives the lines an ID. */
const http = require('node:http');
const path = require('node:path');
const next = require('next');
const report = require('../report.cjs');

const app = next({ dev: false, dir: path.join(__dirname, 'next') });
app.prepare().then(() => report(http.createServer(app.getRequestHandler())));
