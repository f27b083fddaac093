import { unsupported } from './supported';

const problem = unsupported(process.versions);
if (problem !== undefined) console.error(`[@corr/auto-register] ${problem.message}`);
// Loaded only after the check, because an older Node may not be able to load it.
if (problem?.off !== true) (require('./preload') as typeof import('./preload')).preload();
