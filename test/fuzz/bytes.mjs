/** mulberry32: the same seed gives the same sequence. */
export function randomOf(seed) {
  let state = seed | 0;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(random() * n);
  return { random, below, pick: (list) => list[below(list.length)], chance: (p) => random() < p };
}

const METHODS = ['GET', 'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'get', 'BREW', 'CONNECT', 'PRI', ''];
const TARGETS = ['/', '/a?b=c', '/?end=head', '/?end=destroy', '*', 'http://other.example/x', 'example.com:443', '/\u00e9', '/ ', '//', '/%00', ''];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', 'HTTP/1.1 ', ''];
const NAMES = ['Correlation-Id', 'correlation-id', 'CORRELATION-ID', 'Correlation-Id ', ' Correlation-Id', 'Correlation_Id'];

/** The bytes of one connection, in pieces, and every ID in them that may be acceptable. */
export function rawRequest(dice, i) {
  const ids = [];
  const requests = Array.from({ length: dice.chance(0.6) ? 1 : 1 + dice.below(5) }, (_, j) => request(dice, `fuzz-${i}-${j}`, ids));
  let bytes = Buffer.from(requests.join(''), 'latin1');
  if (dice.chance(0.05)) bytes = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), bytes]);
  for (let damage = dice.chance(0.2) ? 1 + dice.below(3) : 0; damage > 0; damage--) bytes[dice.below(bytes.length)] = dice.below(256);
  if (dice.chance(0.1)) bytes = bytes.subarray(0, dice.below(bytes.length));
  // A damaged ID may still be one.
  for (const [, id] of bytes.toString('latin1').matchAll(/correlation-id[ \t]*:[ \t]*([^\r\n]*)/gi)) ids.push(...id.split(',').map((one) => one.trim()));
  for (const [, id] of bytes.toString('latin1').matchAll(/correlation(?:\.|%2e)id\s*=\s*([^,;\s]*)/gi)) ids.push(id, decoded(id));
  const pieces = [];
  for (let at = 0; at < bytes.length; ) {
    const size = dice.chance(0.5) ? bytes.length : 1 + dice.below(40);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { pieces, ids };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function request(dice, id, ids) {
  const { pick, chance, below } = dice;
  const method = chance(0.8) ? pick(METHODS.slice(0, 8)) : pick(METHODS);
  const lines = [`${method} ${chance(0.8) ? pick(TARGETS.slice(0, 4)) : pick(TARGETS)} ${chance(0.9) ? pick(VERSIONS.slice(0, 4)) : pick(VERSIONS)}`];
  const add = (...line) => lines.splice(1 + below(lines.length), 0, ...line);
  if (chance(0.95)) add('Host: a.example');
  for (let times = chance(0.7) ? 1 : below(4); times > 0; times--) {
    ids.push(id);
    add(`${chance(0.8) ? pick(NAMES.slice(0, 3)) : pick(NAMES)}: ${value(dice, id)}`);
  }
  if (chance(0.3)) add(`baggage: ${pick([`correlation.id=${id}`, 'user=7', `user=7;p=1,correlation.id=${id};q`, `correlation%2Eid=${id}`, ',,,', `a=${'x'.repeat(below(9000))}`, '\u00ff=1'])}`);
  if (chance(0.2)) add(`traceparent: ${pick(['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00', '\t'])}`);
  if (chance(0.1)) add(`Expect: ${pick(['100-continue', 'nothing', ''])}`);
  if (chance(0.15)) add(`Connection: ${pick(['close', 'keep-alive', 'Upgrade', 'upgrade, correlation-id', ','])}`);
  if (chance(0.1)) add('Upgrade: x', 'Connection: Upgrade');
  if (chance(0.05)) add(...Array.from({ length: below(2500) }, (_, i) => `x-${i}: ${i}`));
  if (chance(0.05)) add(`x-long: ${'y'.repeat(below(20_000))}`);
  if (chance(0.1)) add(pick(['Bad Header: 1', ': no name', 'x', ' folded', 'x-nul: \0', 'Host: b.example', 'x-\u00fc: 1', 'Cookie: a=1', 'Trailer: Correlation-Id']));
  const end = chance(0.95) ? '\r\n' : pick(['\n', '\r', '\r\r\n']);
  return lines.join(end) + end + end.repeat(chance(0.98) ? 0 : 1) + body(dice, lines, end, id);
}

const value = ({ pick, chance, below }, id) =>
  chance(0.7) ? id : pick([`${id}, other`, `"${id}"`, '', ' ', `${id}\t`, 'x'.repeat(below(300)), '\u00e9', `${id}\0`, '<script>', `bad,${id}`, '\u001b[31m', '%0d%0aX: 1', '..', 'Internal']);

/** Ends the head, and declares the body that follows, or a wrong one. */
function body({ pick, chance, below }, lines, end, id) {
  const text = 'b'.repeat(below(50));
  const chunks = `${text.length.toString(16)}${end}${text}${end}0${end}${chance(0.2) ? `Correlation-Id: ${id}${end}` : ''}${end}`;
  const kind = chance(0.5) ? 'none' : pick(['length', 'chunked', 'short', 'both', 'broken']);
  const head = (line, rest) => `${line}${end}${end}${rest}`;
  switch (kind) {
    case 'length': return head(`Content-Length: ${text.length}`, text);
    case 'chunked': return head('Transfer-Encoding: chunked', chunks);
    case 'short': return head(`Content-Length: ${text.length + 5}`, text);
    case 'both': return head(`Content-Length: 3${end}Transfer-Encoding: chunked`, chunks);
    case 'broken': return head(`Transfer-Encoding: ${pick(['gzip', 'chunked, chunked', 'identity'])}`, pick(['zz\r\n', chunks]));
    default: return end;
  }
}
