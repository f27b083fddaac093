'use strict';
/** What a variant writes into the application: a middleware, logger options, headers of its calls; nothing where no code is needed. */
const { middleware = (handler) => handler, logger = {}, headers = () => ({}) } = process.env.BENCH_VARIANT ? require(`../variants/${process.env.BENCH_VARIANT}`) : {};
module.exports = { middleware, logger, headers };
