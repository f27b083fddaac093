'use strict';
/** What the product promises, as ratios of medians of one run. */
const ratio = (scenario, name, of, atMost) => ({ scenario, name, of, atMost, value: (m) => m(name) / m(of) });

module.exports = [
  ratio('server', 'carry', 'bare', 1.15),
  ratio('server', 'carry', 'handWritten', 1.0),
  ratio('server', 'carry', 'clsRtracer', 0.95),
  ratio('server', 'carry', 'noSdk', 0.62),
  ratio('hop', 'http.carry', 'http.bare', 1.25),
  ratio('hop', 'fetch.carry', 'fetch.bare', 1.2),
  ratio('hop', 'http.hops', 'http.carry', 1.2),
  ratio('hop', 'http.hops', 'http.trace', 0.6),
  ratio('server', 'trace', 'sdk', 1.05),
  ratio('logLine', 'hook', 'plain', 1.1),
  ratio('logLine', 'hook', 'instrumentation', 0.65),
  ratio('propagator', 'extract.ours', 'extract.baggage', 1.0),
  ratio('propagator', 'inject.ours', 'inject.baggage', 1.0),
  ratio('propagator', 'nothing.ours', 'nothing.traceContext', 1.0),
  {
    ...ratio('startUp', 'carry', 'auto', 0.06),
    note: 'each less a node that loads http and https',
    value: (m) => (m('carry') - m('server')) / (m('auto') - m('server')),
  },
  ratio('scale', 'carry.10000', 'carry.100', 1.3),
  // The smallest object that a request could leave behind has 12 bytes.
  { scenario: 'heap', name: 'carry', atMost: 1, note: 'bytes a request, noise included', value: (m) => m('carry') },
  { scenario: 'heap', name: 'hops', atMost: 1, note: 'bytes a request, noise included', value: (m) => m('hops') },
  ratio('story', 'one.plain', 'one.rg', 2.0),
  ratio('story', 'one.plain', 'one.grep', 1.6),
  ratio('story', 'one.gzip', 'one.zgrep', 0.5),
  ratio('story', 'one.zstd', 'one.zstdgrep', 2.5),
  ratio('story', 'one.five', 'one.fiveGrep', 1.0),
  ratio('story', 'failed', 'failed.rg', 1.0),
  ratio('story', 'failed', 'failed.jq', 0.05),
  { scenario: 'story', name: 'window', of: 'empty', atMost: 150, note: 'ms on top', value: (m) => m('window') - m('empty') },
  { scenario: 'story', name: 'window.five', of: 'empty', atMost: 150, note: 'ms on top', value: (m) => m('window.five') - m('empty') },
  { scenario: 'story', name: 'few', of: 'empty', atMost: 100, note: 'ms on top', value: (m) => m('few') - m('empty') },
  { scenario: 'story', name: 'window.ten', of: 'empty', atMost: 150, note: 'ms on top', value: (m) => m('window.ten') - m('empty') },
  { scenario: 'story', name: 'timed.ten', of: 'empty', atMost: 150, note: 'ms on top', value: (m) => m('timed.ten') - m('empty') },
  { scenario: 'story', name: 'many', of: 'empty', atMost: 10_000, note: 'ms on top', value: (m) => m('many') - m('empty') },
  { scenario: 'story', name: 'one.ten', atMost: 150, note: 'MiB at most', value: (m, of) => of('one.ten').memory },
  { scenario: 'story', name: 'one.five', atMost: 150, note: 'MiB at most', value: (m, of) => of('one.five').memory },
];
