import { expect } from 'chai';
import { App } from '../app';
import type { Line } from '../app';

describe('hops without the preload', () => {
  for (const how of ['stamp', 'mixin']) {
    it(`are on the lines, and the logger with the ${how} writes their records; after disable, no line has a hop`, async () => {
      const app = App.start('hops/by-hand.cjs', { preload: 'none', args: [how] });
      expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
      const [first, second, ...later] = app.lines.filter((line) => line.msg === 'handled');
      const root = String(first?.['hop']);
      expect(root).to.match(/^[0-9a-z]{4}$/);
      expect(second?.['hop']).to.match(new RegExp(`^${root}\\.1-[0-9a-z]{3}$`));
      const through = app.lines.filter((line) => / (completed|failed|aborted)$/.test(String(line.msg)));
      expect(through.map((line) => `${String(line.msg)} ${String(line['call'] ?? line['hop'])}`)).to.have.members([`request completed ${root}`, `request completed ${String(second?.['hop'])}`, `call completed ${root}.1`]);
      for (const line of through) expect(line).to.include({ correlation_id: 'hand-1' });
      expect((app.lines.find((line) => line.msg === 'config')?.['config'] as object)).to.include({ hops: true });
      for (const line of later) expect(line).to.not.have.property('hop');
      expect(later).to.have.length(2);
    });
  }
});

it('hops of a worker thread and of a child process are calls of the request that started them', async () => {
  const app = App.start('hops/family.cjs', { env: { CORR_HOPS: 'true' } });
  expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
  const hopOf = (fits: (line: Line) => boolean): string => String(app.lines.find(fits)?.['hop']);
  const root = hopOf((line) => line['url'] === '/go');
  expect(root).to.match(/^[0-9a-z]{4}$/);
  for (const [i, role] of ['worker', 'child'].entries()) {
    const own = hopOf((line) => line['role'] === role);
    expect(own, role).to.match(new RegExp(`^${root}\\.${i + 1}-[0-9a-z]{3}$`));
    expect(hopOf((line) => line['url'] === `/${role}`), role).to.match(new RegExp(`^${own}\\.1-[0-9a-z]{3}$`));
  }
  for (const line of app.lines) expect(line.correlation_id).to.equal('family-1');
});
