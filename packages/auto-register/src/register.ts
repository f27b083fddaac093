import { unsupported } from './supported';

const problem = unsupported(process.versions);
if (problem !== undefined) console.error(`[@corr/auto-register] ${problem.message}`);
// The rest is loaded only behind this: on an older Node it may not even be possible to load it.
if (problem?.off !== true) (require('./preload') as typeof import('./preload')).preload();
