import { expect } from 'chai';
import fc from 'fast-check';
import { QUICK } from '../../../test/breadth';
import { tell } from '../src/tell/tell';
import { parsedOf } from './files';
import { Told } from './truth';
import { happen, worldPlans } from './world';
import { entriesOf } from './written';

const RUNS = Number(process.env['TEST_CORR_RUNS'] ?? (QUICK ? 50 : 300));
/** The same worlds each time, unless the variable selects others. */
const SEED = Number(process.env['TEST_CORR_SEED'] ?? 1);

const WORLDS = {
  'all services number their hops, whatever their clocks say': {},
  'log files are lost': { lost: true },
  'half of the services number no hops': { hopless: true },
  'half of the services number no hops and files are lost': { hopless: true, lost: true },
};
const READERS = { 'entry by entry': entriesOf, 'from files in mixed formats, with copies and cut lines': parsedOf };

describe('the story of a made-up request, whose truth is known', function () {
  this.timeout(240_000);

  for (const [where, options] of Object.entries(WORLDS)) {
    for (const [how, read] of Object.entries(READERS)) {
      it(`is the truth where ${where}, read ${how}`, () => {
        let guessedWrong = 0;
        const property = fc.property(worldPlans(options), (plan) => {
          const world = happen(plan);
          const told = new Told(world, tell(world.id, read(world)));
          told.isTheTruth();
          if (told.isWrongGuess()) guessedWrong++;
        });
        fc.assert(property, { numRuns: RUNS, seed: SEED });
        // Where the lines do not say which request was the client's, the story says so, and still mostly has the right one.
        expect(guessedWrong).to.be.at.most(RUNS * ('hopless' in options ? 0.02 : 0));
      });
    }
  }
});
