import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { unsupported } from '../packages/auto-register/src/supported';
import { App, NODE, PRELOAD } from './app';
import { read } from './checkout';

describe('preload', () => {
  for (const preload of ['require', 'import', 'options'] as const) {
    it(`stamps a request's lines when it is loaded by ${preload}`, async () => {
      const app = App.start('hello.cjs', { preload });
      try {
        const response = await fetch(`http://127.0.0.1:${await app.port()}/`, { headers: { 'Correlation-Id': 'client-1' } });
        expect(response.headers.get('correlation-id')).to.equal('client-1');
        expect(await app.line((line) => line.msg === 'hello')).to.include({ correlation_id: 'client-1' });
        expect(await app.line((line) => line.msg === 'finish')).to.include({ correlation_id: 'client-1' });
        expect(await app.line((line) => line.msg === 'listening')).to.include({ correlation_id: 'Internal' });
      } finally {
        await app.stop();
      }
    });
  }
});

describe('a start', () => {
  it('loads no module of Node that only some processes need', () => {
    const loaded = execFileSync(NODE, ['-r', PRELOAD, '-p', 'process.moduleLoadList.join()'], { encoding: 'utf8', env: { PATH: process.env['PATH'] } }).trim().split(',');
    expect(loaded).to.include.members(['NativeModule http', 'NativeModule https']);
    expect(['http2', 'perf_hooks', 'worker_threads'].filter((name) => loaded.includes(`NativeModule ${name}`))).to.deep.equal([]);
  });

  it('reads a file that is ASCII, because V8 keeps and scans any other in two bytes a character', () => {
    expect(readFileSync(path.join(path.dirname(PRELOAD), 'preload.js'), 'latin1')).to.not.match(/[^\0-\x7f]/);
  });
});

describe('a Node that is not supported', () => {
  it('is one that is not in the engines of the packages', () => {
    const { engines } = JSON.parse(read('packages/auto-register/package.json')) as { engines: { node: string } };
    expect(engines.node).to.equal('^20.19 || >=22.12');
    const refused = (...versions: string[]): string[] => versions.filter((node) => unsupported({ node })?.off === true);
    expect(refused('20.19.0', '20.20.1', '22.12.0', '22.23.0', '23.0.0', '24.21.0', '26.10.0')).to.deep.equal([]);
    expect(refused('16.20.0', '18.20.8', '19.9.0', '20.18.3', '21.7.0', '22.11.0')).to.have.length(6);
  });
});
