import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';

/** A thread that loads the API and waits for its `ApiThreadData`, to be sent to it as a message. */
export const startApiWorker = (
  module = new URL(`./api-thread${extname(import.meta.filename)}`, import.meta.url),
): Worker => new Worker(module, {name: 'weft-api', resourceLimits: {maxOldGenerationSizeMb: 2048}});
