/** The page's optional script: search, all lines by time, and links into collapsed parts. Opening and closing needs no script. */
export const SCRIPT = String.raw`
'use strict';
const $ = (id) => document.getElementById(id);
const rows = [...document.querySelectorAll('.row > details')];
const lines = [...document.querySelectorAll('li[id^="l"]')].sort((a, b) => a.id.slice(1) - b.id.slice(1));
const input = $('search'), all = $('all'), list = $('merged'), said = $('said'), every = $('every');
const owner = new Map(lines.map((line) => [line, line.closest('.row > details')]));
let copies;

// All lines by time are copies of those in the hops, made when they are first wanted.
function merged() {
  if (copies !== undefined) return copies;
  const whole = document.createDocumentFragment();
  copies = lines.map((line) => {
    const copy = line.cloneNode(true);
    copy.removeAttribute('id');
    whole.append(copy);
    return { line, copy, text: line.textContent.toLowerCase() };
  });
  list.append(whole);
  return copies;
}

function search() {
  const wanted = input.value.trim().toLowerCase();
  document.body.classList.toggle('searching', wanted !== '');
  if (wanted === '' && copies === undefined) return;
  const found = new Map();
  let sum = 0;
  for (const { line, copy, text } of merged()) {
    const hit = text.includes(wanted);
    copy.hidden = !hit;
    if (hit) { sum++; found.set(owner.get(line), (found.get(owner.get(line)) || 0) + 1); }
  }
  if (wanted !== '') all.open = true;
  said.textContent = wanted === '' ? '' : sum === 0 ? 'no line has it' : sum === 1 ? '1 line' : sum + ' lines';
  for (const row of rows) {
    const badge = row.querySelector('.found'), times = found.get(row) || 0;
    badge.hidden = wanted === '' || times === 0;
    badge.textContent = times + ' found';
    row.classList.toggle('off', wanted !== '' && times === 0);
  }
  paint(wanted);
}

// The words that were found, by ranges: no line's own nodes are changed.
function paint(wanted) {
  if (typeof Highlight !== 'function' || !CSS.highlights) return;
  CSS.highlights.delete('found');
  if (wanted === '') return;
  const mark = new Highlight();
  for (const { copy } of copies.filter(({ copy }) => !copy.hidden).slice(0, 500)) {
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.toLowerCase();
      if (text.length !== node.data.length) continue;
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + wanted.length);
        mark.add(range);
      }
    }
  }
  CSS.highlights.set('found', mark);
}

// A link into a closed hop opens it; so does the address that the page was opened with.
function reveal() {
  const target = location.hash.length > 1 ? $(location.hash.slice(1)) : null;
  if (target === null) return;
  for (let around = target; around !== null; around = around.parentElement) if (around.tagName === 'DETAILS') around.open = true;
  target.scrollIntoView({ block: 'center' });
  (target.tagName === 'DETAILS' ? target.firstElementChild : target.querySelector('.when'))?.focus({ preventScroll: true });
}

let due;
input.addEventListener('input', () => { clearTimeout(due); due = setTimeout(search, lines.length > 2000 ? 150 : 0); });
all.addEventListener('toggle', () => { if (all.open) merged(); });
every.addEventListener('click', () => {
  const open = rows.some((row) => !row.open);
  for (const row of rows) row.open = open;
  every.textContent = open ? 'Close every hop' : 'Open every hop';
});
addEventListener('hashchange', reveal);
for (const part of document.querySelectorAll('.scripted')) part.hidden = false;
reveal();
`.trim();
