import { isSupported } from './supported';

// The rest is loaded only behind this: on an older Node it may not even be possible to load it.
if (isSupported(process.versions.node)) (require('./preload') as typeof import('./preload')).preload();
else console.error(`[@corr/auto-register] Off: it needs Node 20.19 or later, or 22.12 or later, and this is Node ${process.versions.node}. The application runs without Correlation-Ids.`);
