'use strict';
/**
 * pino's own destination. It appends each line to the text that waits for a write, and then measures all of that text again, which takes
 * longer with each line that waits. With BENCH_MEASURE=once, it measures each line once. Everything else is the same.
 */
const pino = require('pino');

const destination = pino.destination(1);
let waiting = 0;

function write(line) {
  const bytes = Buffer.byteLength(line);
  const texts = this._bufs;
  if (texts.length > 0 && waiting + bytes <= this.maxWrite) {
    texts[texts.length - 1] += line;
    waiting += bytes;
  } else {
    texts.push(line);
    waiting = bytes;
  }
  this._len += bytes;
  if (!this._writing && this._len >= this.minLength) this._actualWrite();
  return this._len < this._hwm;
}

module.exports = process.env.BENCH_MEASURE === 'once' ? Object.assign(destination, { write }) : destination;
