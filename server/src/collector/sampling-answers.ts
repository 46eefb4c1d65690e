/** Answers to services that ask how to sample, for every server that takes the question: the extension's, Jaeger's ports. */
import {type Counter, PermanentError, utf8Bytes} from '../base/index.ts';
import type {GrpcMethod, HttpRoute} from '../net/index.ts';
import {contextOf, type Settings} from '../pipeline/index.ts';
import {decodeStrategyRequest, encodeStrategy, strategyJson} from '../sampling/index.ts';

export const samplingPath = '/jaeger.api_v2.SamplingManager/GetSamplingStrategy';
/** Longer names are no services'. */
const maxServiceBytes = 512;

/** What one protocol asks with; `count` counts its requests by their outcome. */
export function samplingAnswers(settings: Settings, protocol: string) {
  const count = requestCounter(settings, protocol);
  const strategyOf = async (headers: Parameters<typeof contextOf>[0], given: string) => {
    const {tenant} = contextOf(headers, false);
    const service = checkedService(given);
    await settings.sampling.config.file?.prepare?.(service);
    const strategy = settings.sampling.of(tenant).strategyFor(service);
    count('success').add(1);
    return strategy;
  };
  const method: GrpcMethod = {
    kind: 'unary',
    handle: async (body, {headers}) => encodeStrategy(await strategyOf(headers, decodeStrategyRequest(body))),
  };
  const route = (numericEnums: boolean): HttpRoute => ({
    method: 'GET',
    contentTypes: [],
    async handle({query, headers}) {
      const services = new URLSearchParams(query).getAll('service');
      if (services.length !== 1) {
        throw new PermanentError(
          'no_service',
          "'service' parameter must be provided once, as in /sampling?service=NAME",
        );
      }
      const strategy = await strategyOf(headers, services[0] as string);
      return {status: 200, contentType: 'application/json', body: strategyJson(strategy, numericEnums)};
    },
  });
  return {count, method, route};
}

/** Counts the requests of one protocol by their outcome. */
function requestCounter({meter}: Settings, protocol: string): (outcome: string) => Counter {
  const requests = meter.counter('weft_sampling_requests_total', 'Questions of services for their sampling.');
  const series = new Map<string, Counter>();
  return (outcome) => {
    let counter = series.get(outcome);
    if (counter === undefined) series.set(outcome, (counter = requests.with({protocol, outcome})));
    return counter;
  };
}

function checkedService(service: string): string {
  if (service === '') throw new PermanentError('no_service', 'the name of the service is empty');
  if (utf8Bytes(service).length > maxServiceBytes) {
    throw new PermanentError('long_service', `the name of the service has more than ${maxServiceBytes} bytes`);
  }
  return service;
}
