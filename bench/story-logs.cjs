'use strict';
/*
 * node bench/story-logs.cjs FOLDER [REQUESTS] [SEED]
 * Makes logs of five services as pino writes them, lines in order of time; 1,400,000 requests are some 1 GiB and 4 million lines.
 * One request in two hundred fails.
 */
const { closeSync, mkdirSync, openSync, readSync, writeSync } = require('node:fs');
const path = require('node:path');

const SERVICES = ['gateway', 'orders', 'stock', 'payments', 'mail'];
const START = Date.UTC(2026, 10, 24, 3);
/** Milliseconds between two requests: 1 GiB is some 39 hours, so that a window of an hour is a small part of it. */
const BETWEEN = 100;
const CHUNK = 1 << 20;
/** Characters in front of a line's time. */
const PREFIX = '{"level":30,"time":'.length;
/** Milliseconds that a request may take. */
const HORIZON = 8192;

/** Makes the logs; gives IDs of requests that are spread over them, some of which are UUIDv7 (`timed`), and how many failed. */
exports.makeLogs = function makeLogs(folder, requests = 1_400_000, seed = 42) {
  mkdirSync(folder, { recursive: true });
  const random = randomFrom(seed);
  const files = SERVICES.map((name) => openSync(path.join(folder, `${name}.log`), 'w'));
  const buffers = SERVICES.map(() => []);
  const sizes = SERVICES.map(() => 0);
  const due = Array.from({ length: HORIZON }, () => []);
  const sample = [];
  const timed = [];
  let now = 0;
  let failed = 0;

  const write = (service, line) => {
    buffers[service].push(line);
    sizes[service] += line.length;
    if (sizes[service] < CHUNK) return;
    writeSync(files[service], buffers[service].join(''));
    buffers[service] = [];
    sizes[service] = 0;
  };
  const tick = () => {
    const at = due[now % HORIZON];
    for (const [service, level, id, rest] of at) {
      write(service, `{"level":${level},"time":${START + now},"correlation_id":"${id}","pid":${4711 + service},"hostname":"${SERVICES[service]}-1","name":"${SERVICES[service]}",${rest}}\n`);
    }
    at.length = 0;
    now++;
  };

  for (let i = 0; i < requests; i++) {
    const place = i % Math.ceil(requests / 10);
    const id = place === 1 ? timedOf(START + now, uuidOf(random)) : uuidOf(random);
    const isFailed = random() < 0.005;
    if (isFailed) failed++;
    if (place < 2) (place === 0 ? sample : timed).push(id);
    const log = (after, service, level, rest) => due[(now + Math.min(HORIZON - 1, Math.floor(after))) % HORIZON].push([service, level, id, rest]);
    const through = (after, service, took, status, url) =>
      log(after, service, status >= 500 ? 50 : 30, `"req":{"id":${i},"method":"GET","url":"${url}","remoteAddress":"10.0.${i & 255}.${(i >> 8) & 255}"},"res":{"statusCode":${status}},"responseTime":${Math.floor(took)},"msg":"request completed"`);
    const error = (after, service) =>
      log(after, service, 50, `"err":{"type":"Error","message":"connect ECONNREFUSED 10.0.0.9:5432","stack":"Error: connect ECONNREFUSED 10.0.0.9:5432\\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)\\n    at async Service.open (/srv/${SERVICES[service]}/dist/service.js:112:21)"},"msg":"no connection"`);
    const kind = random();
    const took = kind < 0.6 ? 1 + random() * 20 : 10 + random() * (kind < 0.95 ? 90 : 900);
    const way = kind < 0.6 ? [0] : kind < 0.85 ? [0, 2] : kind < 0.95 ? [0, 1] : [0, 1, 2, 3, 4];
    const last = way.at(-1);
    for (const [depth, service] of way.entries()) {
      log(took * 0.05 * depth, service, 30, `"order":${100_000 + i},"user":"u${i & 65535}","msg":"asked for an order"`);
      if (isFailed && service === last) error(took * 0.5, service);
      through(took * (1 - 0.05 * depth), service, took * (1 - 0.1 * depth), isFailed ? (service === last ? 500 : 502) : 200, `/orders/${100_000 + i}`);
    }
    for (let ms = 0; ms < BETWEEN; ms++) tick();
  }
  for (let i = 0; i < HORIZON; i++) tick();
  for (const [i, file] of files.entries()) {
    writeSync(file, buffers[i].join(''));
    closeSync(file);
  }
  return { sample, timed, failed, from: START, to: START + now };
};

/** Copies a log with all times moved. Each line begins with its level, which has two digits, and its time. */
exports.shiftLog = function shiftLog(from, to, ms) {
  const [input, output] = [openSync(from, 'r'), openSync(to, 'w')];
  const buffer = Buffer.allocUnsafe(16 << 20);
  for (let offset = 0; ; ) {
    const read = readSync(input, buffer, 0, buffer.length, offset);
    const end = buffer.lastIndexOf(10, read - 1) + 1;
    if (read === 0 || end === 0) break;
    for (let start = 0; start < end; start = buffer.indexOf(10, start) + 1) {
      const at = start + PREFIX;
      buffer.write(String(Number(buffer.toString('latin1', at, at + 13)) + ms), at, 'latin1');
    }
    writeSync(output, buffer, 0, end);
    offset += end;
  }
  closeSync(input);
  closeSync(output);
};

/** Numbers that are the same for the same seed (mulberry32). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function uuidOf(random) {
  const hex = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** The same as a UUIDv7 of this time. */
function timedOf(time, uuid) {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${uuid.slice(15)}`;
}

if (require.main === module) {
  const [folder, requests, seed] = process.argv.slice(2);
  console.log(JSON.stringify(exports.makeLogs(folder, requests && Number(requests), seed && Number(seed))));
}
