'use strict';
/*
 * OpenTelemetry's packages: the copies that trace mode loads, so that both sides of a comparison run the same code. The bench's own
 * copies, where this checkout has none.
 */
const path = require('node:path');

const places = [path.join(__dirname, '../../packages/auto-register'), __dirname];
module.exports = (name) => require(require.resolve(`@opentelemetry/${name}`, { paths: places }));

/** All copies of a package: auto-instrumentations-node loads the bench's own. */
module.exports.copies = (name) => places.map((place) => require(require.resolve(`@opentelemetry/${name}`, { paths: [place] })));
