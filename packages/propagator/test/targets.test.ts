import { expect } from 'chai';
import fc from 'fast-check';
import { parseAuthority, routeRule } from '../src/targets';
import type { Target } from '../src/targets';

/** The rule of a list for a request that goes directly to one target. */
function targetRule(list: readonly string[] | undefined): ((target: Target | undefined) => boolean) | undefined {
  const rule = routeRule(list);
  return rule && ((connection) => rule({ connection, others: [] }));
}

describe('the list of hosts', () => {
  for (const [pattern, yes, no] of [
    ['localhost', ['localhost', 'LOCALHOST', 'localhost.', 'localhost:80'], ['localhost.evil.com', 'xlocalhost', '127.0.0.1', 'localhost\0']],
    ['*.internal', ['a.internal', 'a.b.internal', 'A.Internal.', 'a.internal:1'], ['internal', '.internal', 'ainternal', 'a.internal.evil.com']],
    ['api.example.com:8443', ['api.example.com:8443', 'API.example.com:8443'], ['api.example.com', 'api.example.com:443', 'xapi.example.com:8443']],
    ['*:8443', ['a:8443', '[::1]:8443'], ['a:443', 'a']],
    ['10.0.0.1', ['10.0.0.1', '10.0.0.1:80'], ['10.0.0.10', '110.0.0.1']],
    ['[::1]', ['[::1]', '[::1]:80', '[0:0:0:0:0:0:0:1]'], ['[::2]', 'localhost']],
    ['10.0.0.0/8', ['10.1.2.3', '10.0.0.1:80', '[::ffff:10.1.2.3]', '10.1'], ['11.0.0.1', '[::1]', '10.evil.com', '110.0.0.1']],
    ['fd00::/8', ['[fd00::1]', '[fdff::1]:80'], ['[fe00::1]', '10.0.0.1']],
    ['[fd00::]/8', ['[fd00::1]'], ['[fe00::1]']],
    ['127.0.0.1', ['127.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'], ['127.0.0.2']],
    ['[2001:db8::1]:80', ['[2001:DB8:0::1]:80'], ['[2001:db8::1]:81', '[2001:db8::2]:80']],
    ['a_b.svc', ['a_b.svc'], ['a-b.svc']],
  ] as const) {
    it(`${pattern} matches ${yes.join(', ')}, and not ${no.join(', ')}`, () => {
      const matches = targetRule([pattern]);
      for (const authority of yes) expect(matches?.(parseAuthority(authority)), authority).to.equal(true);
      for (const authority of no) expect(matches?.(parseAuthority(authority)), authority).to.equal(false);
    });
  }

  it('matches a target if one pattern of the list matches it', () => {
    const matches = targetRule(['a', 'b:1']);
    expect([matches?.({ host: 'a' }), matches?.({ host: 'b', port: 1 }), matches?.({ host: 'b', port: 2 })]).to.deep.equal([true, true, false]);
  });

  it('matches nothing if it is empty, and never an unknown target', () => {
    expect(targetRule([])?.({ host: 'localhost' })).to.equal(false);
    expect(targetRule(['localhost'])?.(undefined)).to.equal(false);
  });

  it('does not match an excluded host, wherever the exclusion is in the list', () => {
    for (const list of [['*', '!api.partner.example', '!10.0.0.0/8'], ['!10.0.0.0/8', '!api.partner.example', '*']]) {
      const matches = targetRule(list);
      expect(['other.example', 'api.partner.example', 'API.partner.example.:443', '10.1.2.3'].map((host) => matches?.(parseAuthority(host)))).to.deep.equal([true, false, false, false]);
    }
    const matches = targetRule(['*.example', '!*.partner.example']);
    expect(['a.example', 'a.partner.example', 'partner.example', 'b.other'].map((host) => matches?.({ host }))).to.deep.equal([true, false, true, false]);
  });

  it('allows a request only if all hosts on its way are listed and its connection is known', () => {
    const rule = routeRule(['a', 'b']);
    const [a, b, c] = ['a', 'b', 'c'].map((host) => ({ host }));
    expect(rule?.({ connection: a, others: [b] })).to.equal(true);
    expect(rule?.({ connection: a, others: [b, c] })).to.equal(false);
    expect(rule?.({ connection: c, others: [a] })).to.equal(false);
    expect(rule?.({ connection: undefined, others: [a] })).to.equal(false);
    expect(rule?.({ connection: a, others: [undefined] })).to.equal(false);
  });

  it('matches no host that can be read in two ways: with a NUL, a space or a slash', () => {
    const matches = targetRule(['*.internal', '*:80', '*', '!x.example']);
    for (const host of ['evil.com\0.internal', 'evil.com .internal', 'evil.com/.internal', 'evil.com#.internal', '', '\0']) {
      expect(matches?.({ host, port: 80 }), JSON.stringify(host)).to.equal(false);
    }
  });

  it('never matches more than an entry says, for any entry', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?$/);
    const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => [...labels, 'tld'].join('.'));
    fc.assert(
      fc.property(name, name, fc.boolean(), fc.option(fc.nat({ max: 65534 }), { nil: undefined }), fc.nat({ max: 65534 }), (listed, host, suffix, port, asked) => {
        const matches = targetRule([`${suffix ? '*.' : ''}${listed}${port === undefined ? '' : `:${port + 1}`}`]);
        const fits = suffix ? host.endsWith(`.${listed}`) : host === listed;
        expect(matches?.({ host, port: asked + 1 })).to.equal(fits && (port === undefined || port === asked));
        expect(matches?.({ host: `x.${listed}`, port: (port ?? asked) + 1 })).to.equal(suffix);
      }),
    );
  });

  it('compares exactly the bits of a range', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat({ max: 32 }), fc.ipV4(), (base, bits, address) => {
        const number = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
        const size = 2 ** (32 - bits);
        expect(targetRule([`${base}/${bits}`])?.({ host: address })).to.equal(Math.floor(number(base) / size) === Math.floor(number(address) / size));
      }),
    );
  });

  it('is no rule if there is no list, or if the list contains *', () => {
    expect(targetRule(undefined)).to.equal(undefined);
    expect(targetRule(['a', '*'])).to.equal(undefined);
  });

  it('accepts an IPv6 address without brackets, as a socket has it', () => {
    expect(targetRule(['[::1]'])?.({ host: '::1' })).to.equal(true);
  });

  for (const pattern of ['', ' ', '!', '!!a', '10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'a/8', 'http://a', 'a/b', 'a.*', '*a', '*.', 'a:0', 'a:65536', 'a:b', 'a b', 'a..b', '.a', '::1', '[::1', 'user@a', 7, null, undefined]) {
    it(`throws on ${JSON.stringify(pattern) ?? 'undefined'} and names it and what was expected`, () => {
      const shown = typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern);
      expect(() => targetRule([pattern as string])).to.throw(TypeError, `propagateTo: ${shown} - expected a host such as`);
    });
  }

  it('throws if the patterns are not a list', () => {
    expect(() => targetRule('localhost' as never)).to.throw(TypeError, 'propagateTo: "localhost" - expected an array of hosts');
  });

  it('never throws on a target, and rejects an authority with userinfo, a path or a second port', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webAuthority({ withIPv6: true, withPort: true, withUserInfo: true }), fc.anything()), (authority) => {
        const target = parseAuthority(authority);
        expect(targetRule(['only.this.host'])?.(target)).to.equal(target !== undefined && /^only\.this\.host\.?$/i.test(target.host));
        if (typeof authority === 'string' && /[@/\s]/.test(authority)) expect(target).to.equal(undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('adds the default port to an authority without a port', () => {
    expect(parseAuthority('a', 443)).to.deep.equal({ host: 'a', port: 443 });
    expect(parseAuthority('a:80', 443)).to.deep.equal({ host: 'a', port: 80 });
    expect(parseAuthority('[::1]:80')).to.deep.equal({ host: '[::1]', port: 80 });
    for (const bad of [undefined, '', 'a:b', 'a:1:2', 'u@a', 'a/b']) expect(parseAuthority(bad), String(bad)).to.equal(undefined);
  });
});
