'use strict';
/*
 * Clients of brokers and of other services. The first request opens the client and the consumer; messages belong to no request, and
 * what a request sent is answered for that request.
 */
const { once } = require('node:events');
const ports = JSON.parse(process.env.PORTS ?? '{}');
const AMQP = `amqp://guest:guest@127.0.0.1:${ports.rabbitmq}`;
const REDIS = { host: '127.0.0.1', port: ports.redis };

/** A case: opens a client with a consumer in the first request, sends a message in each, and waits until all have arrived. */
const consumer = (open, send) => (noteAs) => {
  let opened;
  let sent = 0;
  let got = 0;
  let arrived;
  const heard = () => { noteAs('Internal', 'message'); if (++got === sent) arrived?.(); };
  const use = async (note) => {
    opened ??= open(heard, noteAs);
    sent++;
    await send(await opened, note);
  };
  use.after = () => new Promise((resolve) => { arrived = resolve; if (got === sent) resolve(); });
  return use;
};
/** Ends with the callback of a method, whose place is noted. */
const called = (note, where, call) => new Promise((resolve, reject) => call((error) => (error ? reject(error) : (note(where), resolve()))));

const amqplib = (name) => ({
  'a confirm channel': consumer(async (heard, noteAs) => {
    const connection = await require(name).connect(AMQP);
    const channel = await connection.createConfirmChannel();
    channel.on('return', () => noteAs('Internal', 'returned'));
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.consume(queue, heard, { noAck: true });
    return { channel, queue };
  }, async ({ channel, queue }, note) => {
    channel.publish('', 'nowhere', Buffer.from(''), { mandatory: true });
    await called(note, 'confirmed', (done) => channel.sendToQueue(queue, Buffer.from(''), {}, done));
  }),
  callbacks: consumer((heard) => new Promise((resolve) => require(`${name}/callback_api`).connect(AMQP, (_, connection) => {
    connection.createConfirmChannel((__, channel) => channel.assertQueue('', { exclusive: true }, (___, { queue }) => {
      channel.consume(queue, heard, { noAck: true }, () => resolve({ channel, queue }));
    }));
  })), async ({ channel, queue }, note) => {
    await called(note, 'confirmed', (done) => channel.sendToQueue(queue, Buffer.from(''), {}, done));
    await called(note, 'checked', (done) => channel.checkQueue(queue, done));
    await called(note, 'got', (done) => channel.get('', {}, done));
  }),
  'a connection of its own': () => async (note) => {
    const connection = await new Promise((resolve, reject) => require(`${name}/callback_api`).connect(AMQP, (error, made) => (error ? reject(error) : (note('connected'), resolve(made)))));
    await called(note, 'opened', (done) => connection.createChannel(done));
    await called(note, 'closed', (done) => connection.close(done));
  },
});
const mqtt = (name) => ({
  consumer: consumer(async (heard, noteAs) => {
    const client = require(name).connect(`mqtt://127.0.0.1:${ports.mosquitto}`);
    client.on('connect', () => noteAs('Internal', 'connect')).on('message', heard);
    await once(client, 'connect');
    await new Promise((resolve) => client.subscribe(name, { qos: 1 }, resolve));
    return client;
  }, async (client, note) => {
    await called(note, 'published', (done) => client.publish(name, 'news', { qos: 1 }, done));
    await called(note, 'subscribed', (done) => client.subscribe('another', done));
  }),
});
const nats = (name) => ({
  consumer: consumer(async (heard) => {
    const client = await require(name).connect({ servers: `127.0.0.1:${ports.nats}` });
    client.subscribe('news', { callback: heard });
    return client;
  }, async (client, note) => {
    client.publish('news', new Uint8Array());
    await client.flush();
    note('flushed');
  }),
});

