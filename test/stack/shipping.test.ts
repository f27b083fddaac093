import { expect } from 'chai';
import { App } from '../app';
import type { Line } from '../app';

interface Case {
  name: string;
  logger: string;
  preload: 'require' | 'none';
  env?: Record<string, string>;
  key?: string;
}

const CASES: Case[] = [
  { name: 'ECS under the preload', logger: 'ecs', preload: 'require' },
  { name: 'ECS with the mixin', logger: 'ecs-mixin', preload: 'none' },
  { name: 'ECS with the mixin, and the preload too', logger: 'ecs-mixin', preload: 'require' },
  { name: 'ECS with a label of its own', logger: 'ecs', preload: 'require', env: { CORR_LOG_KEY: 'labels.correlation_id' }, key: 'labels.correlation_id' },
  { name: 'NDJSON under the preload', logger: 'ndjson', preload: 'require' },
];

describe('log shipping', () => {
  for (const { name, logger, preload, env = {}, key = 'correlation_id' } of CASES) {
    it(`has the ID once on every line: ${name}`, async () => {
      const app = App.start('shipping.cjs', { preload, env, args: [logger, preload === 'none' ? 'alone' : 'preloaded'] });
      try {
        await fetch(`http://127.0.0.1:${await app.port()}/orders/7`, { headers: { 'Correlation-Id': 'client-1' } });
        const message = (text: string) => (line: Line) => line['message'] === text;
        const ready = await app.line(message('ready'));
        const taken = await app.line(message('order taken'));
        const refused = await app.line(message('order refused'));

        expect(ready[key]).to.equal('Internal');
        expect(taken).to.include({ [key]: 'client-1', order: 7 });
        expect(refused).to.include({ [key]: 'client-1', part: 'shelf' });
        for (const line of app.stdout.trimEnd().split('\n').slice(1)) {
          expect(line.split(`"${key}":`), line).to.have.length(2);
        }
        if (logger === 'ndjson') expect(taken).to.include({ level: 'info', service: 'shop' }).and.to.have.property('time').match(/^\d{4}-.*Z$/);
        else {
          expect(taken).to.include({ 'log.level': 'info', 'service.name': 'shop' }).and.to.have.property('@timestamp');
          expect(taken).to.have.nested.property('http.request.method', 'GET');
          expect(refused).to.have.nested.property('error.message', 'no more');
        }
      } finally {
        await app.stop();
      }
    });
  }

  it('has what a request was and how it was answered in a hop record, with ECS too', async () => {
    const app = App.start('shipping.cjs', { preload: 'require', env: { CORR_HOPS: 'true' }, args: ['ecs', 'preloaded'] });
    try {
      await fetch(`http://127.0.0.1:${await app.port()}/orders/7`);
      const record = await app.line((line) => line['message'] === 'request completed');
      expect(record).to.deep.include({ req: { method: 'GET', url: '/orders/7' }, res: { statusCode: 200 } });
    } finally {
      await app.stop();
    }
  });
});
