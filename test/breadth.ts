/** How much runs: `quick` in `npm test`, `core` in a cell of the version matrix, everything if unset. */
const breadth = process.env['TEST_CORR_BREADTH'];
export const QUICK = breadth === 'quick';
/** One of each kind, and the pairs that have ever differed. */
export const CORE = QUICK || breadth === 'core';

/** Tests that `npm test` leaves to `npm run test:all`; it reports them as skipped. */
export const describeInFull = (QUICK ? describe.skip : describe) as typeof describe.skip;
export const itInFull = (QUICK ? it.skip : it) as typeof it.skip;
