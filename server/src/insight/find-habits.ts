/** What is wrong with how a service traces, whatever became of the request: notices, not reasons. */
import type {Anatomy} from './anatomy.ts';
import {SERVER} from './columns.ts';
import type {Facts, Figures, Finding, FindingKind} from './finding.ts';
import {attributeKey, type Trace} from './trace.ts';

const notice = (
  kind: FindingKind,
  confidence: number,
  spans: readonly number[],
  figures: Figures,
  facts: Facts,
): Finding => ({
  kind,
  severity: 'notice',
  confidence,
  impact: 0,
  spans,
  figures,
  facts,
});

export interface Surroundings {
  /** Services that call the root's service in other traces, where that is known. */
  readonly usualCallers?: readonly string[];
}

export function findHabits(anatomy: Anatomy, surroundings: Surroundings): Finding[] {
  return [
    ...findSensitiveData(anatomy),
    ...findUnboundedNames(anatomy),
    ...findLostContext(anatomy, surroundings),
    ...findLowSampling(anatomy),
  ];
}

/** Spans beyond these are not looked through for what should not be there. */
const mostSpans = 5_000;
const mostValue = 4_000;

/** The value itself is never repeated, only the key that holds it. */
const secrets: readonly (readonly [what: string, test: (key: string, value: string) => boolean])[] = [
  ['card number', (key, value) => !/\bid\b|_id$|time|port|offset/i.test(key) && hasCardNumber(value)],
  [
    'token',
    (_, value) =>
      /\bBearer\s+[\w.~+/-]{16,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY/.test(
        value,
      ),
  ],
  ['e-mail address', (_, value) => /[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63}){0,4}\.[a-z]{2,24}\b/i.test(value)],
  [
    'password',
    (key, value) =>
      /(^|[._-])(password|passwd|pwd|secret|api[_-]?key)$/i.test(key) &&
      value !== '' &&
      !/^[*x?•]+$|redact|mask|filtered/i.test(value),
  ],
];

function hasCardNumber(value: string): boolean {
  for (const [digits] of value.matchAll(/(?<![\d.])[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}(?![\d.])/g)) {
    const plain = digits.replace(/\D/g, '');
    if (plain.length >= 13 && plain.length <= 19 && luhn(plain)) return true;
  }
  return false;
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, double = false; at >= 0; at--, double = !double) {
    const digit = Number(digits[at]) * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

function findSensitiveData({trace}: Anatomy): Finding[] {
  const spans: number[] = [];
  const keys = new Map<string, string>();
  for (let span = 0; span < Math.min(mostSpans, trace.count); span++) {
    let isHit = false;
    for (const {key, value} of trace.attributes(span)) {
      const found = secrets.find(([, test]) => test(key, value.slice(0, mostValue)));
      if (found === undefined) continue;
      keys.set(key, found[0]);
      isHit = true;
    }
    if (isHit) spans.push(span);
  }
  if (spans.length === 0) return [];
  const {services} = trace;
  return [
    notice(
      'sensitive_data',
      0.9,
      spans,
      {count: keys.size},
      {
        keys: [...keys].slice(0, 20).map(([key, what]) => `${key} (${what})`),
        service: [...new Set(spans.map((span) => services[trace.spans.service[span]!]!))].join(', '),
      },
    ),
  ];
}

const routeKey = attributeKey('http.route');
/** An address with its query, an id, a long number: of each there are as many as there are requests. */
const unbounded =
  /\?[\w.-]+=|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[a-f]*\d)[0-9a-f]{24,}\b|\/\d{4,}(\/|$)/i;

function findUnboundedNames({trace}: Anatomy): Finding[] {
  const isUnbounded = trace.names.map((name) => unbounded.test(name));
  const spans: number[] = [];
  let name = '';
  for (let span = 0; span < trace.count && spans.length < 1_000; span++) {
    const route = trace.spans.kind[span] === SERVER ? trace.attribute(span, routeKey) : undefined;
    const bad = isUnbounded[trace.spans.name[span]!]
      ? trace.names[trace.spans.name[span]!]!
      : route !== undefined && unbounded.test(route)
        ? route
        : undefined;
    if (bad === undefined) continue;
    spans.push(span);
    name ||= bad;
  }
  if (spans.length === 0) return [];
  const service = trace.services[trace.spans.service[spans[0]!]!]!;
  return [notice('unbounded_name', 0.85, spans, {count: spans.length}, {service, name})];
}

const agentKeys = [attributeKey('user_agent.original'), attributeKey('http.user_agent')];
/** Libraries that services call with; people come with browsers, and scripts with curl. */
const libraries =
  /^(node|undici|axios|got|node-fetch|go-http-client|grpc-|okhttp|apache-httpclient|java|python-requests|python-httpx|aiohttp|reqwest|hyper|ruby|faraday|guzzle)\b/i;

/** A server that other services call stands at the top of a trace of its own: whoever called it sent no context. */
function findLostContext(anatomy: Anatomy, {usualCallers}: Surroundings): Finding[] {
  const {trace, root} = anatomy;
  // A program that nobody traces may call it as well; only of a service that services call is it odd.
  if (!mayLackCaller(anatomy) || usualCallers === undefined || usualCallers.length === 0) return [];
  const agent = trace.attribute(root, ...agentKeys);
  const isLibrary = agent !== undefined;
  return [
    notice(
      'lost_context',
      isLibrary ? 0.9 : 0.5,
      [root],
      {},
      {
        service: trace.services[trace.spans.service[root]!]!,
        operation: trace.names[trace.spans.name[root]!]!,
        ...(agent === undefined ? {} : {peer: agent.slice(0, 100)}),
        callers: usualCallers.slice(0, 5),
      },
    ),
  ];
}

/** Whether it matters who usually calls the root's service: a server that neither a browser nor a script called. */
export function mayLackCaller({trace, root}: Anatomy): boolean {
  if (root < 0 || trace.spans.kind[root] !== SERVER || trace.spans.parentSpanId[root] !== '') return false;
  const agent = trace.attribute(root, ...agentKeys);
  return agent === undefined || libraries.test(agent);
}

/** Below this, slow and failed requests are as good as never kept. */
const lowProbability = 0.05;

function findLowSampling({trace, root}: Anatomy): Finding[] {
  if (root < 0) return [];
  const probability = probabilityOf(trace, root);
  if (probability === undefined || probability >= lowProbability) return [];
  return [notice('low_sampling', 0.9, [root], {probability}, {service: trace.services[trace.spans.service[root]!]!})];
}

/** By the threshold in the trace state (OpenTelemetry's consistent sampling), or by Jaeger's attributes of a sampler. */
function probabilityOf(trace: Trace, span: number): number | undefined {
  const threshold = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})/.exec(trace.traceState(span))?.[1];
  if (threshold !== undefined) return 1 - Number.parseInt(threshold.padEnd(14, '0'), 16) / 2 ** 56;
  if (trace.attribute(span, samplerType) !== 'probabilistic') return undefined;
  const parameter = Number(trace.attribute(span, samplerParam));
  return parameter > 0 && parameter <= 1 ? parameter : undefined;
}
const samplerType = attributeKey('sampler.type');
const samplerParam = attributeKey('sampler.param');
