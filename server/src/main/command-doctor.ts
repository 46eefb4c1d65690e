/** `weft doctor`: why do no traces appear? Each check says what it saw and what to do about it. */
import {randomBytes} from 'node:crypto';
import {statfsSync} from 'node:fs';
import type {PipelineResponse, SamplingResponse} from '../api/index.ts';
import {errorMessage} from '../base/index.ts';
import {type ConfigType, list, parseJson, record, required, string, withDefault} from '../config/index.ts';
import {type Command, readFlags} from './command.ts';
import {pipelineFindings, whyNotFound} from './doctor-pipelines.ts';
import {whyRefused, whySilent} from './doctor-receiver.ts';
import {refusals} from './doctor-refusals.ts';
import {sampledAway} from './doctor-sampling.ts';
import {readEndpoints} from './endpoints.ts';

const flags = {
  data: {value: 'DIR', default: './weft-data', help: "The running Weft's data directory; tells its addresses"},
  http: {value: 'ADDRESS', help: 'Its http address, where the directory is not at hand (default: 127.0.0.1:16686)'},
  otlp: {value: 'ADDRESS', help: 'Its OTLP/HTTP address (default: 127.0.0.1:4318)'},
} as const;

type Finding =
  | {readonly kind: 'good'; readonly text: string}
  | {readonly kind: 'note'; readonly text: string; readonly fix: string}
  | {readonly kind: 'bad'; readonly text: string; readonly fix: string};

const good = (text: string): Finding => ({kind: 'good', text});
const note = (text: string, fix: string): Finding => ({kind: 'note', text, fix});
const bad = (text: string, fix: string): Finding => ({kind: 'bad', text, fix});

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Find out why no traces appear: checks a running Weft end to end.',
  details: 'Sends one span by OTLP/HTTP (service "weft-doctor") and looks for it. Exits 1 when something is wrong.',
  flags,
  async run(args) {
    const values = readFlags(flags, args);
    const directory = values.text('data') as string;
    const known = readEndpoints(directory);
    const http = addressOf(values.text('http')) ?? known?.http ?? '127.0.0.1:16686';
    // One that runs without the receiver must not send the span to a stranger on the usual port.
    const otlp =
      addressOf(values.text('otlp')) ?? known?.otlp_http ?? (known === undefined ? '127.0.0.1:4318' : undefined);
    let failed = false;
    for await (const finding of examine(http, otlp, directory, known !== undefined)) {
      if (finding.kind === 'bad') failed = true;
      console.log(`${{good: '✓', note: '·', bad: '✗'}[finding.kind]} ${finding.text}`);
      if (finding.kind !== 'good' && finding.fix !== '') console.log(`    ${finding.fix}`);
    }
    return failed ? 1 : 0;
  },
};

/** `host:port` of an address that may be written as a URL. */
const addressOf = (written: string | undefined): string | undefined => written?.replace(/^https?:\/\/|\/.*$/g, '');

/** The checks, each building on the last; ends early where going on would only repeat the same fault. */
async function* examine(
  http: string,
  otlp: string | undefined,
  directory: string,
  known: boolean,
): AsyncGenerator<Finding> {
  const ready = await ask(`http://${http}/ready`);
  if (ready.kind === 'failed') {
    const none = known ? '' : `no Weft runs on ${directory} (there is no endpoints.json in it), and `;
    yield bad(
      `${none}nothing answers at http://${http} (${ready.error})`,
      'Start it with ./weft serve, or name its address with --http or its directory with --data.',
    );
    return;
  }
  const state = parsed(readyAnswer, ready.text);
  if (state === undefined) {
    yield bad(
      `what answers at http://${http} is not Weft (GET /ready: ${ready.status})`,
      'Another program uses the address. Name the right one with --http, or its directory with --data.',
    );
    return;
  }
  const {reasons} = state;
  if (reasons.length === 0) yield good(`Weft answers at http://${http} and takes data`);
  else {
    yield bad(
      `Weft answers at http://${http} but takes no data: ${reasons.join('; ')}`,
      'Senders are told to come back. Mend what is named here; its log says more.',
    );
  }
  // Before the doctor's own span is among what came.
  const pipelines = await askPipelines(http);
  const faults = pipelines?.configuration.refused?.faults ?? [];
  for (const fault of faults) {
    yield bad(
      `the configuration that is written now is not in use: ${fault}`,
      'Weft runs on with the one before it. Mend the file: it is taken over as soon as it is sound.',
    );
  }
  const degraded = state.degraded.filter((problem) => !faults.some((fault) => problem.endsWith(fault)));
  for (const problem of degraded) {
    yield bad(
      problem,
      'Data is taken and kept in the spool as long as it has room; it is found once this is mended. Nothing acknowledged is lost.',
    );
  }
  for (const finding of pipelines === undefined ? [] : pipelineFindings(pipelines)) yield finding;

  const answers = yield* examineSpan(http, otlp, pipelines, degraded.length > 0);
  if (answers) {
    yield* examineTraffic(http, arrivals(pipelines));
    yield* examineSampling(http);
  }
  yield* examineSettings();
  if (known) yield examineDisk(directory);
  if (known && readEndpoints(directory)?.query_grpc === undefined) {
    yield note(
      "Jaeger's query API is not served over gRPC",
      'Either `weft.grpc.enabled` is false, or another process, such as a Jaeger, has the port: the log says so at the start.',
    );
  }
}

