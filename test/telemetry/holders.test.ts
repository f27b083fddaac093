import { expect } from 'chai';
import http from 'node:http';
import { CorrelationInstrumentation } from '../../packages/auto-register/src/instrumentation';

describe('two instrumentations', () => {
  it('carry the ID until both are disabled', () => {
    const bare = http.ClientRequest.prototype as unknown as { _storeHeader: unknown };
    const original = bare._storeHeader;
    const [first, second] = [new CorrelationInstrumentation(), new CorrelationInstrumentation()];
    const patched = bare._storeHeader;
    first.disable();
    const left = bare._storeHeader;
    second.disable();
    expect(left).to.equal(patched).and.not.to.equal(original);
    expect(bare._storeHeader).to.equal(original);
  });
});
