'use strict';
/** A package of the checkout that is measured: this one, or the one that BENCH_ROOT names. */
module.exports = (name) => require(`${process.env.BENCH_ROOT ?? `${__dirname}/../..`}/packages/${name}`);
