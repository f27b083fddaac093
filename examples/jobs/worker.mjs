// Another process, which consumes both queues. withCarrier enters the ID of a message.
import { withCarrier } from '@corr/propagator';
import amqp from 'amqplib';
import { Worker } from 'bullmq';
import { pino } from 'pino';

const parcels = pino({ base: { part: 'parcels' } });
const mails = pino({ base: { part: 'mails' } });

const connection = await amqp.connect(process.env.AMQP_URL);
const channel = await connection.createChannel();
await channel.assertQueue('parcels');
await channel.consume('parcels', (message) =>
  withCarrier(message.properties.headers, async () => {
    const { order } = JSON.parse(message.content);
    parcels.info({ order }, 'parcel found');
    await fetch(`${process.env.SHOP_URL}/orders/${order}`, { method: 'PUT' });
    parcels.info({ order }, 'parcel packed');
    channel.ack(message);
  }),
);

const worker = new Worker(
  'mails',
  (job) =>
    withCarrier(job.data.headers, async () => {
      await job.updateProgress(50);
      mails.info({ order: job.data.order }, 'mail sent');
    }),
  { concurrency: 4, connection: { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) } },
);
await worker.waitUntilReady();
parcels.info({ port: 0 }, 'consuming');
