/** The outcome of each test in TAP text, nested or flat. Titles are joined by ' › '; a repeated title gets a number. */
export function outcomesIn(text) {
  const outcomes = new Map();
  const titles = [];
  for (const line of text.split(/\r?\n/)) {
    const found = /^( *)(?:# Subtest: (.*)|(not )?ok\b(?: (\d+))?(?: -)? ?(.*))$/.exec(line);
    if (found === null) continue;
    const [, { length }, subtest, not, , described = ''] = found;
    const depth = Math.floor(length / 4);
    titles.length = depth;
    if (subtest !== undefined) {
      titles[depth] = subtest;
      continue;
    }
    const [, title, directive] = /^(.*?)(?: # (SKIP|TODO|skip|todo)\b.*| # time=.*)?$/.exec(described);
    const name = unique(outcomes, [...titles.filter(Boolean), title].join(' › '));
    outcomes.set(name, directive !== undefined ? 'skipped' : not === undefined ? 'passed' : 'failed');
  }
  return outcomes;
}

function unique(outcomes, name) {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name} (${count})`;
    if (!outcomes.has(candidate)) return candidate;
  }
}
