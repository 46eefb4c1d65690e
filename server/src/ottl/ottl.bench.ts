/**
 * What statements and conditions of OTTL cost a span: `node server/src/ottl/ottl.bench.ts`. A batch of 8,192 spans with ten
 * attributes each is made anew for each round, outside of the measured time.
 */
import {createSpanBatch, type SpanBatch, setAttribute} from '../model/index.ts';
import {compileCondition, compileStatement, type Statement} from './index.ts';

const spans = 8192;
const rounds = 40;

const conditions = [
  'name == "GET /cart"',
  'attributes["http.request.method"] == "POST"',
  'attributes["http.response.status_code"] >= 500',
  'kind == SPAN_KIND_SERVER and status.code == STATUS_CODE_ERROR',
  'resource.attributes["service.name"] == "shop" and attributes["missing"] == nil',
  'IsMatch(attributes["url.path"], "^/users/[0-9]+$")',
];
const statements = [
  'set(attributes["environment"], "production")',
  'set(attributes["http.request.method"], "GET") where attributes["http.request.method"] == "get"',
  'delete_key(attributes, "user_agent.original")',
  'keep_keys(attributes, ["http.request.method", "http.route", "url.path"])',
  'replace_pattern(attributes["url.path"], "/users/[0-9]+", "/users/{id}")',
  'set(name, Concat([attributes["http.request.method"], attributes["http.route"]], " "))',
  'truncate_all(attributes, 20)',
];

function makeBatch(): SpanBatch {
  const batch = createSpanBatch();
  const resource = batch.resources.add();
  const {attributes} = batch.resources.columns;
  setAttribute(batch, attributes, resource, 'host.name', {type: 'string', value: 'node-7'});
  setAttribute(batch, attributes, resource, 'service.name', {type: 'string', value: 'shop'});
  batch.scopes.add();
  const {columns} = batch.spans;
  for (let i = 0; i < spans; i++) {
    const row = batch.spans.add();
    columns.kind.set(row, (i % 5) + 1);
    columns.statusCode.set(row, i % 10 === 0 ? 2 : 0);
    columns.name.setText(row, batch.heap, i % 2 === 0 ? 'GET /cart' : 'GET /users/{id}');
    const set = (key: string, value: string | bigint): void =>
      setAttribute(
        batch,
        columns.attributes,
        row,
        key,
        typeof value === 'bigint' ? {type: 'int', value} : {type: 'string', value},
      );
    set('server.address', 'shop.example.com');
    set('server.port', 443n);
    set('url.scheme', 'https');
    set('url.path', i % 2 === 0 ? '/cart' : `/users/${i}`);
    set('http.request.method', i % 3 === 0 ? 'POST' : 'GET');
    set('http.route', i % 2 === 0 ? '/cart' : '/users/{id}');
    set('http.response.status_code', i % 10 === 0 ? 503n : 200n);
    set('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0');
    set('network.protocol.version', '1.1');
    set('thread.id', BigInt(i % 16));
  }
  return batch;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** The median of the rounds, in nanoseconds a span. */
function measure(run: (batch: SpanBatch) => void, isReadOnly: boolean): number {
  const times: number[] = [];
  let batch = makeBatch();
  for (let round = 0; round < rounds; round++) {
    if (!isReadOnly) batch = makeBatch();
    const begin = process.hrtime.bigint();
    run(batch);
    times.push(Number(process.hrtime.bigint() - begin) / spans);
  }
  return median(times.slice(rounds / 4));
}

function print(text: string, nanos: number): void {
  console.log(`${nanos.toFixed(0).padStart(6)} ns/span  ${text}`);
}

for (const text of conditions) {
  const compiled = compileCondition(text, 'span');
  if (compiled.kind === 'faulty') throw new Error(compiled.faults[0]?.message);
  let held = 0;
  const nanos = measure((batch) => {
    for (let row = 0; row < spans; row++) if (compiled.value.test(batch, row)) held++;
  }, true);
  print(`${text} (${Math.round((100 * held) / rounds / spans)} % hold)`, nanos);
}
for (const text of statements) {
  const compiled = compileStatement(text, 'span');
  if (compiled.kind === 'faulty') throw new Error(compiled.faults[0]?.message);
  const statement: Statement = compiled.value;
  print(
    text,
    measure((batch) => {
      for (let row = 0; row < spans; row++) statement.run(batch, row);
    }, false),
  );
}
