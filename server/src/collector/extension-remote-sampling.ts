/**
 * Serves Jaeger's remote sampling: `GET /sampling?service=NAME` and `jaeger.api_v2.SamplingManager/GetSamplingStrategy`, with
 * the settings of Jaeger's `remote_sampling` and of the Collector's `jaegerremotesampling`.
 */
import {
  createGrpcServer,
  createHttpServer,
  errorStatus,
  grpcServerOptions,
  httpServerOptions,
  startListening,
} from '../net/index.ts';
import {type Component, type ExtensionFactory, type Settings, tlsClientOptions} from '../pipeline/index.ts';
import {
  checkStrategies,
  defaultSamplingConfig,
  followStrategies,
  type SamplingConfig,
  type StrategiesSource,
} from '../sampling/index.ts';
import {
  contribSamplingConfig,
  type RemoteSamplingConfig,
  remoteSamplingConfig,
} from './extension-remote-sampling-settings.ts';
import {followRemote} from './remote-sampling-client.ts';
import {samplingAnswers, samplingPath} from './sampling-answers.ts';

const graceMs = 1000;
const sole = 'decides on sampling';

type HttpConfig = NonNullable<RemoteSamplingConfig['http']>;
type GrpcConfig = NonNullable<RemoteSamplingConfig['grpc']>;

export const remoteSamplingExtension: ExtensionFactory<RemoteSamplingConfig> = {
  help: "Tells services how to sample, over Jaeger's remote sampling protocol: the same for all, from a file, or adaptively.",
  config: remoteSamplingConfig,
  sole,
  create: createExtension,
};

export const jaegerRemoteSamplingExtension: ExtensionFactory<RemoteSamplingConfig> = {
  help: "The same by the Collector's name for it, with its settings: strategies from a file, or from another server.",
  config: contribSamplingConfig,
  sole,
  create: createExtension,
};

function createExtension(given: Settings, {http, grpc, remote, ...rest}: RemoteSamplingConfig): Component {
  // Operators look for `sampling_http`, whichever name the component has.
  const settings: Settings = {
    ...given,
    announce(protocol, address) {
      given.announce(protocol, address, 'sampling');
      given.sampling.endpoints[protocol as 'http' | 'grpc'] = address;
    },
  };
  const servers: Component[] = [];
  if (http !== undefined) servers.push(createHttp(settings, http));
  if (grpc !== undefined) servers.push(createGrpc(settings, grpc));
  let file: StrategiesSource | undefined;
  return {
    async check() {
      if (remote !== undefined) tlsClientOptions(remote.tls);
      else if (rest.file !== undefined) await checkStrategies(rest.file);
    },
    async start() {
      if (rest.file !== undefined && remote !== undefined) file = await followRemote(settings, remote, rest.file);
      else if (rest.file !== undefined) file = await followStrategies(rest.file, settings.log);
      settings.sampling.configure(samplingConfig(rest, file));
      for (const server of servers) await server.start?.();
    },
    async stop() {
      file?.stop();
      await Promise.all(servers.map((server) => server.stop?.()));
    },
  };
}

function samplingConfig(
  {mode, probability, adaptive}: Omit<RemoteSamplingConfig, 'http' | 'grpc' | 'remote'>,
  file: StrategiesSource | undefined,
): SamplingConfig {
  const {calculation_interval: interval, max_services, max_operations} = adaptive;
  return {
    ...defaultSamplingConfig,
    mode,
    probability,
    adaptive: {
      budget: adaptive.total_samples_per_second,
      serviceBudget: adaptive.service_samples_per_second ?? Number.POSITIVE_INFINITY,
      operationBudget: adaptive.target_samples_per_second ?? Number.POSITIVE_INFINITY,
      initialProbability: adaptive.initial_sampling_probability,
      minProbability: adaptive.min_sampling_probability,
      lowerBound: adaptive.min_samples_per_second,
    },
    interval,
    limits: {services: max_services, operations: max_operations},
    file,
  };
}

function createHttp(settings: Settings, http: HttpConfig): Component {
  const answers = samplingAnswers(settings, 'http');
  const {route} = answers;
  const server = createHttpServer({
    // Jaeger's agent answered its oldest clients at the root.
    routes: new Map([
      ['/sampling', route(false)],
      ['/', route(true)],
    ]),
    refuse: (status) => ({contentType: 'text/plain; charset=utf-8', body: `${status.message}\n`}),
    onRefused: (status) => answers.count(status.reason).add(1),
    admission: settings.admission,
    log: settings.log,
    ...httpServerOptions(http, settings),
    maxBodyBytes: 1024,
    encodings: new Set(['identity'] as const),
  });
  return {
    start: () => startListening(settings, 'http', server, http.endpoint),
    stop: () => server.stop(graceMs),
  };
}

function createGrpc(settings: Settings, grpc: GrpcConfig): Component {
  const answers = samplingAnswers(settings, 'grpc');
  const server = createGrpcServer({
    methods: new Map([[samplingPath, answers.method]]),
    statusOf(error) {
      const status = errorStatus(error);
      if (status.unforeseen) settings.log.error({err: error}, 'a question for sampling failed');
      answers.count(status.reason).add(1);
      return {code: status.grpc, message: status.message};
    },
    admission: settings.admission,
    log: settings.log,
    ...grpcServerOptions(grpc, settings),
    maxMessageBytes: 64 * 1024,
  });
  return {
    start: () => startListening(settings, 'grpc', server, grpc.endpoint),
    stop: () => server.stop(graceMs),
  };
}
