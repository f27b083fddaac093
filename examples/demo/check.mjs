const LINES_PER_REQUEST = { gateway: 2, orders: 2, stock: 3 };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Everything that is wrong with the answers and the lines of all services, and how many hops were looked at. */
export function check(requests, lines) {
  const faults = [];
  let hops = 0;
  const expect = (holds, fault) => {
    if (!holds) faults.push(fault);
  };

  const ids = new Set(requests.map(({ returned }) => returned));
  expect(ids.size === requests.length, `${requests.length} requests have ${ids.size} different IDs`);

  // Whose line it is says the order's number, which comes by the URL; fastify's own lines have that of the request instead.
  const orders = new Map(lines.filter(({ reqId, order }) => reqId && order).map(({ reqId, order }) => [reqId, order]));
  const orderOf = (line) => line.order ?? orders.get(line.reqId);

  for (const { order, sent, acceptable, status, returned } of requests) {
    expect(status === (order % 4 === 0 ? 409 : 200), `order ${order}: answered with ${status}`);
    if (acceptable) expect(returned === sent, `order ${order}: sent ${sent}, got ${returned} back`);
    else expect(UUID.test(returned), `order ${order}: expected a new ID, got ${returned} back`);

    const own = lines.filter((line) => orderOf(line) === order);
    for (const [service, count] of Object.entries(LINES_PER_REQUEST)) {
      const written = own.filter((line) => line.service === service);
      expect(written.length === count, `order ${order}: ${service} logged ${written.length} lines, not ${count}`);
      const wrong = written.find((line) => line.correlation_id !== returned);
      expect(wrong === undefined, `order ${order}: ${service} logged ${wrong?.correlation_id ?? 'no ID'}, not ${returned}`);
      hops += 1;
    }
  }
  // What the preload itself writes of a request or a call that is through.
  const isRecord = ({ start }) => start !== undefined;
  for (const { service, msg, correlation_id: id } of lines.filter(isRecord)) expect(ids.has(id), `${service}: "${msg}" has ${id ?? 'no ID'}, which is no request's`);
  for (const { service, msg, correlation_id: id } of lines.filter((line) => orderOf(line) === undefined && !isRecord(line))) {
    expect(id === 'Internal', `${service}: "${msg}" has ${id ?? 'no ID'}, not Internal`);
  }
  return { faults, hops };
}
