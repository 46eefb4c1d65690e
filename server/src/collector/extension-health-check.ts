/** Says over HTTP whether the pipelines run, for Kubernetes and load balancers (the Collector's health_check, :13133). */
import {goDuration} from '../base/index.ts';
import {ignored, object, optional, text, unsupported, withDefault} from '../config/index.ts';
import {type HttpRoute, httpServerFields, httpServerOptions, serverObject, urlPath} from '../net/index.ts';
import type {ExtensionFactory} from '../pipeline/index.ts';
import {createTellingServer} from './telling-server.ts';

const ofComponents =
  'the Collector too has this behind a feature gate only; whether the pipelines run is told at `endpoint` and `path`, and the state of each component at `GET /api/weft/v1/pipeline`';

const config = serverObject({
  ...httpServerFields(13133),
  path: withDefault(urlPath, '/', '/', 'The path to ask at.'),
  response_body: optional(
    object({
      healthy: withDefault(text, '', '', 'The body while the pipelines run.'),
      unhealthy: withDefault(text, '', '', 'The body while they do not.'),
    }),
    'Bodies instead of the usual JSON.',
  ),
  check_collector_pipeline: ignored('failures of exporters are told by their metrics'),
  use_v2: unsupported(ofComponents),
  http: unsupported(ofComponents),
  grpc: unsupported(ofComponents),
  component_health: unsupported(ofComponents),
});

export const healthCheckExtension: ExtensionFactory<ReturnType<typeof config.read>> = {
  help: 'Answers 200 while the pipelines run and 503 before and after, with since when.',
  config,
  create(settings, options) {
    let since: number | undefined;
    const body = (): string => {
      const own = options.response_body;
      if (own !== undefined) return since === undefined ? own.unhealthy : own.healthy;
      if (since === undefined) {
        return JSON.stringify({status: 'Server not available', upSince: '0001-01-01T00:00:00Z', uptime: ''});
      }
      const uptime = goDuration(BigInt(Math.round((settings.clock.now() - since) * 1e6)));
      return JSON.stringify({status: 'Server available', upSince: new Date(since).toISOString(), uptime});
    };
    const contentType = options.response_body === undefined ? 'application/json' : 'text/plain; charset=utf-8';
    const route: HttpRoute = {
      method: 'GET',
      contentTypes: [],
      handle: async () => ({status: since === undefined ? 503 : 200, contentType, body: body()}),
    };
    const server = createTellingServer(
      settings,
      options.endpoint,
      new Map([[options.path, route]]),
      httpServerOptions(options, settings),
    );
    return {
      ...server,
      pipelines(running) {
        since = running === undefined ? undefined : settings.clock.now();
      },
    };
  },
};