/** Sends a span and looks for it; gives whether the store answers, as far as that is known. */
async function* examineSpan(
  http: string,
  otlp: string | undefined,
  pipelines: PipelineResponse | undefined,
  isDegraded: boolean,
): AsyncGenerator<Finding, boolean> {
  if (otlp === undefined) {
    yield note(
      'the configuration has no OTLP/HTTP receiver: the way to the store was not tried',
      'Add `http:` to receivers.otlp.protocols where applications send by it. Those that send by other protocols do without.',
    );
    return !isDegraded;
  }
  const traceId = randomBytes(16).toString('hex');
  const sent = await ask(`http://${otlp}/v1/traces`, testSpan(traceId));
  if (sent.kind === 'failed') {
    yield await whySilent(otlp, sent.error);
    return !isDegraded;
  }
  if (sent.status !== 200) {
    yield whyRefused(otlp, sent, pipelines);
    return !isDegraded;
  }
  yield good(`the receiver at ${otlp} acknowledged a span`);
  // It cannot be found before ClickHouse has it, and the reason was told.
  if (isDegraded) return false;
  const flushed = await ask(`http://${http}/api/weft/v1/flush`, '');
  if (flushed.kind === 'failed' || flushed.status !== 200) {
    yield bad(
      'the span was acknowledged and ClickHouse has not taken it within ten seconds',
      'It is safe in the spool. ClickHouse is slow or away: GET /ready and the log say more.',
    );
    return false;
  }
  const found = await ask(`http://${http}/api/weft/v1/traces/${traceId}`);
  if (found.kind === 'answered' && found.status === 200)
    yield good('the span can be found: receiver, pipeline, store and query work');
  else {
    const now = await askPipelines(http);
    const why = now === undefined ? undefined : whyNotFound(now, otlp);
    yield bad(
      `the span was acknowledged and cannot be found${why === undefined ? '' : `: ${why.text}`}`,
      why?.fix ??
        'A processor or exporter of the configuration may drop or redirect it: every traces pipeline that should be seen here needs the exporter weft.',
    );
  }
  return true;
}

/** Undefined where it does not tell. */
async function askPipelines(http: string): Promise<PipelineResponse | undefined> {
  const answer = await ask(`http://${http}/api/weft/v1/pipeline`);
  return answer.kind === 'answered' && answer.status === 200
    ? (JSON.parse(answer.text) as PipelineResponse)
    : undefined;
}

/** Spans that receivers took since the start. */
const arrivals = (pipelines: PipelineResponse | undefined): number =>
  (pipelines?.edges ?? [])
    .filter(({from, signal}) => signal === 'traces' && from.startsWith('receiver/'))
    .reduce((sum, {total}) => sum + total, 0);

async function* examineTraffic(http: string, arrived: number): AsyncGenerator<Finding> {
  const services = await ask(`http://${http}/api/weft/v1/services`);
  const names =
    services.kind === 'answered' && services.status === 200
      ? (parsed(servicesAnswer, services.text)?.services ?? [])
          .map(({name}) => name)
          .filter((name) => name !== 'weft-doctor')
      : [];
  if (names.length > 0)
    yield good(
      `services seen: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`,
    );
  else if (arrived > 0) {
    yield note(
      'spans have arrived, and no service is known by them',
      'They are not stored here, or not yet: what each pipeline does with them stands above.',
    );
  } else {
    yield note(
      'no application has sent a span yet',
      'Set OTEL_EXPORTER_OTLP_ENDPOINT in it, check that its sampler is not always_off (OTEL_TRACES_SAMPLER), and that short-lived programs flush before they exit.',
    );
  }
  const metrics = await ask(`http://${http}/metrics`);
  if (metrics.kind === 'failed') return;
  for (const {text, fix} of metrics.status === 200 ? refusals(metrics.text) : []) yield note(text, fix);
  yield* examineClocks(http, names.length);
}

