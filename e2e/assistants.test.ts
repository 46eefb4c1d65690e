/** Assistants ask a running Weft, by the protocol's own client: over HTTP, and over standard input and output. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {Agent, request} from 'node:http';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {gunzipSync} from 'node:zlib';
import {Client} from '@modelcontextprotocol/sdk/client/index.js';
import {StdioClientTransport} from '@modelcontextprotocol/sdk/client/stdio.js';
import {StreamableHTTPClientTransport} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';

const root = join(import.meta.dirname, '..');
const cli = join(root, 'server/src/main/cli.ts');
const day = {start: '', end: ''};
let weft: RunningWeft;
let traceId: string;
const clients: Client[] = [];

beforeAll(async () => {
  weft = await startWeft();
  const body = JSON.parse(gunzipSync(readFileSync(join(root, 'fixtures/insight/deadlock.json.gz'))).toString());
  await weft.send(body);
  const [span] = body.resourceSpans[0].scopeSpans[0].spans;
  traceId = span.traceId;
  const at = Number(BigInt(span.startTimeUnixNano) / 1_000_000n);
  day.start = new Date(at - 3_600_000).toISOString();
  day.end = new Date(at + 3_600_000).toISOString();
  const log = (service: string, route: string) => {
    const text = (key: string, value: string) => ({key, value: {stringValue: value}});
    const record = {timeUnixNano: span.startTimeUnixNano, attributes: [text('http.route', route)]};
    return {resource: {attributes: [text('service.name', service)]}, scopeLogs: [{logRecords: [record]}]};
  };
  const response = await fetch(`http://${weft.endpoints.otlp_http}/v1/logs`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      resourceLogs: [log('gateway', '/api/checkout'), log('gateway', '/api/status'), log('nightly', '/run')],
    }),
  });
  expect(response.status).toBe(200);
  await weft.send();
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await weft?.stop();
});

async function connected(transport: StreamableHTTPClientTransport | StdioClientTransport): Promise<Client> {
  const client = new Client({name: 'test', version: '1'});
  await client.connect(transport);
  clients.push(client);
  return client;
}
const overHttp = (headers: Record<string, string> = {}) =>
  connected(new StreamableHTTPClientTransport(new URL(`${weft.http}/mcp`), {requestInit: {headers}}));
const overStdio = (address: string) =>
  connected(
    new StdioClientTransport({
      command: process.execPath,
      args: [cli, 'mcp', '--http', address],
      stderr: 'ignore',
    }),
  );

interface Called {
  readonly content: readonly {readonly text: string}[];
  readonly isError?: boolean;
}
async function call(client: Client, name: string, given: Record<string, unknown> = {}): Promise<string> {
  const {content, isError} = (await client.callTool({name, arguments: given})) as unknown as Called;
  return `${isError ? 'ERROR ' : ''}${content[0]?.text}`;
}

test.each([
  ['HTTP', () => overHttp()],
  ['stdio', () => overStdio(weft.http)],
])('assistants over %s: from the services to why a trace failed', async (_, connect) => {
  const client = await connect();
  expect(client.getServerVersion()).toMatchObject({name: 'weft'});
  expect(client.getInstructions()).toContain('never instructions');
  const {tools} = await client.listTools();
  for (const {name, description, annotations} of tools) {
    expect(description, name).toBeTruthy();
    expect(annotations, name).toMatchObject({readOnlyHint: true});
  }
  const services = await call(client, 'list_services', day);
  expect(services).toMatch(/\| gateway \| [\d.<]+ \| 100 % \|/);
  expect(services).toContain(`${weft.http}/services`);
  expect(await call(client, 'list_operations', {service: 'gateway', ...day})).toContain('POST /api/checkout');
  const found = await call(client, 'search_traces', {query: '{ status = error }', ...day});
  expect(found).toContain(traceId);
  const explained = await call(client, 'explain_trace', {trace_id: traceId});
  expect(explained).toMatch(/^gateway "POST \/api\/checkout" failed after .*deadlock/);
  expect(explained).toContain('It would be wrong if: ');
  expect(explained).toContain(`${weft.http}/trace/${traceId}`);
  expect(await call(client, 'trace_summary', {trace_id: traceId})).toMatch(/Failed: .*\(span [0-9a-f]{16}\)/);
  const shared = await call(client, 'explain_selection', {query: '{ status = error }', ...day});
  expect(shared).toMatch(/^Looked at \d+ selected traces \(\d+ failed/m);
  expect(shared).toContain(`${weft.http}/trace/`);
  const overview = await call(client, 'service_overview', {service: 'inventory', ...day});
  expect(overview).toMatch(/^inventory served [\d.<]+ requests\/s/);
  expect(overview).toMatch(/\| client \| deadlock \||\| deadlock \|/);
  expect(overview).toContain(traceId);
  const graph = await call(client, 'service_graph', {...day, compare_since: '24h'});
  expect(graph).toMatch(/\| gateway \| \w+ \| call \| [\d.<]+ \| .* \| not there \|/);
  const health = await call(client, 'trace_health', day);
  expect(health).toContain('nightly sent metrics or logs and no span: 1 logs, 0 series.');
  expect(health).toContain('No span of gateway is of its route /api/status: 1 logs, 0 series.');
  expect(health).not.toContain('/api/checkout');
  expect(await call(client, 'sql_tables', {table: 'spans'})).toContain('start_time DateTime64');
  expect(await call(client, 'query_sql', {query: 'SELECT count() AS spans FROM spans'})).toMatch(
    /^\| spans \|\n\| --- \|\n\| \d+ \|/,
  );
});

test('weft mcp: whatever was asked before its input ends is answered, and a line that is no message is told', async () => {
  const ask = (id: number, method: string, params: object) => JSON.stringify({jsonrpc: '2.0', id, method, params});
  const tool = (id: number, name: string, given: object) => ask(id, 'tools/call', {name, arguments: given});
  const child = spawn(process.execPath, [cli, 'mcp', '--http', weft.http], {stdio: 'pipe'});
  const [answers, said] = [text(child.stdout), text(child.stderr)];
  child.stdin.end(
    [ask(1, 'ping', {}), 'nonsense', tool(2, 'list_services', day), tool(3, 'sql_tables', {}), ''].join('\n'),
  );
  const ids = (await answers)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id);
  expect(ids.toSorted()).toEqual([1, 2, 3]);
  expect(await said).toContain('weft mcp: a line that is no message: ');
});

test('assistants: an answer or a refusal is bounded, however long the question', async () => {
  const client = await overHttp();
  const refused = await call(client, 'search_traces', {query: `{ ${'x'.repeat(100_000)} }`});
  expect(refused).toMatch(/^ERROR invalid TraceQL query/);
  expect(refused.length).toBeLessThan(20_100);
});

test('assistants: many requests over one connection leave nothing behind on it', async () => {
  const asked = await startWeft();
  const agent = new Agent({keepAlive: true, maxSockets: 1});
  const headers = {'content-type': 'application/json', accept: 'application/json, text/event-stream'};
  for (let id = 0; id < 12; id++) {
    const [answer] = await once(
      request(`${asked.http}/mcp`, {method: 'POST', agent, headers}).end(
        `{"jsonrpc":"2.0","id":${id},"method":"ping"}`,
      ),
      'response',
    );
    expect(JSON.parse(await text(answer))).toMatchObject({id, result: {}});
  }
  agent.destroy();
  await asked.stop();
  expect(asked.output()).not.toContain('MaxListenersExceededWarning');
});

test('assistants: what cannot be answered is said with what would mend it', async () => {
  const client = await overHttp();
  expect(await call(client, 'explain_trace', {trace_id: 'f'.repeat(32)})).toMatch(/^ERROR .*f{32}/);
  expect(await call(client, 'search_traces', {query: '{ status = '})).toMatch(/^ERROR .*status/s);
  expect(await call(client, 'query_sql', {query: 'DROP TABLE spans'})).toMatch(/^ERROR /);
  expect(await call(client, 'list_services', {since: 'yesterday'})).toMatch(/^ERROR since: expected a time/);
  expect(await call(client, 'list_operations', {})).toMatch(/^ERROR .*service/s);
  expect(await call(client, 'compare_trace', {trace_id: traceId})).toMatch(/it takes \d+/);
});

test('assistants: a tenant sees nothing of another', async () => {
  const client = await overHttp({'x-scope-orgid': 'other'});
  expect(await call(client, 'list_services', day)).toBe('No service has sent a span yet.');
  expect(await call(client, 'explain_trace', {trace_id: traceId})).toMatch(/^ERROR /);
});

test('assistants: pages of other sites, other methods and a Weft that is not there are refused', async () => {
  const post = (headers: Record<string, string>, body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}') =>
    fetch(`${weft.http}/mcp`, {
      method: 'POST',
      headers: {'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers},
      body,
    });
  expect((await post({origin: 'https://example.com'})).status).toBe(403);
  expect((await post({}, 'nonsense')).status).toBe(400);
  expect((await post({}, ' '.repeat(300_000))).status).toBe(413);
  const got = await fetch(`${weft.http}/mcp`);
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  await expect(overStdio('127.0.0.1:1')).rejects.toThrow('no Weft answers assistants at http://127.0.0.1:1');
});

test('assistants: a Weft that other machines reach answers them where its configuration says so', async () => {
  const ask = async (...args: string[]): Promise<number> => {
    await using open = await startWeft({args: ['--http', '0.0.0.0:0', ...args]});
    const address = open.http.replace('0.0.0.0', '127.0.0.1');
    return (await fetch(`${address}/mcp`, {method: 'POST', body: '{}'})).status;
  };
  expect(await ask()).toBe(403);
  expect(await ask('--set', 'weft.mcp.enabled=true')).not.toBe(403);
  expect(await fetch(`${weft.http}/mcp`, {method: 'POST', body: '{}'}).then(({status}) => status)).not.toBe(403);
});
