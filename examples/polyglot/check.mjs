/** The files in which a request leaves lines, in order. */
const ROAD = ['0-client', '1-edge', '2-shop', '3-stock', '3-stock.uwsgi', '4-price', '5-ledger', '5-ledger.uwsgi'];

function roadOf({ inside, order }) {
  if (inside) return ROAD.filter((name) => /^[045]/.test(name));
  return order % 10 === 9 ? ROAD.slice(0, 5) : ROAD; // sold out: stock makes no call
}

/** Compares the responses and the log files. Returns every fault; there is none if each line has the ID of its own request. */
export function check(requests, files) {
  const faults = [];
  const touched = new Map(requests.map(({ order }) => [order, new Set()]));
  const known = new Map(requests.map((request) => [request.correlation_id, request]));
  if (known.size !== requests.length) faults.push('two answers have the same ID');
  for (const { correlation_id: id, order, sent } of requests) {
    if (sent !== undefined && id !== sent) faults.push(`order ${order}: sent ${sent}, got ${id} back`);
    if (sent === undefined && !/^[0-9a-f-]{32,36}$/.test(id)) faults.push(`order ${order}: no new ID came back but ${id}`);
  }

  let lines = 0;
  for (const [file, text] of Object.entries(files)) {
    for (const written of text.split('\n').filter((line) => line !== '')) {
      lines++;
      const line = JSON.parse(written);
      const order = line.order ?? Number(/\/(\d+)$/.exec(line.path)?.[1] ?? Number.NaN);
      const request = known.get(line.correlation_id);
      if (request === undefined) {
        if (line.correlation_id !== 'Internal') faults.push(`${file}: nobody's ID: ${written}`);
        else if (!Number.isNaN(order)) faults.push(`${file}: no ID: ${written}`);
      } else {
        if (!Number.isNaN(order) && order !== request.order) faults.push(`${file}: the ID of order ${request.order}: ${written}`);
        touched.get(request.order).add(file.replace(/\.log$/, ''));
      }
    }
  }
  for (const request of requests) {
    const found = [...touched.get(request.order)].sort().join(' ');
    const expected = roadOf(request).join(' ');
    if (found !== expected) faults.push(`order ${request.order}: its ID is in ${found}, not ${expected}`);
  }
  return { faults, lines };
}
