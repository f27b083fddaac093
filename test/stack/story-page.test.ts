import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { source as axe } from 'axe-core';
import type { AxeResults } from 'axe-core';
import { expect } from 'chai';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { renderHtml } from '../../packages/story/src/show/html';
import { renderSvg } from '../../packages/story/src/show/svg';
import type { Story } from '../../packages/story/src/model';
import { CHECKOUT, line } from '../../packages/story/test/show/checkout';
import { hostile, retold } from '../../packages/story/test/show/hostile';
import { needs, programPath } from './debian';
import { describeInFull } from '../breadth';

const ORDERS = CHECKOUT.hops.findIndex(({ service }) => service === 'orders');
/** Which hostile text each place gets; the property tests in packages/story try them all. */
const SHIFTS = [0, 1, 4, 9];
/** The same story with lines that belong to no hop. */
const LOOSE: Story = { ...CHECKOUT, lines: [...CHECKOUT.lines, line(1804, 'cron', 'info', undefined, 'swept checkout-7f3a')] };

describeInFull('page of a story in Chromium', () => {
  let folder: string;
  let browser: Browser;
  /** Errors and outgoing requests of the current page; it is empty at the end of every test. */
  const faults: string[] = [];

  /** Opens a document from a file, as its recipient would. */
  const open = async (text: string, name = 'story.html', options: BrowserContextOptions = {}): Promise<Page> => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return visit(pathToFileURL(file).href, options);
  };
  const visit = async (url: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1240, height: 900 }, ...options });
    const page = await context.newPage();
    page.on('console', (message) => void faults.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => void faults.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => { faults.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
    context.on('request', (request) => { if (request.url() !== url) faults.push(`request: ${request.url()}`); });
    await page.goto(url);
    return page;
  };
  /** Evaluates an expression in the page. Expressions are texts, because DOM types would otherwise apply to all tests. */
  const ask = <Value>(page: Page, expression: string): Promise<Value> => page.evaluate<Value>(expression);
  const isOpen = (page: Page, selector: string): Promise<boolean> => ask(page, `document.querySelector('${selector}').open`);

  before(async function () {
    needs(this, 'chromium');
    folder = mkdtempSync(path.join(tmpdir(), 'story-page-'));
    browser = await chromium.launch({ executablePath: programPath('chromium') as string, args: ['--no-sandbox'] });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(faults.splice(0)).to.deep.equal([]);
  });
  after(async () => {
    await browser?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it('opens a hop on a click and shows its lines, and closes it again', async () => {
    const page = await open(renderHtml(CHECKOUT));
    const given = page.locator('.row').getByText('order 1320 given up');
    expect(await given.isVisible()).to.equal(false);
    await page.locator(`#h${ORDERS} > summary`).click();
    expect(await given.isVisible()).to.equal(true);
    expect(await page.locator(`#h${ORDERS} .lines > li`).count()).to.equal(CHECKOUT.hops[ORDERS]?.lines);
    await page.locator(`#h${ORDERS} > summary`).click();
    expect(await given.isVisible()).to.equal(false);
  });

  it('works with the keyboard alone: from hop to hop, into one, to the search', async () => {
    const page = await open(renderHtml(CHECKOUT));
    const focused = (): Promise<string> => ask(page, "document.activeElement.parentElement?.id || document.activeElement.id");
    for (let steps = 0; (await focused()) !== 'h1'; steps++) {
      expect(steps).to.be.below(20);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    expect(await isOpen(page, '#h1')).to.equal(true);
    await page.keyboard.press('Space');
    expect(await isOpen(page, '#h1')).to.equal(false);
    for (let steps = 0; (await focused()) !== 'search'; steps++) {
      expect(steps).to.be.below(60);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.type('LOCK');
    await page.locator('#said', { hasText: '1 line' }).waitFor();
  });

  it('finds lines by their text and fields, says how many and in which hop, and clears the search', async () => {
    const page = await open(renderHtml(CHECKOUT));
    const search = async (text: string, said: string): Promise<void> => {
      await page.getByRole('searchbox', { name: 'Search in the lines' }).fill(text);
      // Not by polling with a function in the page, which the page's policy forbids.
      await page.locator('#said').and(page.getByText(said, { exact: true })).waitFor({ state: 'attached' });
    };
    const shown = (): Promise<number> => page.locator('#merged > li:visible').count();
    await search('waited for a lock', '1 line');
    expect(await shown()).to.equal(1);
    expect(await page.locator('.found:visible').allInnerTexts()).to.deep.equal(['1 found']);
    await search('order=1320', '4 lines');
    expect(await shown()).to.equal(4);
    await search('</script>', 'no line has it');
    expect(await shown()).to.equal(0);
    await search('', '');
    expect(await shown()).to.equal(CHECKOUT.lines.length);
    expect(await page.locator('.found:visible').count()).to.equal(0);
  });

  it('follows a link to a line or to a closed hop, also from its own address', async () => {
    const page = await open(renderHtml(CHECKOUT));
    await page.locator('.notes a').first().click();
    const { before = 0 } = CHECKOUT.gap ?? {};
    await page.locator(`#l${before}`).waitFor({ state: 'visible' });
    expect(await ask(page, 'document.activeElement.parentElement.id')).to.equal(`l${before}`);
    expect(await isOpen(page, '#h2')).to.equal(false);
    await page.goto(page.url().replace(/#.*/, '#h2'));
    await page.locator('#h2[open]').waitFor({ state: 'attached' });
  });

  it('opens and closes every hop at once', async () => {
    const page = await open(renderHtml(CHECKOUT));
    const rows = await page.locator('.row').count();
    await page.getByRole('button', { name: 'Open every hop' }).click();
    expect(await page.locator('.row > details[open]').count()).to.equal(rows);
    await page.getByRole('button', { name: 'Close every hop' }).click();
    expect(await page.locator('.row > details[open]').count()).to.equal(0);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has no complaint of axe-core, in ${colorScheme} colours, open and closed`, async () => {
      // axe inserts a style into the page, which the page's policy forbids.
      const page = await open(renderHtml(LOOSE), 'story.html', { colorScheme, bypassCSP: true });
      await page.evaluate(axe);
      const objections = async (): Promise<string[]> => (await ask<AxeResults>(page, 'axe.run()')).violations
        .map(({ impact, id, nodes }) => `${String(impact)} ${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`);
      expect(await ask(page, 'getComputedStyle(document.body).backgroundColor')).to.match(colorScheme === 'dark' ? /^rgb\(1\d, 2\d, 2\d\)$/ : /^rgb\(24\d, 24\d, 24\d\)$/);
      expect(await objections()).to.deep.equal([]);
      await page.getByRole('button', { name: 'Open every hop' }).click();
      await page.locator('#all > summary').click();
      expect(await objections()).to.deep.equal([]);
    });
  }

  it('reads in order to a screen reader: the verdict, each hop with its depth, times and status, tables and lists with names', async () => {
    const page = await open(renderHtml(CHECKOUT));
    await page.locator(`#h${ORDERS} > summary`).click();
    const tree = (await page.locator('body').ariaSnapshot()).replaceAll(' ,', ',');
    const order = ['heading "Failed Request checkout-7f3a" [level=1]', 'failed first in payment', 'heading "Where the time went" [level=2]', 'orders POST /orders, level 3', 'table "5 calls"', 'columnheader "outcome"', 'list "8 lines of orders"', 'heading "The lines" [level=2]', 'searchbox "Search in the lines"'];
    let at = -1;
    for (const part of order) {
      const next = tree.indexOf(part, at + 1);
      expect(next, `${part} after ${order[order.indexOf(part) - 1] ?? 'the start'} in\n${tree}`).to.be.greaterThan(at);
      at = next;
    }
    expect(tree).to.match(/gateway POST \/checkout, level 2, from \+1\.2 ms to \+1,271 ms, on the critical path ?500, failed/);
  });

  it('prints on one page, in light colours', async () => {
    const page = await open(renderHtml(CHECKOUT), 'story.html', { colorScheme: 'dark' });
    const paper = await page.pdf({ preferCSSPageSize: true });
    expect(paper.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)).to.have.length(1);
    await page.emulateMedia({ media: 'print' });
    expect(await ask(page, 'getComputedStyle(document.body).backgroundColor')).to.equal('rgb(255, 255, 255)');
  });

  it('needs no script: hops open on a site that allows none', async () => {
    const server = http.createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
      response.end(renderHtml(CHECKOUT));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const page = await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.locator(`#h${ORDERS} > summary`).click();
      expect(await page.locator('.row').getByText('order 1320 given up').isVisible()).to.equal(true);
      expect(await page.getByRole('searchbox').isVisible()).to.equal(false);
      // The browser reports that it ran no script and loaded no icon, and nothing else.
      expect(faults.splice(0).filter((fault) => !/script|Loading the image 'data:,'/i.test(fault))).to.deep.equal([]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('refuses anything that is added to it, by its own policy', async () => {
    const page = await open(renderHtml(CHECKOUT));
    await ask(page, `new Promise((resolve) => {
      const image = document.body.appendChild(document.createElement('img'));
      image.onerror = () => resolve();
      image.src = 'http://127.0.0.1:9/leak';
    })`);
    expect(faults.splice(0).join()).to.match(/console: Loading the image .* violates .*img-src data:/);
  });

  it('has the same elements whatever a log line contains, and shows it as text', async () => {
    const elements = (page: Page): Promise<string[]> => ask(page, "[...document.querySelectorAll('*')].map(({ tagName }) => tagName)");
    const plain = await elements(await open(renderHtml(retold(CHECKOUT, (number) => `text${number}`))));
    expect(plain).to.have.length.greaterThan(500);
    for (const shift of SHIFTS) {
      const page = await open(renderHtml(hostile(CHECKOUT, shift)));
      expect(await elements(page), String(shift)).to.deep.equal(plain);
      await page.getByRole('button', { name: 'Open every hop' }).click();
      const text = await page.locator('main').innerText();
      for (const mark of ['</script><script>alert(1)</script>', '<img src=x onerror=alert(1)>', ']]></text></svg>']) expect(text).to.include(mark);
      await page.context().close();
    }
  });

  it('shows the picture on its own, whatever a log line contains', async () => {
    const shapes = (page: Page): Promise<string[]> => ask(page, "[...document.querySelectorAll('*')].map(({ tagName }) => tagName)");
    const plain = await shapes(await open(renderSvg(CHECKOUT), 'story.svg'));
    expect(plain).to.have.length.greaterThan(100);
    for (const shift of SHIFTS) expect(await shapes(await open(renderSvg(hostile(CHECKOUT, shift)), 'story.svg'))).to.deep.equal(plain);
  });

  it('draws known bars with a solid edge, and guessed, open or missing ones with three kinds of dashes', async () => {
    for (const [name, text] of [['story.html', renderHtml(CHECKOUT)], ['story.svg', renderSvg(CHECKOUT)]] as const) {
      const page = await open(text, name);
      const dashes = await ask<string[]>(page, "['exact', 'guessed', 'open', 'missing'].map((edge) => getComputedStyle(document.querySelector(`.${edge} .body`)).strokeDasharray)");
      expect(dashes[0]).to.equal('none');
      expect(new Set(dashes)).to.have.property('size', 4);
    }
  });

  it('stays fast with 20,000 lines: it opens, searches, and follows a link', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => line(i / 12, 'gateway', 'info', 'k3f9', `step ${i}`, { i }));
    const page = await open(renderHtml({ ...CHECKOUT, lines }));
    await page.getByRole('searchbox').fill('step 1999');
    await page.locator('#said', { hasText: '11 lines' }).waitFor();
    expect(await page.locator('#merged > li:visible').count()).to.equal(11);
  });
});
