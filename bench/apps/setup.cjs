'use strict';
/** What a variant writes into the application: a middleware, a way to enter a request's ID, logger options, headers of its calls; nothing where no code is needed. */
const { middleware = (handler) => handler, enter = (_request, run) => run(), logger = {}, headers = () => ({}) } = process.env.BENCH_VARIANT ? require(`../variants/${process.env.BENCH_VARIANT}`) : {};
module.exports = { middleware, enter, logger, headers };
