import { expectOwnIds } from './cases';
import { describeInFull } from '../breadth';

const PLACES = ['client sent', 'pinged', 'server got', 'server sent', 'client got', 'ponged', 'server closed', 'client closed'];
const CASES = { 'a websocket in each request': PLACES };

describeInFull('compressed websockets', function () {
  this.timeout(60_000);
  for (const name of ['ws', 'ws8-floor', 'ws7']) {
    it(`${name} emits each side's events under the ID of its own request`, async () => {
      await expectOwnIds('sockets', name, CASES, { requests: 40 });
    });
  }

  it('do so 2,000 at a time', async () => {
    await expectOwnIds('sockets', 'ws', CASES, { requests: 2000 });
  });
});

describeInFull('a client of socket.io that many requests share', () => {
  for (const name of ['socket.io', 'socket.io by polling']) {
    it(`acknowledges each under its own ID: ${name}`, async () => {
      await expectOwnIds('sockets', name, { 'a shared client': ['acknowledged'] }, { requests: 40 });
    });
  }
});