/** A service of NestJS that answers, and the case of its client, whose answers are an Observable. */
const nest = (kind, options) => (noteAs) => {
  const microservices = require('@nestjs/microservices');
  const { catchError, delay, lastValueFrom, from, mergeMap, of, tap, throwError } = require('rxjs');
  require('@nestjs/common').Logger.overrideLogger(false);
  const server = new microservices[`Server${kind}`](options);
  server.addHandler('ask', async (i) => of(i).pipe(delay(i % 7)));
  server.addHandler('refuse', async () => throwError(() => new microservices.RpcException('no')));
  const listening = new Promise((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
  let client;
  let connected;
  let disconnected;
  const ask = async (note, i) => {
    await listening;
    if (client === undefined) {
      client = new microservices[`Client${kind}`](options);
      client.status.subscribe((status) => { noteAs('Internal', status); if (status === 'disconnected') disconnected?.(); });
    }
    await (connected ??= client.connect());
    const asked = client.send('ask', i).pipe(tap(() => note('answered')), mergeMap(() => from(Promise.resolve())), tap({ complete: () => note('completed') }));
    await lastValueFrom(asked);
    await lastValueFrom(client.send('refuse', i).pipe(catchError(() => { note('refused'); return of(null); })));
  };
  // Its other clients end a subscription when an answer has come, and then lose the answer of another request.
  let turn = Promise.resolve();
  const use = kind === 'TCP' ? ask : (note, i) => (turn = turn.then(() => ask(note, i)));
  if (kind === 'TCP') {
    use.after = () => new Promise((resolve) => { disconnected = resolve; client.socket.netSocket.destroy(); });
  }
  return use;
};

module.exports = {
  nest: { TCP: nest('TCP', { port: ports.tcp }) },
  'nest over brokers': {
    Redis: nest('Redis', REDIS),
    MQTT: nest('Mqtt', { url: `mqtt://127.0.0.1:${ports.mosquitto}` }),
    NATS: nest('Nats', { servers: [`nats://127.0.0.1:${ports.nats}`] }),
    RabbitMQ: nest('RMQ', { urls: [AMQP], queue: 'nest', queueOptions: { durable: false } }),
  },
  amqplib: amqplib('amqplib'),
  amqplib0: amqplib('amqplib0'),
  'amqp-connection-manager': {
    consumer: consumer(async (heard, noteAs) => {
      const manager = require('amqp-connection-manager').connect([AMQP]);
      manager.on('connect', () => noteAs('Internal', 'connect'));
      const channel = manager.createChannel({ confirm: true });
      channel.queue = 'managed';
      await channel.addSetup((made) => made.assertQueue(channel.queue));
      await channel.consume(channel.queue, heard, { noAck: true });
      return channel;
    }, (channel, note) => called(note, 'confirmed', (done) => channel.sendToQueue(channel.queue, Buffer.from(''), {}, done))),
  },
  'rabbitmq-client': {
    consumer: consumer(async (heard, noteAs) => {
      const { Connection } = require('rabbitmq-client');
      const connection = new Connection(AMQP);
      connection.on('connection', () => noteAs('Internal', 'connection'));
      const receiver = connection.createConsumer({ queue: 'client', queueOptions: { autoDelete: true } }, async () => heard());
      await once(receiver, 'ready');
      return connection.createPublisher({ confirm: true });
    }, async (publisher, note) => { await publisher.send('client', 'news'); note('sent'); }),
  },
  mqtt: mqtt('mqtt'),
  mqtt4: mqtt('mqtt4'),
  nats: nats('nats'),
  nats3: nats('@nats-io/transport-node'),
  bullmq: {
    worker: consumer((heard, noteAs) => {
      const { Queue, QueueEvents, Worker } = require('bullmq');
      const worker = new Worker('bull', async () => heard(), { connection: REDIS });
      worker.on('completed', () => noteAs('Internal', 'completed'));
      const events = new QueueEvents('bull', { connection: REDIS });
      events.on('added', () => noteAs('Internal', 'added'));
      return events.waitUntilReady().then(() => ({ queue: new Queue('bull', { connection: REDIS }), events }));
    }, async ({ queue, events }, note) => {
      const job = await queue.add('job', {});
      note('added to the queue');
      await job.waitUntilFinished(events);
      note('finished');
    }),
  },
  'bee-queue': {
    worker: consumer((heard, noteAs) => {
      const queue = new (require('bee-queue'))('bee', { redis: REDIS });
      queue.on('ready', () => noteAs('Internal', 'ready')).on('succeeded', () => noteAs('Internal', 'succeeded'));
      queue.process(async () => heard());
      return queue;
    }, (queue, note) => called(note, 'saved', (done) => queue.createJob({}).save(done))),
  },
};
