'use strict';
/* Turns the carriers on and off again, and reports what is left of them in the packages loaded in between. */
const { CorrelationInstrumentation } = require('@corr/auto-register/instrumentation');

const held = () => {
  const { Client } = require('pg');
  const Pool = require('pg-pool');
  const fastq = require('fastq');
  return { 'pg.query': Client.prototype.query, 'pg emit': Client.prototype.emit, 'pg-pool.connect': Pool.prototype.connect, fastq, 'fastq.promise': fastq.promise, 'p-limit': require('p-limit3'), 'p-queue.add': require('p-queue6').default.prototype.add };
};
const instrumentation = new CorrelationInstrumentation({ enabled: false });
const before = held();
for (let i = 0; i < 3; i++) {
  instrumentation.enable();
  const on = held();
  const madeWhileOn = on['fastq']((task, done) => done(), 1);
  instrumentation.disable();
  const off = held();
  for (const name of Object.keys(before)) console.log(JSON.stringify({ name, bound: on[name] !== before[name], same: off[name] === before[name] }));
  madeWhileOn.push(1, () => console.log(JSON.stringify({ name: 'called back' })));
}
console.log(JSON.stringify({ own: Object.hasOwn(require('pg').Client.prototype, 'emit') }));
