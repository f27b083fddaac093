/** Stock has no connection for this order, and orders asks three times. */
export const FAILING = 10;
const linesOf = (order) => (order === FAILING ? { gateway: 2, orders: 4, stock: 12 } : { gateway: 2, orders: 2, stock: 3 });
const statusOf = (order) => (order === FAILING ? 502 : order % 4 === 0 ? 409 : 200);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Checks the responses and the lines of all services. Returns every fault, and the number of hops checked. */
export function check(requests, lines) {
  const faults = [];
  let hops = 0;
  const expect = (holds, fault) => {
    if (!holds) faults.push(fault);
  };

  const ids = new Set(requests.map(({ returned }) => returned));
  expect(ids.size === requests.length, `${requests.length} requests have ${ids.size} different IDs`);

  // A line belongs to the order in its `order` field, which comes from the URL; fastify's own lines have only the request's number.
  const orders = new Map(lines.filter(({ reqId, order }) => reqId && order).map(({ reqId, order }) => [reqId, order]));
  const orderOf = (line) => line.order ?? orders.get(line.reqId);

  for (const { order, sent, acceptable, status, returned } of requests) {
    expect(status === statusOf(order), `order ${order}: answered with ${status}`);
    if (acceptable) expect(returned === sent, `order ${order}: sent ${sent}, got ${returned} back`);
    else expect(UUID.test(returned), `order ${order}: expected a new ID, got ${returned} back`);

    const own = lines.filter((line) => orderOf(line) === order);
    for (const [service, count] of Object.entries(linesOf(order))) {
      const written = own.filter((line) => line.service === service);
      expect(written.length === count, `order ${order}: ${service} logged ${written.length} lines, not ${count}`);
      const wrong = written.find((line) => line.correlation_id !== returned);
      expect(wrong === undefined, `order ${order}: ${service} logged ${wrong?.correlation_id ?? 'no ID'}, not ${returned}`);
      hops += 1;
    }
  }
  // True for a record that the preload writes when a request or call is complete.
  const isRecord = ({ start }) => start !== undefined;
  for (const { service, msg, correlation_id: id } of lines.filter(isRecord)) expect(ids.has(id), `${service}: "${msg}" has ${id ?? 'no ID'}, which is no request's`);
  for (const { service, msg, correlation_id: id } of lines.filter((line) => orderOf(line) === undefined && !isRecord(line))) {
    expect(id === 'Internal', `${service}: "${msg}" has ${id ?? 'no ID'}, not Internal`);
  }
  return { faults, hops };
}
