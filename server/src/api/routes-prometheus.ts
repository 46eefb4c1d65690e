/**
 * Prometheus's query API under `/prometheus`, for Grafana's Prometheus data source and `promtool`, over the stored metrics. Facts:
 * `web/api/v1` of Prometheus 3.
 */
import {
  type Answer as Evaluated,
  type EvaluateOptions,
  evaluate,
  type Grid,
  type Labels,
  type Notes,
  nameLabel,
  PromqlError,
  prettify,
  selectorsIn,
  timeAt,
  type VectorSelector,
  writeNumber,
} from '../promql/index.ts';
import type {PointRange} from '../query/index.ts';
import {ForeignFailure} from './errors.ts';
import {first, type Query} from './parameters.ts';
import {
  badData,
  readExpression,
  readForm,
  readLimit,
  readMillis,
  readMoment,
  readSelectors,
} from './prometheus-parameters.ts';
import {exemplarJson, PrometheusSeries, prometheusName, prometheusType} from './prometheus-series.ts';
import {treeJson} from './prometheus-tree.ts';
import {
  type Answer,
  json,
  type ParameterDoc,
  pathDocs,
  queryDoc,
  type Route,
  type RouteRequest,
  type Services,
} from './route.ts';

/** The version of Prometheus whose API this is: Grafana asks older ones differently. */
const prometheusVersion = '3.16.0';
/** A chart has no more pixels. */
const maxPoints = 11_000;
/** A form holds the same as an address, and more. */
const formBytes = 1024 * 1024;
/** Samples that a question has in memory at once: some 16 bytes each. */
const maxSamples = 20_000_000;
/** A chart with more is a cloud. */
const maxExemplars = 10_000;
const hourMs = 3_600_000;

type Handle = (form: Query, request: RouteRequest, services: Services) => Promise<Answer>;

const doc = (name: string, expected: string, description: string, fallback?: string): ParameterDoc =>
  queryDoc(name, expected, description, {default: fallback});
const required = (name: string, expected: string, description: string): ParameterDoc =>
  queryDoc(name, expected, description, {required: true});
const moment = 'seconds since 1970, or RFC 3339';
const queryDocument = required('query', 'PromQL', 'What is asked.');
const lookback = doc('lookback_delta', 'a duration', 'How long a sample stands for what comes after it.', '5m');
const limit = doc('limit', 'a whole number', 'How many at most; a warning says that there are more.', '0: all');
const ranges = [
  doc('start', moment, 'The start of the range.', 'an hour ago'),
  doc('end', moment, 'The end of the range.', 'now'),
];
const match = queryDoc('match[]', 'a selector', 'Which series; several are those of any of them.', {repeatable: true});

export const prometheusRoutes: readonly Route[] = [
  ...both(
    '/query',
    'Values at one moment.',
    [queryDocument, doc('time', moment, 'The moment.', 'now'), lookback, limit],
    '`{"resultType", "result"}`',
    query,
  ),
  ...both(
    '/query_range',
    'Values over time.',
    [
      queryDocument,
      required('start', moment, 'The first moment.'),
      required('end', moment, 'The last moment.'),
      required('step', 'seconds, or a duration', `Between two moments; of these there are at most ${maxPoints}.`),
      lookback,
      limit,
    ],
    '`{"resultType": "matrix", "result"}`',
    queryRange,
  ),
  ...both('/format_query', 'The query, broken into lines.', [queryDocument], 'a text', async (form) =>
    success(prettify(readExpression(first(form, 'query')))),
  ),
  ...both('/parse_query', 'The tree of the query.', [queryDocument], 'an object', async (form) =>
    success(treeJson(readExpression(first(form, 'query')))),
  ),
  ...both(
    '/series',
    'The labels of series.',
    [{...match, required: true}, ...ranges, limit],
    'an array of objects',
    async (form, request, services) => {
      const selectors = readSelectors(form);
      if (selectors.length === 0) throw badData('no match[] parameter provided');
      const found = await seriesOf(selectors, form, request, services);
      return limited(
        found.map((labels) => labels.toJSON()),
        form,
      );
    },
  ),
  ...both(
    '/labels',
    'Names of labels.',
    [match, ...ranges, limit],
    'an array of texts',
    async (form, request, services) => {
      const found = await seriesOf(readSelectors(form), form, request, services);
      return limited(sortedTexts(found.flatMap(({pairs}) => pairs.map(([name]) => name))), form);
    },
  ),
  route(
    'GET',
    '/label/:name/values',
    'Values of a label.',
    [...pathDocs({name: 'The label.'}), match, ...ranges, limit],
    'an array of texts',
    labelValues,
  ),
  route(
    'GET',
    '/metadata',
    'What metrics are.',
    [
      doc('metric', 'a name', 'Of this metric only.'),
      doc('limit', 'a whole number', 'Of how many metrics at most.', 'all'),
      doc('limit_per_metric', 'a whole number', 'How many descriptions of one metric at most.', 'all'),
    ],
    '`{METRIC: [{"type", "help", "unit"}]}`',
    metadata,
  ),
  ...both(
    '/query_exemplars',
    'Exemplars of the series that a query names: measurements with their traces. Of a histogram they are those of its buckets.',
    [queryDocument, ...ranges],
    '`[{"seriesLabels", "exemplars": [{"labels", "value", "timestamp"}]}]`',
    queryExemplars,
  ),
  // There are none of these in Weft: an empty list is the true answer, and Grafana asks for it.
  route('GET', '/rules', 'Rules: none.', [], '`{"groups": []}`', async () => success({groups: []})),
  route('GET', '/alerts', 'Alerts: none.', [], '`{"alerts": []}`', async () => success({alerts: []})),
  route(
    'GET',
    '/alertmanagers',
    'Alertmanagers: none.',
    [],
    '`{"activeAlertmanagers": [], "droppedAlertmanagers": []}`',
    async () => success({activeAlertmanagers: [], droppedAlertmanagers: []}),
  ),
  route('GET', '/status/buildinfo', 'The version of Prometheus whose API this is.', [], 'an object', async () =>
    success({version: prometheusVersion, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: ''}),
  ),
];

