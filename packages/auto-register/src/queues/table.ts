import { asyncHooks } from './bluebird';
import { asOwner, callbacks, handsOver, limits, lists, makesCallbacks, memoizers, openers, opens, promises, queues, shared, spreadingQueues, starts, tasks } from './verbs';
import type { Verb } from './verbs';

/** A place where a package accepts functions to call later. */
export interface Row {
  /** Its name in its own package.json. */
  package: string;
  /** Affected major versions: the first, and the last if a later version does it differently or does it itself. */
  from: number;
  to?: number;
  /** A file of the package. */
  file: string;
  /** Where the methods are in that file's module. */
  at: string;
  verbs: Verb[];
}

const row = (name: string, [from, to]: [number, number?], file: string, at: string, ...verbs: Verb[]): Row =>
  ({ package: name, from, ...(to === undefined ? {} : { to }), file, at, verbs });

/** What pg calls on a query of any class: its own, a cursor, a stream. */
const ON_QUERY = ['emit', 'callback', ...['Error', 'ReadyForQuery', 'RowDescription', 'DataRow', 'CommandComplete', 'PortalSuspended', 'EmptyQuery', 'CopyInResponse', 'CopyData'].map((name) => `handle${name}`)];
const MEMCACHED = ['get', 'gets', 'getMulti', 'set', 'replace', 'add', 'cas', 'append', 'prepend', 'increment', 'incr', 'decrement', 'decr', 'del', 'delete', 'touch', 'version', 'flush', 'flushAll', 'stats', 'settings', 'statsSettings', 'slabs', 'statsSlabs', 'items', 'statsItems', 'cachedump'];
const STREAMS = ['makeServerStreamRequest', 'makeClientStreamRequest', 'makeBidiStreamRequest'].map((name) => handsOver(name, 'result', 'emit'));
/** Where an agent accepts what it later sends to its intake for many requests at once. */
const APM_CLIENT = ['sendSpan', 'sendTransaction', 'sendError', 'sendMetricSet', 'flush'];
const ASYNC = ['queue', 'priorityQueue', 'cargo', 'cargoQueue'];

