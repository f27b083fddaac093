import { fileURLToPath } from 'node:url';

export default {
  // A folder that git and eslint ignore.
  distDir: 'dist',
  turbopack: { root: fileURLToPath(new URL('../../..', import.meta.url)) },
};