function route(
  method: 'GET' | 'POST',
  path: string,
  summary: string,
  parameters: readonly ParameterDoc[],
  answer: string,
  handle: Handle,
): Route {
  return {
    method,
    path: `/prometheus/api/v1${path}`,
    dialect: 'prometheus',
    summary,
    parameters,
    ...(method === 'POST'
      ? {body: 'the same parameters as a form (`application/x-www-form-urlencoded`)', maxBodyBytes: formBytes}
      : {}),
    answer,
    handle: (request, services) => handle(readForm(request), request, services),
  };
}

/** Queries may be longer than addresses: they come as a form too. */
function both(
  path: string,
  summary: string,
  parameters: readonly ParameterDoc[],
  answer: string,
  handle: Handle,
): Route[] {
  return [
    route('GET', path, summary, parameters, answer, handle),
    route('POST', path, summary, parameters, answer, handle),
  ];
}

function success(data: unknown, {warnings, infos}: Partial<Notes> = {}): Answer {
  return json({
    status: 'success',
    data,
    ...(warnings?.size ? {warnings: [...warnings]} : {}),
    ...(infos?.size ? {infos: [...infos]} : {}),
  });
}

const truncated = 'results truncated due to limit';

function limited(all: readonly unknown[], form: Query): Answer {
  const most = readLimit(form);
  return most === 0 || all.length <= most
    ? success(all)
    : success(all.slice(0, most), {warnings: new Set([truncated])});
}

