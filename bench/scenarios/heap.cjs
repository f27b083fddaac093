'use strict';
const { bare, carry, hops } = require('../variants/index.cjs');
const onHeap = require('./on-heap.cjs');

module.exports = onHeap({
  title: 'Heap: growth after warm-up, garbage collected before each look',
  unit: 'bytes per request',
  rounds: { full: 1, quick: 1 },
  app: 'hello.cjs',
  variants: { bare, carry, hops },
  more: { requests: 'requests', before: 'KiB before', after: 'KiB after' },

  async measure({ request, inUse, quick }) {
    const requests = quick ? 20_000 : 1_000_000;
    await request({ requests: quick ? 20_000 : 100_000 });
    const before = await inUse();
    await request({ requests });
    const after = await inUse();
    return { value: (after - before) / requests, requests, before: before / 1024, after: after / 1024 };
  },
});
