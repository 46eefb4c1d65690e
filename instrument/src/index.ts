import {isPreloaded} from './preloaded.ts';
import {start} from './start.ts';

export {ConfigError, type StartOptions} from './config.ts';
export {type Running, start} from './start.ts';

// `node --import @weft/instrument app.js` means "start": the one import with an effect, and only as a preload.
if (isPreloaded(process.execArgv, process.env.NODE_OPTIONS)) start();
