'use strict';
const ROW = 22;
const [LEFT, RIGHT, WIDTH] = [330, 70, 860];

/** The server scenario as bars, a group for each Node, as an SVG that reads on light and dark pages. */
exports.chart = function chart(runs) {
  const groups = runs.map(({ node, scenarios }) => ({ heading: `Node ${node} · ${scenarios.server.cpu} · ${scenarios.server.date}`, bars: Object.values(scenarios.server.variants) }));
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const parts = [];
  let y = 34;
  parts.push(`<text x="16" y="${y - 8}" class="title">${escaped(runs[0].scenarios.server.title)}, ${runs[0].scenarios.server.unit}</text>`);
  for (const { heading, bars } of groups) {
    y += 24;
    parts.push(`<text x="16" y="${y - 8}" class="heading">${escaped(heading)}</text>`);
    for (const { title, value, ours } of bars) {
      const width = ((WIDTH - LEFT - RIGHT) * value) / longest;
      parts.push(
        `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end">${escaped(title)}</text>`,
        `<rect x="${LEFT}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 6}" rx="2" class="${ours ? 'ours' : 'peer'}"/>`,
        `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 15}">${value.toFixed(1)}</text>`,
      );
      y += ROW;
    }
  }
  const height = y + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(runs[0].scenarios.server.title)}">
<style>text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}.heading{fill:#57606a}.ours{fill:#1f6feb}.peer{fill:#9aa4af}</style>
<rect width="${WIDTH}" height="${height}" rx="6" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
};

function escaped(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