const sortedTexts = (texts: readonly string[]): string[] =>
  [...new Set(texts)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

const samplesOf = ({tenant, budget}: RouteRequest, {source}: Services): PrometheusSeries =>
  new PrometheusSeries(source, tenant, budget);

async function asked(
  text: string,
  times: Pick<EvaluateOptions, 'start' | 'end' | 'step'>,
  form: Query,
  request: RouteRequest,
  services: Services,
): Promise<Evaluated> {
  const tree = readExpression(text);
  const lookbackText = first(form, 'lookback_delta');
  const options = {...times, text, maxSamples, source: samplesOf(request, services)};
  try {
    return await evaluate(
      tree,
      lookbackText === '' ? options : {...options, lookback: readMillis(form, 'lookback_delta')},
    );
  } catch (error) {
    if (error instanceof PromqlError) throw new ForeignFailure(422, error.message);
    throw error;
  }
}

async function query(form: Query, request: RouteRequest, services: Services): Promise<Answer> {
  const at = readMoment(form, 'time', services.clock.now());
  const answer = await asked(first(form, 'query'), {start: at, end: at, step: 0}, form, request, services);
  const {notes} = answer;
  const time = at / 1000;
  switch (answer.kind) {
    case 'scalar':
      return success({resultType: 'scalar', result: [time, writeNumber(answer.values[0] as number)]}, notes);
    case 'string':
      return success({resultType: 'string', result: [time, answer.value]}, notes);
    case 'vector':
      return cut(
        form,
        'vector',
        answer.columns.map(({labels, values}) => ({metric: labels, value: [time, writeNumber(values[0] as number)]})),
        notes,
      );
    case 'matrix':
      return cut(
        form,
        'matrix',
        answer.series.map(({labels, times, values}) => ({
          metric: labels,
          values: Array.from(times, (each, i) => [each / 1000, writeNumber(values[i] as number)]),
        })),
        notes,
      );
  }
}

function cut(form: Query, resultType: string, result: readonly unknown[], notes: Notes): Answer {
  const most = readLimit(form);
  if (most === 0 || result.length <= most) return success({resultType, result}, notes);
  return success(
    {resultType, result: result.slice(0, most)},
    {...notes, warnings: new Set([...notes.warnings, truncated])},
  );
}

async function queryRange(form: Query, request: RouteRequest, services: Services): Promise<Answer> {
  const [start, end] = [readMoment(form, 'start'), readMoment(form, 'end')];
  if (end < start) throw badData('invalid parameter "end": end timestamp must not be before start time');
  const step = readMillis(form, 'step');
  if (step <= 0)
    throw badData(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  if ((end - start) / step > maxPoints)
    throw badData(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  const answer = await asked(first(form, 'query'), {start, end, step}, form, request, services);
  if (answer.kind === 'matrix' || answer.kind === 'string') {
    const kind = answer.kind === 'string' ? 'string' : 'range vector';
    throw badData(
      `invalid parameter "query": invalid expression type ${JSON.stringify(kind)} for range query, must be Scalar or instant Vector`,
    );
  }
  const {grid, notes} = answer;
  if (answer.kind === 'scalar') {
    const values = Array.from(answer.values, (value, i) => [timeAt(grid, i) / 1000, writeNumber(value)]);
    return success({resultType: 'matrix', result: [{metric: {}, values}]}, notes);
  }
  const columns = answer.columns.toSorted((a, b) => a.labels.compare(b.labels));
  return cut(
    form,
    'matrix',
    columns.map(({labels, values, present}) => ({metric: labels, values: points(grid, values, present)})),
    notes,
  );
}

function points(grid: Grid, values: Float64Array, present: Uint8Array): [number, string][] {
  const out: [number, string][] = [];
  for (let i = 0; i < grid.count; i++)
    if (present[i] === 1) out.push([timeAt(grid, i) / 1000, writeNumber(values[i] as number)]);
  return out;
}

function rangeOf(form: Query, now: number): PointRange {
  const to = readMoment(form, 'end', now);
  return {from: readMoment(form, 'start', to - hourMs) - 1, to};
}

/** Labels of series that any of the selectors fits; of all series without one. */
async function seriesOf(
  selectors: readonly VectorSelector[],
  form: Query,
  request: RouteRequest,
  services: Services,
): Promise<Labels[]> {
  const range = rangeOf(form, services.clock.now());
  const series = samplesOf(request, services);
  const found = new Map<string, Labels>();
  for (const {matchers} of selectors.length === 0 ? [{matchers: []}] : selectors)
    for (const labels of await series.labels(matchers, range)) found.set(labels.key, labels);
  return [...found.values()].sort((a, b) => a.compare(b));
}

/** A name that Prometheus's addresses cannot hold is written in them as `U__a_2e_b`. */
function unescaped(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name
    .slice(3)
    .replace(/__|_([\da-fA-F]{1,6})_/g, (_all, hex?: string) =>
      hex === undefined ? '_' : String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(hex, 16))),
    );
}

async function labelValues(form: Query, request: RouteRequest, services: Services): Promise<Answer> {
  const name = unescaped(request.path['name'] ?? '');
  const selectors = readSelectors(form);
  if (name === nameLabel && selectors.length === 0) {
    const range = rangeOf(form, services.clock.now());
    return limited(await samplesOf(request, services).names(range), form);
  }
  const found = await seriesOf(selectors, form, request, services);
  return limited(sortedTexts(found.map((labels) => labels.get(name)).filter((value) => value !== '')), form);
}

async function queryExemplars(form: Query, request: RouteRequest, services: Services): Promise<Answer> {
  const range = rangeOf(form, services.clock.now());
  if (range.to <= range.from) throw badData('end timestamp must not be before start timestamp');
  const selectors = selectorsIn(readExpression(first(form, 'query'))).map(({matchers}) => matchers);
  const found = await samplesOf(request, services).exemplars(selectors, range, maxExemplars);
  const count = [...found.values()].reduce((sum, all) => sum + all.length, 0);
  const data = [...found]
    .sort(([a], [b]) => a.compare(b))
    .map(([seriesLabels, all]) => ({seriesLabels, exemplars: all.map(exemplarJson)}));
  return success(
    data,
    count < maxExemplars ? {} : {warnings: new Set([`only the newest ${maxExemplars} exemplars are told`])},
  );
}

/** Of the metrics of the last day. */
async function metadata(form: Query, request: RouteRequest, {source, clock}: Services): Promise<Answer> {
  const {tenant, budget} = request;
  const now = clock.now();
  const only = first(form, 'metric');
  const most = readLimit(form) || Number.POSITIVE_INFINITY;
  const each = Number(first(form, 'limit_per_metric') || 0) || Number.POSITIVE_INFINITY;
  const told = new Map<string, {type: string; help: string; unit: string}[]>();
  for (const metric of await source.metrics(tenant, {from: now - 24 * hourMs, to: now}, {budget})) {
    const name = prometheusName(metric);
    if ((only !== '' && name !== only) || (!told.has(name) && told.size >= most)) continue;
    const list = told.get(name) ?? [];
    const one = {type: prometheusType(metric), help: metric.description, unit: ''};
    if (list.length < each && !list.some(({type, help}) => type === one.type && help === one.help)) list.push(one);
    told.set(name, list);
  }
  return success(Object.fromEntries(told));
}
