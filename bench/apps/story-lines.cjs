'use strict';
// All lines of all requests that failed, by the reader behind the command: one pass for the list and one for their lines.
const { listRequests, openSources, readMany } = require('../../packages/story/dist/read');

(async () => {
  const sources = openSources(process.argv.slice(2));
  const { requests } = await listRequests({ failed: true }, sources);
  const { entries } = await readMany(requests.map(({ id }) => id), sources);
  for (const lines of entries.values()) process.stdout.write(lines.map(({ raw }) => `${raw}\n`).join(''));
  sources.close();
})();
