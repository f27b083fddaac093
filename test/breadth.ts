/** How much runs: `quick` in `npm test`, `core` in a cell of the version matrix, and everything where nothing is said. */
const breadth = process.env['TEST_CORR_BREADTH'];
export const QUICK = breadth === 'quick';
/** One of each kind, and the pairs that ever differed. */
export const CORE = QUICK || breadth === 'core';

/** What `npm test` leaves to `npm run test:all`: it says so, as skipped. */
export const describeInFull = (QUICK ? describe.skip : describe) as typeof describe.skip;
export const itInFull = (QUICK ? it.skip : it) as typeof it.skip;
