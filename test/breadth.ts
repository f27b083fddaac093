/** How much runs: `quick` in `npm test`, `core` in a cell of the version matrix, everything if unset. */
const breadth = process.env['TEST_CORR_BREADTH'];
export const QUICK = breadth === 'quick';
/** One of each kind, and the pairs that have ever differed. */
export const CORE = QUICK || breadth === 'core';

/*
 * `describe` and `it` are looked up at each call: mocha's parallel workers set new ones for each test file, but load this
 * module once.
 */

/** A suite that `npm test` leaves to `npm run test:all`; it is reported as skipped. */
export function describeInFull(title: string, suite: (this: Mocha.Suite) => void): void {
  (QUICK ? describe.skip : describe)(title, suite);
}

/** The same for a test. */
export function itInFull(title: string, test: Mocha.Func | Mocha.AsyncFunc): void {
  (QUICK ? it.skip : it)(title, test as Mocha.AsyncFunc);
}

/** Of a list of alike cases, `npm test` runs only the first ones. */
export function itFrom(position: number, first = 1): (title: string, test: Mocha.AsyncFunc) => void {
  return position < first ? (title, test) => void it(title, test) : itInFull;
}
