// npm run pictures: regenerates the pictures of README from the logs in test/fixtures/story. It needs Chromium.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = path.join(import.meta.dirname, '..');
const chrome = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (chrome === undefined) {
  console.error('Chromium is missing. Install it with: apt-get update && apt-get install -y --no-install-recommends chromium');
  process.exit(1);
}
const folder = mkdtempSync(path.join(tmpdir(), 'corr-pictures-'));
const story = (...args) => execFileSync(process.execPath, [path.join(root, 'packages/story/dist/cli.js'), 'checkout-1', 'logs', ...args], { cwd: path.join(root, 'test/fixtures/story'), encoding: 'utf8', env: { PATH: process.env.PATH, TZ: 'UTC' } });

const COLOURS = { 1: 'font-weight:bold', 2: 'opacity:.6', 31: 'color:#ff7b72', 32: 'color:#7ee787', 33: 'color:#e3b341', 34: 'color:#79c0ff', 35: 'color:#d2a8ff', 36: 'color:#56d4dd', 90: 'color:#8b949e', 91: 'color:#ffa198', 92: 'color:#7ee787', 93: 'color:#e3b341', 94: 'color:#a5d6ff', 95: 'color:#d2a8ff', 96: 'color:#b3f0ff' };

/** Renders coloured terminal output as a page. */
function terminal(text) {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  let open = 0;
  const body = escaped.replace(/\x1b\[([\d;]*)m/g, (_, codes) => {
    if (codes === '' || codes === '0' || codes === '39' || codes === '22') return '</span>'.repeat(open) + ((open = 0), '');
    open++;
    return `<span style="${codes.split(';').map((code) => COLOURS[code] ?? '').join(';')}">`;
  });
  return `<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#0d1117}pre{display:inline-block;margin:0;padding:24px;color:#e6edf3;font:14px/1.45 "DejaVu Sans Mono",monospace}</style><pre>${body}</pre>`;
}

const browser = await chromium.launch({ executablePath: chrome, args: ['--no-sandbox'] });
try {
  const shoot = async (file, html, { selector, width = 1100 }) => {
    const source = path.join(folder, `${file}.html`);
    writeFileSync(source, html);
    const page = await browser.newPage({ viewport: { width, height: 720 }, deviceScaleFactor: 1.5 });
    await page.goto(pathToFileURL(source).href);
    const target = path.join(root, 'docs/images', `${file}.png`);
    if (selector === undefined) await page.screenshot({ path: target });
    else await page.locator(selector).screenshot({ path: target });
    console.log(path.relative(root, target), readFileSync(target).length, 'bytes');
  };
  await shoot('story-terminal', terminal(story('--color', '--width', '104')), { selector: 'pre' });
  await shoot('story-page', story('--html', '-'), {});
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
