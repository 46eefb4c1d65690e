/** The exporter `zipkin` to a foreign server: what it sends, and what it makes of the answers. */
import * as http from 'node:http';
import type {AddressInfo} from 'node:net';
import {gunzipSync} from 'node:zlib';
import {expect, it} from 'vitest';
import {otlp} from '../wire/index.ts';
import {startTestCollector} from './testing.ts';

/** A server that answers in turn as `answers` says, then with 202. */
async function foreign(answers: readonly (readonly [status: number, text?: string, retryAfter?: string])[] = []) {
  const left = [...answers];
  const requests: {readonly headers: http.IncomingHttpHeaders; readonly url: string; readonly body: Buffer}[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({headers: request.headers, url: String(request.url), body: Buffer.concat(chunks)});
      const [status, text = '', retryAfter] = left.shift() ?? [202];
      response.writeHead(status, retryAfter === undefined ? {} : {'retry-after': retryAfter}).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/spans`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const forwarding = (url: string, more = '') =>
  startTestCollector({
    yaml: `receivers: {otlp: {protocols: {http: }}}\nexporters: {zipkin: {endpoint: "${url}", sending_queue: {wait_for_result: true}, retry_on_failure: {initial_interval: 1ms, max_interval: 2ms, max_elapsed_time: 5s}${more}}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [zipkin]}}}`,
  });

const request = {
  resourceSpans: [
    {
      resource: {attributes: [{key: 'k8s.pod.name', value: {stringValue: 'front-1'}}]},
      scopeSpans: [
        {
          scope: {name: 'lib', version: '1.2'},
          spans: [
            {
              traceId: '4d1e00c0db9010db86154a4ba6e91385',
              spanId: '4d1e00c0db9010db',
              parentSpanId: '86154a4ba6e91385',
              name: 'get',
              kind: 3,
              traceState: 'a=b',
              startTimeUnixNano: '1472470996199000400',
              endTimeUnixNano: '1472470996406000600',
              attributes: [
                {key: 'peer.service', value: {stringValue: 'backend'}},
                {key: 'network.peer.address', value: {stringValue: '2001:db8::1'}},
                {key: 'network.peer.port', value: {intValue: '9000'}},
                {key: 'network.local.address', value: {stringValue: '/var/run/socket'}},
                {key: 'list', value: {arrayValue: {values: [{intValue: '1'}, {stringValue: 'x'}]}}},
              ],
              events: [
                {timeUnixNano: '1472470996238000000', name: 'foo', attributes: [{key: 'n', value: {intValue: '2'}}]},
              ],
              status: {code: 2, message: 'refused'},
            },
          ],
        },
      ],
    },
  ],
};

async function send(endpoint: string | undefined): Promise<number> {
  const body = new Uint8Array(
    otlp.traces.encodeJson(otlp.traces.decodeJson(Buffer.from(JSON.stringify(request))).batch),
  );
  const headers = {'content-type': 'application/json', 'x-scope-orgid': 'team-a'};
  return (await fetch(`http://${endpoint}/v1/traces`, {method: 'POST', headers, body})).status;
}

it('Zipkin exporter: writes a span as the specification has it', async () => {
  await using zipkin = await foreign();
  await using collector = await forwarding(zipkin.url, ', default_service_name: nobody, headers: {X-Key: secret}');
  expect(await send(collector.endpoints.otlp_http)).toBe(200);
  const {headers, url, body} = zipkin.requests[0]!;
  expect([url, headers['content-type'], headers['x-key'], headers['x-scope-orgid']]).toEqual([
    '/api/v2/spans',
    'application/json',
    'secret',
    'team-a',
  ]);
  expect(JSON.parse(String(body))).toEqual([
    {
      traceId: '4d1e00c0db9010db86154a4ba6e91385',
      parentId: '86154a4ba6e91385',
      id: '4d1e00c0db9010db',
      kind: 'CLIENT',
      name: 'get',
      timestamp: 1472470996199000,
      duration: 207000,
      localEndpoint: {serviceName: 'nobody'},
      remoteEndpoint: {serviceName: 'backend', ipv6: '2001:db8::1', port: 9000},
      annotations: [{timestamp: 1472470996238000, value: 'foo|{"n":2}|0'}],
      tags: {
        'k8s.pod.name': 'front-1',
        'otel.scope.name': 'lib',
        'otel.library.name': 'lib',
        'otel.scope.version': '1.2',
        'otel.library.version': '1.2',
        list: '[1,"x"]',
        'w3c.tracestate': 'a=b',
        'network.local.address': '/var/run/socket',
        error: 'true',
        'otel.status_code': 'ERROR',
        'otel.status_description': 'refused',
      },
    },
  ]);
});

it('Zipkin exporter: sends protobuf, compressed, where it is told to', async () => {
  await using zipkin = await foreign();
  await using collector = await forwarding(zipkin.url, ', format: proto, compression: gzip');
  expect(await send(collector.endpoints.otlp_http)).toBe(200);
  const {headers, body} = zipkin.requests[0]!;
  expect([headers['content-type'], headers['content-encoding']]).toEqual(['application/x-protobuf', 'gzip']);
  expect(gunzipSync(body).toString('latin1')).toContain('<missing service name>');
});

it('Zipkin exporter: sends again what the other side may take later, and gives up on what it never takes', async () => {
  await using zipkin = await foreign([[503, 'storage is busy', '0'], [500], [202], [400, 'no spans']]);
  await using collector = await forwarding(zipkin.url);
  expect(await send(collector.endpoints.otlp_http)).toBe(200);
  expect(zipkin.requests).toHaveLength(3);
  expect(await send(collector.endpoints.otlp_http)).toBe(400);
  expect(collector.count('otelcol_exporter_sent_spans', {exporter: 'zipkin'})).toBe(1);
  expect(collector.count('otelcol_exporter_send_failed_spans', {exporter: 'zipkin', reason: 'destination'})).toBe(1);
});
