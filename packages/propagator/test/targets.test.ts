import { expect } from 'chai';
import fc from 'fast-check';
import { parseAuthority, targetRule } from '../src/targets';

describe('target rule', () => {
  for (const [pattern, yes, no] of [
    ['localhost', ['localhost', 'LOCALHOST', 'localhost.', 'localhost:80'], ['localhost.evil.com', 'xlocalhost', '127.0.0.1']],
    ['*.internal', ['a.internal', 'a.b.internal', 'A.Internal.', 'a.internal:1'], ['internal', '.internal', 'ainternal', 'a.internal.evil.com']],
    ['api.example.com:8443', ['api.example.com:8443', 'API.example.com:8443'], ['api.example.com', 'api.example.com:443', 'xapi.example.com:8443']],
    ['*:8443', ['a:8443', '[::1]:8443'], ['a:443', 'a']],
    ['10.0.0.1', ['10.0.0.1', '10.0.0.1:80'], ['10.0.0.10', '110.0.0.1']],
    ['[::1]', ['[::1]', '[::1]:80', '[0:0:0:0:0:0:0:1]'], ['[::2]', 'localhost']],
    ['[2001:db8::1]:80', ['[2001:DB8:0::1]:80'], ['[2001:db8::1]:81', '[2001:db8::2]:80']],
    ['a_b.svc', ['a_b.svc'], ['a-b.svc']],
  ] as const) {
    it(`${pattern} lets ${yes.join(', ')} through, and not ${no.join(', ')}`, () => {
      const matches = targetRule([pattern]);
      for (const authority of yes) expect(matches?.(parseAuthority(authority)), authority).to.equal(true);
      for (const authority of no) expect(matches?.(parseAuthority(authority)), authority).to.equal(false);
    });
  }

  it('lets a target through that any pattern of the list fits', () => {
    const matches = targetRule(['a', 'b:1']);
    expect([matches?.({ host: 'a' }), matches?.({ host: 'b', port: 1 }), matches?.({ host: 'b', port: 2 })]).to.deep.equal([true, true, false]);
  });

  it('lets nothing through when the list is empty, nor an unknown target', () => {
    expect(targetRule([])?.({ host: 'localhost' })).to.equal(false);
    expect(targetRule(['localhost'])?.(undefined)).to.equal(false);
  });

  it('is no rule at all without a list, or with * in it', () => {
    expect(targetRule(undefined)).to.equal(undefined);
    expect(targetRule(['a', '*'])).to.equal(undefined);
  });

  it('takes an IPv6 address without brackets, as a URL or socket has it', () => {
    expect(targetRule(['[::1]'])?.({ host: '::1' })).to.equal(true);
  });

  for (const pattern of ['', ' ', 'http://a', 'a/b', 'a.*', '*a', '*.', 'a:0', 'a:65536', 'a:b', 'a b', 'a..b', '.a', '::1', '[::1', 'user@a', 7, null, undefined]) {
    it(`throws on ${JSON.stringify(pattern) ?? 'undefined'}, naming it and what was expected`, () => {
      const shown = typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern);
      expect(() => targetRule([pattern as string])).to.throw(TypeError, `propagateTo: ${shown} - expected a host such as`);
    });
  }

  it('throws when the patterns are no list', () => {
    expect(() => targetRule('localhost' as never)).to.throw(TypeError, 'propagateTo: "localhost" - expected an array of host patterns');
  });

  it('never throws on a target, and parses no authority with a userinfo, path or second port', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webAuthority({ withIPv6: true, withPort: true, withUserInfo: true }), fc.anything()), (authority) => {
        const target = parseAuthority(authority);
        expect(targetRule(['only.this.host'])?.(target)).to.equal(target !== undefined && /^only\.this\.host\.?$/i.test(target.host));
        if (typeof authority === 'string' && /[@/\s]/.test(authority)) expect(target).to.equal(undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the default port to an authority that has none', () => {
    expect(parseAuthority('a', 443)).to.deep.equal({ host: 'a', port: 443 });
    expect(parseAuthority('a:80', 443)).to.deep.equal({ host: 'a', port: 80 });
    expect(parseAuthority('[::1]:80')).to.deep.equal({ host: '[::1]', port: 80 });
    for (const bad of [undefined, '', 'a:b', 'a:1:2', 'u@a', 'a/b']) expect(parseAuthority(bad), String(bad)).to.equal(undefined);
  });
});
