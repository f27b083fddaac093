import { expect } from 'chai';
import { StoreError } from '../../src/store/endpoint';
import { openStore } from '../../src/store/store';
import { Server } from './server';

/** Answers that no store gives, but a proxy before it, another product or another version can. */
const STRANGE: readonly string[] = [
  'null', '[]', '{}', '1', 'true', '"text"', '<html></html>', '{"fields":null}', '{"fields":{"correlation_id":null}}', '{"fields":{"correlation_id":{"keyword":{}}},"hits":{"hits":{"a":1}}}',
  '{"fields":{"correlation_id":{"keyword":{}}},"hits":{"hits":[null]}}', '{"data":null}', '{"data":{"resultType":"streams","result":[null]}}', '{"data":{"resultType":"streams","result":[{"values":1}]}}',
  '{"data":{"resultType":"streams","result":[{"stream":null,"values":[["x","{}"]]}]}}', '{"data":{"resultType":"streams","result":[{"stream":{},"values":[["1"]]}]}}', '{"name":1,"type":2}', '{"name":"line"}', '{"name":"line","type":"String"}',
];

describe('a store whose answer is not one of a store', () => {
  for (const kind of ['clickhouse', 'elasticsearch', 'loki']) {
    it(`is an error in one line, or has nothing: ${kind}`, async () => {
      let answer = '';
      const server = await Server.start(() => ({ body: answer }));
      try {
        const store = openStore(`${kind}+${server.url}${kind === 'loki' ? '' : '/table'}`, {});
        for (answer of STRANGE) {
          const error: unknown = await store.entriesOf('a').then(() => undefined, (reason: unknown) => reason);
          if (error === undefined) continue;
          expect(error, answer).to.be.instanceOf(StoreError);
          expect((error as Error).message, answer).to.match(/^[^\n]+$/);
        }
      } finally {
        await server.stop();
      }
    });
  }
});