/** Everything that is bound, in the order of the table in docs/troubleshooting.md. */
export const TABLE: readonly Row[] = [
  row('pg', [8], 'lib/client.js', 'exports.prototype', callbacks('connect', 'query', 'end'), handsOver('query', 'argument', ...ON_QUERY), shared),
  row('pg', [8], 'lib/connection.js', 'exports.prototype', opens('connect')),
  row('pg-pool', [3], 'index.js', 'exports.prototype', callbacks('connect', 'query', 'end'), opens('newClient'), shared),
  row('pg-cursor', [2], 'index.js', 'exports.prototype', callbacks('read', 'close')),
  row('mysql', [2], 'lib/Pool.js', 'exports.prototype', callbacks('getConnection', 'end'), shared),
  row('mysql', [2], 'lib/Connection.js', 'exports.prototype', opens('connect'), shared),
  row('mysql', [2], 'lib/PoolCluster.js', 'exports.prototype', callbacks('getConnection'), shared),
  row('mysql', [2], 'lib/protocol/Protocol.js', 'exports.prototype', handsOver('_enqueue', 'argument', 'emit', 'end', 'RowDataPacket')),
  ...['lib/base/pool.js', 'lib/pool.js'].map((file) => row('mysql2', [2], file, 'exports.prototype', callbacks('getConnection', 'end'), shared)),
  ...['lib/base/connection.js', 'lib/connection.js'].map((file) => row('mysql2', [2], file, 'exports.prototype', callbacks('connect'), handsOver('addCommand', 'argument', 'emit', 'execute', 'onResult'), shared)),
  row('mysql2', [2], 'lib/pool_cluster.js', 'exports.prototype', callbacks('getConnection'), shared),
  row('redis', [2, 3], 'index.js', 'exports.RedisClient.prototype', handsOver('internal_send_command', 'argument', 'callback'), opens('create_stream'), shared),
  row('@redis/client', [1], 'dist/lib/client/index.js', 'exports.default.prototype', shared),
  row('@redis/client', [5], 'dist/lib/client/pool.js', 'exports.RedisClientPool.prototype', tasks('execute'), shared),
  row('@redis/client', [1], 'dist/lib/client/socket.js', 'exports.default.prototype', opens('connect')),
  row('ioredis', [5], 'built/Redis.js', 'exports.default.prototype', opens('connect'), shared),
  row('ioredis', [4, 4], 'built/redis/index.js', 'exports.default.prototype', opens('connect'), shared),
  row('ioredis', [4], 'built/cluster/index.js', 'exports.default.prototype', opens('connect'), shared),
  row('mongodb', [4], 'lib/mongo_client.js', 'exports.MongoClient.prototype', shared),
  row('postgres', [3], 'cjs/src/query.js', 'exports.Query.prototype', callbacks('forEach', 'cursor')),
  row('postgres', [3], 'cjs/src/connection.js', '', openers('exports', 'connect')),
  row('memcached', [2], 'lib/memcached.js', 'exports.prototype', callbacks(...MEMCACHED), shared),
  row('sqlite3', [5], 'lib/sqlite3.js', 'exports.Database.prototype', callbacks('get', 'all', 'run', 'each', 'map', 'exec', 'prepare', 'close', 'wait', 'loadExtension'), shared),
  row('sqlite3', [5], 'lib/sqlite3.js', 'exports.Statement.prototype', callbacks('bind', 'get', 'all', 'run', 'each', 'map', 'reset', 'finalize')),
  row('ws', [7], 'lib/websocket.js', 'exports.prototype', handsOver('setSocket', 'this', 'emit'), callbacks('send', 'ping', 'pong')),
  row('@grpc/grpc-js', [1], 'build/src/client.js', 'exports.Client.prototype', callbacks('makeUnaryRequest', 'makeClientStreamRequest', 'waitForReady'), ...STREAMS),
  row('@grpc/grpc-js', [1], 'build/src/internal-channel.js', 'exports.InternalChannel.prototype', handsOver('createResolvingCall', 'result', 'getConfig'), handsOver('createLoadBalancingCall', 'result', 'doPick')),
  row('@grpc/grpc-js', [1], 'build/src/channel.js', 'exports.ChannelImplementation.prototype', handsOver('createCall', 'result'), asOwner('tryGetConfig', 'tryPick')), // before 1.8
  row('http2-wrapper', [1], 'source/agent.js', 'exports.Agent.prototype', lists('getSession', 'resolve', 'reject')),
  row('@nestjs/microservices', [9], 'client/client-proxy.js', 'exports.ClientProxy.prototype', makesCallbacks('createObserver')),
  ...['Kafka', 'Mqtt', 'Nats', 'Redis', 'RMQ', 'TCP'].map((kind) => row('@nestjs/microservices', [9], `client/client-${kind.toLowerCase()}.js`, `exports.Client${kind}.prototype`, opens('connect'))),
  row('socket.io-client', [4], 'build/cjs/socket.js', 'exports.Socket.prototype', callbacks('emit')),
  row('socket.io-client', [4], 'build/cjs/manager.js', 'exports.Manager.prototype', opens('open')),
  row('socket.io', [4], 'dist/socket.js', 'exports.Socket.prototype', callbacks('emit')),
  row('socket.io', [4], 'dist/broadcast-operator.js', 'exports.BroadcastOperator.prototype', callbacks('emit')),
  row('amqplib', [0], 'lib/connect.js', 'exports', opens('connect')),
  row('amqplib', [0], 'lib/channel_model.js', 'exports.ConfirmChannel.prototype', callbacks('publish', 'sendToQueue')),
  row('amqplib', [0], 'lib/callback_model.js', 'exports.CallbackModel.prototype', callbacks('createChannel', 'createConfirmChannel', 'updateSecret', 'close')),
  row('amqplib', [0], 'lib/callback_model.js', 'exports.Channel.prototype', callbacks('rpc', 'open', 'get', 'close')),
  row('amqplib', [0], 'lib/callback_model.js', 'exports.ConfirmChannel.prototype', callbacks('publish', 'sendToQueue', 'waitForConfirms')),
  row('amqp-connection-manager', [3], 'dist/cjs/AmqpConnectionManager.js', 'exports.default.prototype', opens('_connect'), shared),
  ...['Connection', 'Consumer'].map((name) => row('rabbitmq-client', [4], `lib/${name}.js`, `exports.${name}.prototype`, opens('_connect'))),
  row('mqtt', [5], 'build/lib/client.js', 'exports.default.prototype', opens('connect'), callbacks('publish', 'subscribe', 'unsubscribe', 'end'), shared),
  row('mqtt', [4, 4], 'lib/client.js', 'exports.prototype', opens('_setupStream'), callbacks('publish', 'subscribe', 'unsubscribe', 'end'), shared),
  row('nats', [2], 'lib/nats-base-client/protocol.js', 'exports.ProtocolHandler.prototype', opens('dialLoop')),
  row('@nats-io/nats-core', [3], 'lib/protocol.js', 'exports.ProtocolHandler.prototype', opens('dialLoop')),
  row('bullmq', [1], 'dist/cjs/classes/worker.js', 'exports.Worker.prototype', starts('run')),
  row('bullmq', [1], 'dist/cjs/classes/queue-events.js', 'exports.QueueEvents.prototype', starts('run')),
  row('bee-queue', [1], 'lib/queue.js', 'exports.prototype', starts('process'), shared),
  ...['lib/mailer/index.js', 'dist/cjs/mailer/index.js'].map((file) => row('nodemailer', [4], file, 'exports.prototype', callbacks('sendMail'))),
  row('elastic-apm-node', [3], 'lib/apm-client/http-apm-client/index.js', 'exports.HttpApmClient.prototype', opens(...APM_CLIENT)),
  row('elastic-apm-http-client', [9], 'index.js', 'exports.prototype', opens(...APM_CLIENT)),
  row('fastq', [1], 'queue.js', '', queues('exports')),
  row('fastq', [1], 'queue.js', 'exports', queues('promise')),
  row('async', [2], 'dist/async.js', 'exports', spreadingQueues(...ASYNC), memoizers('memoize')),
  row('async', [3], 'dist/async.js', 'exports.default', spreadingQueues(...ASYNC), memoizers('memoize')),
  ...ASYNC.map((name) => row('async', [2], `${name}.js`, '', spreadingQueues('exports'))),
  row('async', [2], 'memoize.js', '', memoizers('exports')),
  row('p-limit', [2, 3], 'index.js', '', limits('pLimit')),
  row('p-queue', [3, 5], 'index.js', 'exports.prototype', tasks('add')),
  row('p-queue', [5, 6], 'dist/index.js', 'exports.default.prototype', tasks('add')),
  ...['lib/Bottleneck.js', 'light.js', 'es5.js'].map((file) => row('bottleneck', [2], file, 'exports.prototype', tasks('schedule', 'submit'))),
  row('bottleneck', [2], 'lib/Job.js', 'exports.prototype', handsOver('doReceive', 'this', 'doDrop', 'doQueue', 'doRun', 'doExecute', 'doExpire', 'doDone', '_onFailure')),
  row('bluebird', [3], 'js/release/bluebird.js', 'exports', asyncHooks),
  row('generic-pool', [2, 2], 'lib/generic-pool.js', 'exports.Pool.prototype', callbacks('acquire', 'borrow')),
  row('workerpool', [6], 'src/Pool.js', 'exports.prototype', promises('exec')),
  row('async-lock', [1], 'lib/index.js', 'exports.prototype', callbacks('acquire')),
  row('better-queue', [3], 'lib/queue.js', 'exports.prototype', callbacks('push'), handsOver('push', 'result', 'emit'), shared),
  row('better-queue', [3], 'lib/worker.js', 'exports.prototype', starts('start')),
];
