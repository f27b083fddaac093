import { expect } from 'chai';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { renderHtml } from '../../src/show/html';
import { renderSvg } from '../../src/show/svg';
import type { Story } from '../../src/model';
import { CHECKOUT, hop, line } from './checkout';
import { HOSTILE, hostile, retold } from './hostile';

const anything = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((units) => String.fromCharCode(...units));
const LONG = 100_000;

/** The tags, without the hashes in the policy and without labels, which are texts. */
const tagsOf = (html: string): string[] => (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/ aria-label="[^"]*"/, ''));

/** Parses XML strictly and returns the names of its elements. */
function elementsOf(xml: string): string[] {
  const names: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ name }) => void names.push(name));
  parser.on('error', (error) => { throw error; });
  parser.write(xml).close();
  return names;
}

describe('page of a story', () => {
  const plain = tagsOf(renderHtml(retold(CHECKOUT, (number) => `text${number}`)));

  it('has no tag from a log line', () => {
    expect(plain).to.have.length.greaterThan(500);
    for (let shift = 0; shift < HOSTILE.length; shift++) expect(tagsOf(renderHtml(hostile(CHECKOUT, shift))), String(shift)).to.deep.equal(plain);
    fc.assert(fc.property(fc.array(anything, { minLength: 1 }), (texts) => {
      expect(tagsOf(renderHtml(retold(CHECKOUT, (number) => `${number} ${texts[number % texts.length] as string}`)))).to.deep.equal(plain);
    }), { numRuns: 10 });
  });

  it('has neither handlers, nor styles on elements, nor addresses but its own', () => {
    const html = renderHtml(hostile(CHECKOUT));
    for (const tag of tagsOf(html)) expect(tag).to.not.match(/\s(on\w+|style|src)=|href="(?!#|data:,)/);
    expect(html.match(/<script/g)).to.have.length(1);
  });

  it('shows what the story says', () => {
    const html = renderHtml(CHECKOUT);
    for (const sentence of CHECKOUT.verdict) expect(html).to.include(sentence);
    expect(html).to.include('270 ms in <bdi>payment</bdi>')
      .and.include('is put right by \u22121,204 ms \u00b1 0.4 ms')
      .and.include('<bdi>prices.internal</bdi>, <bdi>cardnet.example</bdi>')
      .and.include('2 broken lines in logs/stock.log.3.gz')
      .and.include('2026-11-24 03:12:07.120 UTC');
    expect(html.match(/<li id="l\d+"/g)).to.have.length(CHECKOUT.lines.length);
  });

  it('has each field once, and no field that is the same on all lines of a service', () => {
    const html = renderHtml(CHECKOUT);
    expect(html).to.include('<b>order</b>=<bdi>1320</bdi>').and.include('<b>waitedMs</b>=<bdi>221</bdi>').and.include('<b>req.url</b>=');
    expect(html).to.not.match(/<b>(correlation_id|time|pid|hostname|msg|level|err\.)/);
  });

  it('has lines that belong to no hop, even if there are no hops', () => {
    const story: Story = { ...CHECKOUT, hops: [], lines: [line(0, 'cron', 'info', undefined, 'began'), { service: 'note', msg: '', record: 'about checkout-7f3a', textOnly: true }] };
    delete story.gap;
    const html = renderHtml(story);
    expect(html).to.include('2 lines of no hop').and.include('about checkout-7f3a').and.include('the ID is in the text only').and.include('no time');
  });

  it('is made in linear time and size: 20,000 lines of one hop', () => {
    const size = (lines: number): number => renderHtml({ ...CHECKOUT, lines: Array.from({ length: lines }, (_, i) => line(i / 20, 'gateway', 'info', 'k3f9', `step ${i}`, { i })) }).length;
    expect((size(20_000) - size(0)) / (size(2000) - size(0))).to.be.within(8, 12);
  });

  it('leaves lines out of a story of a hundred thousand, and says so: not those that warn', () => {
    const lines = Array.from({ length: LONG }, (_, i) => line(i / 60, 'gateway', i === LONG - 5 ? 'error' : 'info', 'k3f9', `step ${i}`, { i }));
    const html = renderHtml({ ...CHECKOUT, lines, hops: CHECKOUT.hops.map((hop) => ({ ...hop, lines: hop.hop === 'k3f9' ? LONG : 0 })) });
    expect(html.match(/<li id="l\d+"/g)).to.have.length(20_000);
    expect(html).to.include('80,000 of 100,000 lines are left out here').and.include(`step ${LONG - 5}<`);
  });

  it('is the same for the same story', () => {
    expect(renderHtml(CHECKOUT)).to.equal(renderHtml(structuredClone(CHECKOUT)));
  });
});

describe('picture of a story', () => {
  it('is valid XML with the same elements, whatever the lines contain', () => {
    const plain = elementsOf(renderSvg(CHECKOUT));
    expect(plain).to.have.length.greaterThan(100);
    for (let shift = 0; shift < HOSTILE.length; shift++) expect(elementsOf(renderSvg(hostile(CHECKOUT, shift)))).to.deep.equal(plain);
    fc.assert(fc.property(fc.array(anything, { minLength: 1 }), (texts) => {
      expect(elementsOf(renderSvg(retold(CHECKOUT, (number) => texts[number % texts.length] as string)))).to.deep.equal(plain);
    }));
  });

  it('is as wide as asked, and has a row a hop', () => {
    expect(renderSvg(CHECKOUT)).to.include('width="960"');
    expect(renderSvg(CHECKOUT, { width: 1400 })).to.include('width="1400"');
    for (const width of [-1, 0, Number.NaN, Infinity]) expect(renderSvg(CHECKOUT, { width })).to.match(/<svg [^>]*width="(480|960)"/);
    expect(renderSvg(CHECKOUT).match(/class="name"/g)).to.have.length(12);
  });

  it('has a dot a line, and of those that would lie on one another the worst', () => {
    const lines = [...[100, 200, 300, 400].map((ms) => line(ms, 'gateway', 'info', 'k3f9', 'step')), line(400.1, 'gateway', 'error', 'k3f9', 'bad'), line(400.2, 'gateway', 'warn', 'k3f9', 'less bad')];
    const dots = [...renderSvg({ ...CHECKOUT, lines }).matchAll(/<circle class="(dot[^"]*)"/g)].map(([, kind]) => kind);
    expect(dots).to.deep.equal(['dot', 'dot', 'dot', 'dot bad']);
  });

  it('has the path that the end waited for, and a sign for each kind of hop', () => {
    const missing = hop({ hop: 'lost', parent: 'k3f9', service: '?', at: [300, 400], edge: 'missing' });
    const svg = renderSvg({ ...CHECKOUT, hops: [...CHECKOUT.hops, missing] });
    const signs = [...svg.matchAll(/<g class="(\S+) (exact|guessed|open|missing)( failed)?">/g)].map(([, , edge]) => edge);
    for (const [edge, times] of [['exact', 6], ['guessed', 1], ['open', 1], ['missing', 5]] as const) expect(signs.filter((each) => each === edge), edge).to.have.length(times);
    expect(svg.match(/class="critical"/g)).to.have.length(CHECKOUT.hops.reduce((sum, { critical }) => sum + critical.length, 0));
  });

  it('has no place that is not a number', () => {
    const strange: Story = { ...CHECKOUT, start: Number.NaN, end: Infinity, hops: CHECKOUT.hops.map((hop) => ({ ...hop, end: Number.NaN, ms: Number.NaN })) };
    for (const picture of [renderSvg(strange), renderHtml(strange)]) expect(picture).to.not.match(/="[^"]*(NaN|Infinity)/);
  });
});
