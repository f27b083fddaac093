import { expect } from 'chai';
import path from 'node:path';
import { App } from '../app';

describe('methods that are bound', () => {
  it('are as before after the carriers are off, each time', async () => {
    const app = App.start(path.join(__dirname, '../../test-queues/undone.cjs'), { preload: 'none' });
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    const methods = app.lines.filter((line) => 'bound' in line);
    expect(methods).to.have.length(3 * 7);
    for (const line of methods) expect(line).to.include({ bound: true, same: true });
    expect(app.lines.filter((line) => line['name'] === 'called back')).to.have.length(3);
    expect(app.lines.at(-1)).to.deep.equal({ own: false });
  });
});
