import { once } from 'node:events';
import http from 'node:http';
import { expect } from 'chai';
import { ExporterRequests } from '../../packages/auto-register/src/telemetry/exporter-requests';
import { freePort } from '../stack/program';
import { Receiver } from './receiver';

describe('requests of exporters', () => {
  it('are all awaited, even if one of them fails first', async () => {
    const mute = await Receiver.start({ mute: true });
    const requests = new ExporterRequests();
    const send = (url: string): http.ClientRequest =>
      http.request(url, { method: 'POST', headers: { 'User-Agent': 'OTel-OTLP-Exporter-JavaScript/1' } }).on('error', () => {}).end();
    const slow = send(`${mute.url}/v1/traces`);
    const refused = send(`http://127.0.0.1:${await freePort()}/v1/traces`);
    let settled = false;
    const settling = requests.settle().then(() => (settled = true));
    await Promise.all([once(refused, 'close').catch(() => {}), mute.until((one) => one.requests.length > 0)]);
    await new Promise(setImmediate);
    expect(settled).to.equal(false);
    slow.destroy();
    await settling;
    await mute.stop();
  });
});
