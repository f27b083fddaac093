'use strict';
/*
 * OpenTelemetry's packages: those that trace mode loads, where this checkout has them, so that a comparison is with the
 * very same code; else the bench's own.
 */
const path = require('node:path');

const places = [path.join(__dirname, '../../packages/auto-register'), __dirname];
module.exports = (name) => require(require.resolve(`@opentelemetry/${name}`, { paths: places }));

/** All copies of a package: auto-instrumentations-node loads the bench's own. */
module.exports.copies = (name) => places.map((place) => require(require.resolve(`@opentelemetry/${name}`, { paths: [place] })));
