/** An HTTP server that only tells: whether the pipelines run, metrics, profiles. Nothing that it is sent is held. */
import type {Address} from '../config/index.ts';
import {
  createAdmission,
  createHttpServer,
  type HttpRoute,
  type HttpServerOptions,
  startListening,
} from '../net/index.ts';
import type {Settings} from '../pipeline/index.ts';

/** `transport` are the settings of the connection, as `httpServerOptions` gives them. */
export function createTellingServer(
  settings: Settings,
  endpoint: Address,
  routes: ReadonlyMap<string, HttpRoute>,
  transport: Omit<HttpServerOptions, 'routes' | 'refuse' | 'onRefused' | 'admission' | 'log' | 'maxBodyBytes'>,
): {start(): Promise<void>; stop(): Promise<void>} {
  const server = createHttpServer({
    ...transport,
    routes,
    refuse: ({message}) => ({contentType: 'text/plain; charset=utf-8', body: `${message}\n`}),
    onRefused() {},
    // Its own: who asks must be answered where receivers are full.
    admission: createAdmission(1 << 20),
    log: settings.log,
    maxBodyBytes: 1024,
  });
  return {
    start: () => startListening(settings, 'http', server, endpoint),
    stop: () => server.stop(1000),
  };
}
