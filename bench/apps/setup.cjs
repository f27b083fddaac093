'use strict';
/**
 * What a variant adds to the application's code: a middleware, a function that enters a request's ID, options of the logger, headers of
 * calls. A variant that needs no code adds nothing.
 */
const { middleware = (handler) => handler, enter = (_request, run) => run(), logger = {}, headers = () => ({}) } = process.env.BENCH_VARIANT ? require(`../variants/${process.env.BENCH_VARIANT}`) : {};
module.exports = { middleware, enter, logger, headers };
