'use strict';
// Preloaded: says at its end how much memory a process had at most, in MiB.
process.on('exit', () => process._rawDebug(`peak ${process.resourceUsage().maxRSS / 1024}`));
