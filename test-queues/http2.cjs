'use strict';
/* Clients that queue until their one http2 session is connected, with servers that close a session from time to time. */
const fs = require('node:fs');
const http2 = require('node:http2');
const path = require('node:path');
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Retries a call that a server refused while closing its session. */
async function insist(call) {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === 50 || !/refused|REFUSED_STREAM|goaway|closed|ECONNRESET|ended|dropped/i.test(`${error.message} ${error.code}`)) throw error;
      await wait(tries);
    }
  }
}

const json = { requestSerialize: JSON.stringify, requestDeserialize: JSON.parse, responseSerialize: JSON.stringify, responseDeserialize: JSON.parse };
for (const name of Object.keys(json)) {
  const convert = json[name];
  json[name] = name.endsWith('Serialize') ? (value) => Buffer.from(convert(value)) : (bytes) => convert(String(bytes));
}
const method = (name, requestStream, responseStream) => ({ path: `/test.Echo/${name}`, requestStream, responseStream, ...json });
const service = { unary: method('unary', false, false), down: method('down', false, true), up: method('up', true, false), both: method('both', true, true), refuse: method('refuse', false, false) };

const overGrpc = (grpc, one) => (noteAs) => {
  const { Server, ServerCredentials, status } = require('@grpc/grpc-js');
  const got = ({ t }) => noteAs(t, 'server got');
  const server = new Server({ 'grpc.max_connection_age_ms': 50, 'grpc.max_connection_age_grace_ms': 5_000 });
  server.addService(service, {
    unary(call, done) { got(call.request); done(null, {}); },
    refuse(call, done) { got(call.request); done({ code: status.PERMISSION_DENIED, details: 'no' }); },
    down(call) { got(call.request); call.write({}); setTimeout(() => call.end(), 1); },
    up(call, done) { call.on('data', got); call.on('end', () => done(null, {})); },
    both(call) { call.on('data', (data) => { got(data); call.write({}); }); call.on('end', () => call.end()); },
  });
  const bound = new Promise((ok, failed) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? failed(error) : ok(port))));
  const Client = grpc.makeGenericClientConstructor(service, 'Echo');
  let client;
  const use = async (note, i) => {
    const port = await bound;
    client ??= new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    if (i % 2) await wait(i); // half of them at once, half in a steady stream
    await insist(() => one(client, { t: `id-${i}` }, note));
  };
  use.after = () => new Promise((ok) => { client.close(); server.tryShutdown(ok); });
  return use;
};
const answered = (call, note) => new Promise((ok, failed) => {
  call.on('metadata', () => note('metadata')).on('data', () => note('data')).on('error', failed).on('end', () => { note('end'); ok(); });
});
const settle = (error, ok, failed) => { if (error) failed(error); else ok(); };
const grpcCases = (grpc) => ({
  unary: overGrpc(grpc, (client, data, note) => new Promise((ok, failed) => client.unary(data, (error) => { note('answered'); settle(error, ok, failed); }))),
  refused: overGrpc(grpc, (client, data, note) => new Promise((ok, failed) => client.refuse(data, (error) => {
    note('refused');
    settle(error.details === 'no' ? null : error, ok, failed);
  }))),
  'server stream': overGrpc(grpc, (client, data, note) => answered(client.down(data), note)),
  'client stream': overGrpc(grpc, (client, data, note) => new Promise((ok, failed) => {
    client.up((error) => { note('answered'); settle(error, ok, failed); }).on('error', failed).end(data);
  })),
  'both ways': overGrpc(grpc, (client, data, note) => { const call = client.both(); call.end(data); return answered(call, note); }),
  'nobody there'() {
    let client;
    return (note) => {
      client ??= new (grpc.makeGenericClientConstructor(service, 'Echo'))('127.0.0.1:9', grpc.credentials.createInsecure());
      return new Promise((ok) => client.unary({}, (error) => { if (error) note('failed'); ok(); }));
    };
  },
});

const tls = (name) => fs.readFileSync(path.join(__dirname, '../test/fixtures/tls', name));

/** A server that closes each of its sessions after a while. */
const overHttp2 = (one) => (noteAs) => {
  const server = http2.createSecureServer({ key: tls('key.pem'), cert: tls('cert.pem') }, (request, response) => {
    noteAs(request.headers['x-id'], 'server got');
    response.end('{}');
  });
  server.on('session', (session) => {
    let streams = 0;
    session.on('stream', (stream) => { if (++streams === 100) stream.on('close', () => session.destroyed || session.close()); });
  });
  const listening = new Promise((ok) => server.listen(0, '127.0.0.1', () => ok(`https://localhost:${server.address().port}/`)));
  const use = async (note, i) => {
    const url = await listening;
    if (i % 2) await wait(i);
    await insist(() => one(url, { 'x-id': `id-${i}` }, note));
  };
  use.after = () => server.close();
  return use;
};

const wrapped = ({ request }) => ({
  request: overHttp2((url, headers, note) => new Promise((ok, failed) => {
    request(url, { headers, rejectUnauthorized: false }, (response) => {
      note('response');
      response.on('data', () => note('data')).on('end', () => { note('end'); ok(); });
    }).on('finish', () => note('finish')).on('error', failed).end();
  })),
});
const got = (load) => ({
  get: overHttp2(async (url, headers, note) => {
    const { default: got = await load } = await load;
    await got(url, { headers, http2: true, https: { rejectUnauthorized: false } });
    note('answered');
  }),
});

const undici = ({ Agent, request }) => ({
  request: overHttp2(async (url, headers, note) => {
    undici.agent ??= new Agent({ allowH2: true, connections: 1, connect: { rejectUnauthorized: false } });
    const { body } = await request(url, { headers, dispatcher: undici.agent });
    body.on('data', () => note('data')).on('end', () => note('end'));
    await body.text();
    note('answered');
  }),
});

module.exports = {
  get grpc() { return grpcCases(require('@grpc/grpc-js')); },
  get 'grpc-1.9'() { return grpcCases(require('grpc-1.9')); },
  get 'grpc-1.3'() { return grpcCases(require('grpc-1.3')); },
  get 'http2-wrapper'() { return wrapped(require('http2-wrapper')); },
  get 'http2-wrapper1'() { return wrapped(require('http2-wrapper1')); },
  get got() { return got(import('got')); },
  get undici6() { return undici(require('undici6')); },
  get undici7() { return undici(require('undici7')); },
  get undici8() { return undici(require('undici8')); },
  get got11() { return got(require('got11')); },
};
