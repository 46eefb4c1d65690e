/**
 * What a whole pipeline costs beside the bare one, at a rate and with the sender on the same machine:
 * `npm run bench:pipeline [-- --rate 80000 --seconds 15 --rounds 3]`.
 *
 * Bare is a receiver, the memory limiter and the store. The other has attributes, filter, redaction, spanmetrics, servicegraph and
 * batch besides. Both take turns, each a Weft of its own; CPU is everything that Weft and its engine spend from the first span until
 * merges have calmed down. Bar: at most 1.4 times, nothing refused.
 */
import {parseArgs} from 'node:util';
import {median} from './measure.ts';
import {calm, machine, measuredWeft, sendSpans} from './running-weft.ts';

const {values} = parseArgs({
  options: {
    rate: {type: 'string', default: '80000'},
    seconds: {type: 'string', default: '15'},
    rounds: {type: 'string', default: '3'},
  },
});

const configOf = (processors: string, connectors: string, pipelines: string, names: string): string => `
receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:4317", max_recv_msg_size_mib: 16}}}
processors:
  memory_limiter: {check_interval: 1s, limit_percentage: 50, spike_limit_percentage: 10}
${processors}
${connectors}
exporters:
  weft:
service:
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter${names}], exporters: [weft${connectors === '' ? '' : ', spanmetrics, servicegraph'}]}
${pipelines}
`;

const bare = configOf('', '', '', '');
const full = configOf(
  `
  attributes:
    actions:
      - {key: deployment.colour, value: blue, action: upsert}
      - {key: user_agent.original, action: delete}
  filter:
    error_mode: ignore
    traces:
      span: ['attributes["url.path"] == "/healthz"', 'name == "GET /ready"']
  redaction:
    allow_all_keys: true
    blocked_values: ["4[0-9]{12}(?:[0-9]{3})?", "[a-z0-9.]+@[a-z0-9.]+[.][a-z]+"]
  batch: {timeout: 200ms}
`,
  `
connectors:
  spanmetrics: {dimensions: [{name: http.request.method}, {name: http.response.status_code}], exclude_dimensions: [collector.instance.id], metrics_flush_interval: 10s}
  servicegraph: {store: {ttl: 2s, max_items: 200000}, metrics_flush_interval: 10s}
`,
  '    metrics: {receivers: [spanmetrics, servicegraph], processors: [memory_limiter], exporters: [weft]}',
  ', attributes, filter, redaction, batch',
);

interface Measured {
  readonly micros: number;
  readonly weft: number;
  readonly refused: number;
  readonly p99: number;
}

/** Microseconds of CPU a span. */
async function measure(config: string): Promise<Measured> {
  const weft = await measuredWeft({config: `yaml:${config}`});
  const sender = (rate: number, seconds: number): string[] => [
    ...['--protocol', 'grpc', '--address', weft.endpoints.otlp_grpc as string],
    ...['--rate', String(rate), '--seconds', String(seconds)],
  ];
  try {
    // Compilers and caches warm up first.
    await sendSpans(sender(Number(values.rate) / 4, 3));
    await weft.flush();
    const before = weft.cpu();
    const sent = await sendSpans(sender(Number(values.rate), Number(values.seconds)));
    await weft.flush();
    await calm(weft);
    const after = weft.cpu();
    const own = (after.weft - before.weft) / sent.spans;
    return {
      micros: own + (after.engine - before.engine) / sent.spans,
      weft: own,
      refused: sent.refused + sent.failed,
      p99: sent.p99,
    };
  } finally {
    await weft.stop();
  }
}

console.log(machine());
const rounds: {readonly bare: Measured; readonly full: Measured}[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const one = {bare: await measure(bare), full: await measure(full)};
  rounds.push(one);
  const shown = ({micros, weft, refused, p99}: Measured): string =>
    `${micros.toFixed(1)} µs a span (Weft ${weft.toFixed(1)}), refused ${refused}, P99 ${p99.toFixed(0)} ms`;
  console.log(
    `bare ${shown(one.bare)}\nfull ${shown(one.full)}, ${(one.full.micros / one.bare.micros).toFixed(2)} times`,
  );
}
const ratio = median(rounds.map((one) => one.full.micros / one.bare.micros));
console.log(`median ${ratio.toFixed(2)} times the CPU of the bare pipeline (bar 1.40)`);
