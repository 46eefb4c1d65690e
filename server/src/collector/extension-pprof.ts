/** Profiles of this process over HTTP (the Collector's pprof, :1777), as V8 makes them: Chrome's DevTools and speedscope read them. */
import type {Session} from 'node:inspector/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {PermanentError, RetryableError} from '../base/index.ts';
import {ignored, listenAddress, listensAt, object, unsupported} from '../config/index.ts';
import type {HttpRoute} from '../net/index.ts';
import type {ExtensionFactory} from '../pipeline/index.ts';
import {createTellingServer} from './telling-server.ts';

const config = object({
  dialer: ignored('a server dials nobody'),
  endpoint: listensAt(listenAddress, 1777, 'Address to listen on.'),
  block_profile_fraction: ignored('there are no goroutines that could block'),
  mutex_profile_fraction: ignored('there are no mutexes'),
  save_to_file: unsupported('ask for `/debug/pprof/profile?seconds=N`, or start with NODE_OPTIONS=--cpu-prof'),
});

const maxSeconds = 120;

export const pprofExtension: ExtensionFactory<ReturnType<typeof config.read>> = {
  help: 'CPU and heap profiles of this process: `/debug/pprof/profile?seconds=30` and `/debug/pprof/heap?seconds=30`.',
  config,
  create(settings, options) {
    let busy = false;
    const stopping = new AbortController();
    const profile = (kind: 'cpu' | 'heap'): HttpRoute => ({
      method: 'GET',
      contentTypes: [],
      async handle({query}) {
        const seconds = Number(new URLSearchParams(query).get('seconds') ?? 30);
        if (!(seconds > 0 && seconds <= maxSeconds)) {
          throw new PermanentError('bad_seconds', `seconds must be more than 0 and at most ${maxSeconds}`);
        }
        if (busy) throw new RetryableError('busy', 'another profile is being made');
        busy = true;
        try {
          const {Session} = await import('node:inspector/promises');
          const session = new Session();
          session.connect();
          try {
            const made = await record(session, kind, () =>
              sleep(seconds * 1000, undefined, {signal: stopping.signal}).catch(() => {}),
            );
            const headers = {'content-disposition': `attachment; filename="weft.${kind}profile"`};
            return {status: 200, contentType: 'application/json', headers, body: JSON.stringify(made)};
          } finally {
            session.disconnect();
          }
        } finally {
          busy = false;
        }
      },
    });
    const index: HttpRoute = {
      method: 'GET',
      contentTypes: [],
      handle: async () => ({status: 200, contentType: 'text/plain; charset=utf-8', body: indexText}),
    };
    const routes = new Map([
      ['/debug/pprof/', index],
      ['/debug/pprof/profile', profile('cpu')],
      ['/debug/pprof/heap', profile('heap')],
    ]);
    const server = createTellingServer(settings, options.endpoint, routes, {
      encodings: new Set(['identity'] as const),
      headerTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
      idleTimeoutMs: 10_000,
      keepAlive: true,
    });
    return {
      start: server.start,
      async stop() {
        // A profile under way ends now, with what it has.
        stopping.abort();
        await server.stop();
      },
    };
  },
};

const indexText = `profile?seconds=30  CPU, as a .cpuprofile
heap?seconds=30     what was allocated meanwhile and still lives, as a .heapprofile
Open them in Chrome's DevTools or on speedscope.app.
`;

async function record(session: Session, kind: 'cpu' | 'heap', wait: () => Promise<unknown>): Promise<object> {
  if (kind === 'cpu') {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await wait();
    return (await session.post('Profiler.stop')).profile;
  }
  await session.post('HeapProfiler.enable');
  await session.post('HeapProfiler.startSampling');
  await wait();
  return (await session.post('HeapProfiler.stopSampling')).profile;
}
