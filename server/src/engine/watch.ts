/** Asks the engine process again and again whether it lives: one that hangs does not report itself. */
import {nodeHttp} from '../base/index.ts';

export interface WatchOptions {
  readonly everyMs: number;
  /** Questions in a row without an answer after which it is given up. */
  readonly misses: number;
}

export interface WatchEvents {
  /** It has left several questions unanswered; called at each further one. */
  silent(forMs: number): void;
  /** It answers after it had been silent. */
  back(): void;
  lost(): void;
}

/** A pause of the machine, or of this very process, makes one miss and not many: misses are counted, not seconds. */
const silentMisses = 3;

/** Over connections of its own, so that no heavy use of the others delays it. */
export function watchEngine(
  socket: string,
  {everyMs, misses: limit}: WatchOptions,
  events: WatchEvents,
): {stop(): void} {
  let misses = 0;
  let asking = false;
  let stopped = false;
  const answered = (): void => {
    if (misses >= silentMisses) events.back();
    misses = 0;
  };
  const missed = (): void => {
    misses++;
    if (misses === limit) events.lost();
    else if (misses >= silentMisses) events.silent(misses * everyMs);
  };
  const timer = setInterval(async () => {
    if (asking) return;
    asking = true;
    const there = await ping(socket, 0.8 * everyMs);
    asking = false;
    if (stopped) return;
    if (there) answered();
    else missed();
  }, everyMs);
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

function ping(socketPath: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = nodeHttp.get({socketPath, path: '/ping', agent: false, timeout}, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
