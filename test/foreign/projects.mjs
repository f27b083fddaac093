/*
 * The projects whose tests are run without and with the preload.
 *
 *   from     source: `npm` (a tarball that contains its tests), `debian` (source package and suite), `git`
 *            and `tag`; or one of these for each major version of Node
 *   runner   what runs a file: see execute.mjs
 *   files    a regular expression for the paths of its test files
 *   skip     files among them that are irrelevant here: types, benchmarks, the network
 *   needs    development dependencies that the tests load; `name@range` where the manifest has none
 *   args     the runner's further arguments, as in the project's own script
 */
const node = {
  runner: 'node',
  files: /^test\/(parallel\/test-(http|https|http2|net|diagnostics-channel|async-hooks|async-local-storage)-.*|async-hooks\/test-.*)\.m?js$/,
};

export const PROJECTS = [
  { name: 'node', from: { 20: { debian: 'nodejs/trixie' }, 24: { debian: 'nodejs/forky' } }, ...node },
  {
    name: 'fastify',
    from: { npm: 'fastify@5.12.8' },
    runner: 'node:test',
    files: /^test\/.*\.test\.m?js$/,
    skip: /^test\/(build|bundler|scripts|types)\//,
    needs: ['ajv', 'ajv-errors', 'ajv-formats', 'ajv-i18n', 'ajv-merge-patch', 'fast-json-body', 'fastify-plugin', 'fluent-json-schema', 'h2url', 'http-errors', 'joi', 'JSONStream', 'node-forge', 'proxyquire', 'split2', 'typebox', 'undici', 'vary', 'yup'],
  },
  { name: 'pino-http', from: { npm: 'pino-http@11.0.0' }, runner: 'node:test', files: /^test\/.*\.js$/, needs: ['@matteo.collina/tspl', 'autocannon', 'http-ndjson', 'pino-http-print', 'pino-pretty', 'split2'] },
  {
    name: 'light-my-request',
    from: { npm: 'light-my-request@6.8.1' },
    runner: 'node:test',
    files: /^test\/.*\.test\.js$/,
    needs: ['end-of-stream', 'express', 'form-auto-content', 'form-data', 'formdata-node', 'multer', 'undici'],
  },
  {
    name: 'express',
    from: { debian: 'node-express/bookworm' },
    runner: 'mocha',
    args: ['--require', 'test/support/env', '--check-leaks'],
    files: /^test\/([^/]+|acceptance\/[^/]+)\.js$/,
    needs: ['after', 'connect-redis', 'cookie-parser', 'cookie-session', 'ejs', 'express-session', 'hbs', 'marked', 'method-override', 'mocha', 'morgan', 'multiparty', 'pbkdf2-password', 'supertest', 'vhost'],
  },
  {
    name: 'express5',
    from: { git: 'https://github.com/expressjs/express.git', tag: 'v5.2.1' },
    runner: 'mocha',
    args: ['--require', 'test/support/env', '--check-leaks'],
    files: /^test\/([^/]+|acceptance\/[^/]+)\.js$/,
    needs: ['after', 'connect-redis', 'cookie-parser', 'cookie-session', 'ejs', 'express-session', 'hbs', 'marked', 'method-override', 'mocha', 'morgan', 'pbkdf2-password', 'supertest', 'vhost'],
  },
  { name: 'koa', from: { git: 'https://github.com/koajs/koa.git', tag: 'v3.2.0' }, runner: 'node:test', files: /^__tests__\/.*\.test\.m?js$/, needs: ['supertest'] },
  {
    name: 'hapi',
    from: { git: 'https://github.com/hapijs/hapi.git', tag: 'v21.4.7' },
    runner: 'lab',
    args: ['-a', '@hapi/code', '-m', '5000'],
    files: /^test\/[^/]+\.js$/,
    needs: ['@hapi/code', '@hapi/inert', '@hapi/joi-legacy-test', '@hapi/lab', '@hapi/vision', '@hapi/wreck', 'handlebars', 'joi', 'legacy-readable-stream'],
  },
  {
    name: 'hono-node-server',
    from: { git: 'https://github.com/honojs/node-server.git', tag: 'v2.0.11' },
    runner: 'vitest',
    files: /^test\/.*\.test\.tsx?$/,
    needs: ['@whatwg-node/fetch', 'hono', 'vitest', 'ws', '@types/node', 'typescript'],
  },
  { name: 'node-fetch', from: { debian: 'node-fetch/trixie' }, runner: 'mocha', files: /^test\/[^/]+\.js$/, needs: ['abort-controller', 'abortcontroller-polyfill', 'busboy', 'chai', 'chai-as-promised', 'chai-iterator', 'chai-string', 'form-data', 'formdata-node', 'mocha', 'p-timeout', 'stream-consumers'] },
  { name: 'supertest', from: { git: 'https://github.com/ladjs/supertest.git', tag: 'v6.3.4' }, runner: 'mocha', args: ['--require', 'should', '--check-leaks'], files: /^test\/[^/]+\.js$/, needs: ['body-parser', 'cookie-parser', 'express', 'mocha', 'nock', 'proxyquire', 'should'] },
  { name: 'follow-redirects', from: { git: 'https://github.com/follow-redirects/follow-redirects.git', tag: 'v1.15.11' }, runner: 'mocha', files: /^test\/[^/]+\.js$/, skip: /lolex|util/, needs: ['concat-stream', 'express', 'lolex', 'mocha'] },
  { name: 'http-proxy', from: { debian: 'node-http-proxy/bookworm' }, runner: 'mocha', files: /^test\/lib-[^/]+\.js$/, needs: ['async', 'concat-stream', 'expect.js', 'mocha', 'semver', 'socket.io', 'socket.io-client', 'sse', 'ws'] },
  { name: 'axios', from: { git: 'https://github.com/axios/axios.git', tag: 'v1.7.9' }, runner: 'mocha', args: ['--timeout', '30000'], files: /^test\/unit\/.*\.js$/, needs: ['mocha'] },
  { name: 'nock', from: { debian: 'node-nock/trixie' }, runner: 'mocha', files: /^tests\/(got\/)?test_[^/]+\.js$/, needs: ['@sinonjs/fake-timers', 'assert-rejects', 'chai', 'dirty-chai', 'form-data', 'got', 'mocha', 'proxyquire', 'rimraf', 'sinon', 'sinon-chai'] },
  { name: 'ws', from: { debian: 'node-ws/trixie' }, runner: 'mocha', args: ['--throw-deprecation'], files: /^test\/[^/]+\.test\.js$/, needs: ['mocha'] },
  { name: 'undici', from: { git: 'https://github.com/nodejs/undici.git', tag: 'v7.29.0' }, runner: 'node:test', files: /^test\/.*\.js$/, needs: [] },
  { name: 'got', from: { git: 'https://github.com/sindresorhus/got.git', tag: 'v14.6.6' }, runner: 'ava', env: { NODE_OPTIONS: '--import=tsx/esm' }, files: /^test\/[^/]+\.ts$/, skip: /types/, needs: ['ava', 'tsx'] },
];
