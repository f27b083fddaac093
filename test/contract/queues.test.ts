import { expect } from 'chai';
import { App } from '../app';
import { QUICK, itInFull } from '../breadth';

const REQUESTS = QUICK ? 60 : 200;

describe("queues of other libraries", () => {
  for (const library of ['fastq', 'async', 'bottleneck', 'p-limit 3', 'p-queue 6', 'Bluebird.map']) {
    // `npm test` runs these two in test/queues/in-process.test.ts.
    (['fastq', 'async'].includes(library) ? itInFull : it)(`${library}: each line has its own request's ID, ${REQUESTS} requests at a time`, async () => {
      const app = App.start('queues/app.cjs', { args: [library, String(REQUESTS)] });
      expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
      const noted = app.lines.filter(({ msg }) => msg === 'noted');
      expect(noted.length).to.be.at.least(2 * REQUESTS);
      expect(noted.filter((line) => line['t'] !== line.correlation_id)).to.deep.equal([]);
    });
  }
});