/** A service whose clock is wrong sends spans that nobody finds where they look for them. */
async function* examineClocks(http: string, services: number): AsyncGenerator<Finding> {
  const newest = async (query: string): Promise<readonly NewestTrace[]> => {
    const answer = await ask(`http://${http}/api/weft/v1/traces?${query}`);
    const traces = answer.kind === 'answered' ? parsed(tracesAnswer, answer.text)?.traces : undefined;
    return (traces ?? []).filter(({rootService}) => rootService !== 'weft-doctor');
  };
  const now = Date.now();
  const startOf = ({startUnixNano}: NewestTrace): number => Number(startUnixNano) / 1e6;
  const ahead = (await newest(`limit=20&start=${nano(now + 60_000)}`))[0];
  if (ahead !== undefined) {
    yield note(
      `spans of ${ahead.rootService} are ${minutes(startOf(ahead) - now)} in the future`,
      'Its clock, or this machine’s, is wrong: such traces stand outside every usual time range. Set it (NTP).',
    );
  }
  if (services === 0 || (await newest(`limit=20&start=${nano(now - recentMs)}`)).length > 0) return;
  const last = (await newest('limit=20'))[0];
  if (last !== undefined) {
    yield note(
      `the newest span is ${minutes(now - startOf(last))} old (${last.rootService})`,
      'Nothing has been sent since, or the sender’s clock is behind: look at a longer time range, and at the sender.',
    );
  }
}

const recentMs = 15 * 60_000;
const nano = (millis: number): string => `${Math.round(millis)}000000`;
const minutes = (millis: number): string => {
  const count = Math.round(millis / 60_000);
  return count < 180 ? `${count} min` : `${Math.round(count / 60)} h`;
};

async function* examineSampling(http: string): AsyncGenerator<Finding> {
  const sampling = await ask(`http://${http}/api/weft/v1/sampling`);
  if (sampling.kind === 'failed' || sampling.status !== 200) return;
  for (const {text, fix} of sampledAway(JSON.parse(sampling.text) as SamplingResponse, Date.now()))
    yield note(text, fix);
}

function* examineSettings(): Generator<Finding> {
  const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (
    endpoint !== undefined &&
    /:4317\b/.test(endpoint) &&
    process.env.OTEL_EXPORTER_OTLP_PROTOCOL?.startsWith('http')
  ) {
    yield bad(
      `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint} is the gRPC port, but OTEL_EXPORTER_OTLP_PROTOCOL says HTTP`,
      'Use :4318 for HTTP, or protocol grpc.',
    );
  }
  if (process.env.OTEL_SDK_DISABLED === 'true')
    yield bad('OTEL_SDK_DISABLED=true', 'Unset it: no SDK in this environment sends anything.');
  if (process.env.OTEL_TRACES_SAMPLER === 'always_off')
    yield bad('OTEL_TRACES_SAMPLER=always_off', 'Unset it: nothing is sampled.');
}

function examineDisk(directory: string): Finding {
  const {bavail, bsize, blocks} = statfsSync(directory);
  const free = (bavail * bsize) / 2 ** 30;
  const share = bavail / blocks;
  const text = `${free.toFixed(1)} GiB free on the disk of ${directory}`;
  return share < 0.05 || free < 1
    ? bad(text, 'Free some, or shorten weft.retention: a full disk makes Weft refuse data.')
    : good(text);
}

const readyAnswer = record({
  reasons: required(list(string()), 'why it takes no data'),
  degraded: withDefault(list(string()), [], '[]', 'what else is amiss'),
});
const servicesAnswer = record({services: required(list(record({name: required(string(), '')})), '')});
const newestTrace = record({rootService: required(string(), ''), startUnixNano: required(string(), '')});
const tracesAnswer = record({traces: required(list(newestTrace), '')});
type NewestTrace = ReturnType<typeof newestTrace.read>;

/** Undefined where it is not what Weft answers. */
function parsed<T>(type: ConfigType<T>, text: string): T | undefined {
  try {
    return parseJson(type, text, '');
  } catch {
    return undefined;
  }
}

type Asked =
  | {readonly kind: 'answered'; readonly status: number; readonly text: string}
  | {readonly kind: 'failed'; readonly error: string};

/** GET, or POST where there is a body. */
async function ask(url: string, body?: string): Promise<Asked> {
  try {
    const init = body === undefined ? {} : {method: 'POST', body, headers: {'content-type': 'application/json'}};
    const response = await fetch(url, {...init, signal: AbortSignal.timeout(10_000)});
    return {kind: 'answered', status: response.status, text: await response.text()};
  } catch (error) {
    return {
      kind: 'failed',
      error: error instanceof Error && error.cause !== undefined ? errorMessage(error.cause) : errorMessage(error),
    };
  }
}

function testSpan(traceId: string): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  return JSON.stringify({
    resourceSpans: [
      {
        resource: {attributes: [{key: 'service.name', value: {stringValue: 'weft-doctor'}}]},
        scopeSpans: [
          {
            scope: {name: 'weft-doctor'},
            spans: [
              {
                traceId,
                spanId: traceId.slice(0, 16),
                name: 'checkup',
                kind: 1,
                startTimeUnixNano: now.toString(),
                endTimeUnixNano: (now + 1_000_000n).toString(),
              },
            ],
          },
        ],
      },
    ],
  });
}
