import { expect } from 'chai';
import { App } from './app';

describe('preload', () => {
  for (const preload of ['require', 'import', 'options'] as const) {
    it(`stamps a request's lines when it comes by ${preload}`, async () => {
      const app = App.start('hello.cjs', { preload });
      try {
        const response = await fetch(`http://127.0.0.1:${await app.port()}/`, { headers: { 'Correlation-Id': 'client-1' } });
        expect(response.headers.get('correlation-id')).to.equal('client-1');
        expect(await app.line((line) => line.msg === 'hello')).to.include({ correlation_id: 'client-1' });
        expect(await app.line((line) => line.msg === 'finish')).to.include({ correlation_id: 'client-1' });
        expect(await app.line((line) => line.msg === 'listening')).to.include({ correlation_id: 'Internal' });
      } finally {
        await app.stop();
      }
    });
  }
});
