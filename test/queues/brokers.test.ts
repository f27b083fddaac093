import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeInFull, itInFull } from '../breadth';
import { needs } from '../stack/debian';
import { freePort } from '../stack/program';
import { expectOwnIds } from './cases';
import type { Cases } from './cases';
import { Servers } from './servers';

type Brokers = { rabbitmq(options: { home: string }): Promise<{ port: number; stop(): Promise<void> }> };

const NEST = ['answered', 'completed', 'refused', 'connected'];
const CONNECTION = ['connected', 'opened', 'closed'];
const AMQPLIB: Cases = { 'a confirm channel': ['message', 'returned', 'confirmed'], callbacks: ['message', 'confirmed', 'checked', 'got'], 'a connection of its own': CONNECTION };
const MQTT: Cases = { consumer: ['message', 'connect', 'published', 'subscribed'] };
const NATS: Cases = { consumer: ['message', 'flushed'] };
const PACKAGES: Record<string, Cases> = {
  'nest over brokers': { Redis: NEST, MQTT: NEST, NATS: NEST, RabbitMQ: NEST },
  amqplib: AMQPLIB,
  amqplib0: AMQPLIB,
  'amqp-connection-manager': { consumer: ['message', 'connect', 'confirmed'] },
  'rabbitmq-client': { consumer: ['message', 'connection', 'sent'] },
  mqtt: MQTT,
  mqtt4: MQTT,
  nats: NATS,
  nats3: NATS,
  bullmq: { worker: ['message', 'completed', 'added', 'added to the queue', 'finished'] },
  'bee-queue': { worker: ['message', 'ready', 'succeeded', 'saved'] },
};

describe('a client of a broker or a service that the first request opens', function () {
  this.timeout(60_000);

  it("NestJS's client answers each request under its own ID", async () => {
    await expectOwnIds('brokers', 'nest', { TCP: [...NEST, 'disconnected'] }, { requests: 40, env: { PORTS: JSON.stringify({ tcp: await freePort() }) } });
  });

  describeInFull('with brokers', () => {
    const servers = new Servers();
    const home = mkdtempSync(path.join(os.tmpdir(), 'corr-brokers-'));
    let rabbit: Awaited<ReturnType<Brokers['rabbitmq']>> | undefined;
    before(async function () {
      needs(this, 'rabbitmq-server');
      await servers.start(this, 'redis', 'mosquitto', 'nats');
      const { rabbitmq } = (await import(pathToFileURL(path.join(__dirname, '../../examples/jobs/brokers.mjs')).href)) as Brokers;
      rabbit = await rabbitmq({ home });
    });
    after(async () => {
      await servers.stop();
      await rabbit?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    for (const [name, cases] of Object.entries(PACKAGES)) {
      itInFull(`${name} receives under no request's ID, and answers each under its own`, async () => {
        await expectOwnIds('brokers', name, cases, { requests: 12, env: { PORTS: JSON.stringify({ ...servers.ports, rabbitmq: rabbit?.port }) } });
      });
    }
  });
});
