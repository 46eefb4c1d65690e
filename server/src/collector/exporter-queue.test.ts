/** The sending queue of exporters: on disk, in batches, with authenticators; against a real destination. */

import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import * as http from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, describe, expect, it} from 'vitest';
import {namesOf, recordingLog, spansNamed} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {startTestCollector, type TestCollector} from './testing.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-exporter-queue-'));
afterAll(() => rmSync(root, {recursive: true, force: true}));
const open: {stop(): unknown}[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

/** A destination that answers with `status` and remembers what it took. */
async function destination() {
  const state = {status: 200, refused: 0, held: Promise.resolve(), came: 0};
  const taken: {readonly names: readonly string[]; readonly headers: http.IncomingHttpHeaders}[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      state.came++;
      await state.held;
      const body = new Uint8Array(Buffer.concat(chunks));
      if (state.status === 200)
        taken.push({names: namesOf(otlp.traces.decodeProto(body).batch), headers: request.headers});
      else state.refused++;
      response.writeHead(state.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({stop: () => server.closeAllConnections() ?? server.close()});
  return {state, taken, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`};
}

async function forwarding(
  url: string,
  settings: string,
  extensions = 'nothing: ',
): Promise<TestCollector & {readonly log: ReturnType<typeof recordingLog>}> {
  const log = recordingLog();
  const ids = [...extensions.matchAll(/^(\S+): /gm)].map(([, id]) => id);
  const used = extensions === 'nothing: ' ? '' : `extensions: {${extensions.replaceAll('\n', ', ')}}`;
  const collector = await startTestCollector({
    yaml: `${used}
receivers: {otlp: {protocols: {http: {include_metadata: true}}}}
exporters: {otlphttp: {endpoint: "${url}", compression: none, ${settings}}}
service: {extensions: [${used === '' ? '' : ids.join(', ')}], pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}`,
    log,
  });
  open.push(collector);
  return {...collector, log};
}

async function send(
  {endpoints}: TestCollector,
  names: readonly string[],
  headers: Readonly<Record<string, string>> = {},
) {
  const answer = await fetch(`http://${endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/x-protobuf', ...headers},
    body: new Uint8Array(otlp.traces.encodeProto(spansNamed(...names))),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Of all series of the family. */
function histogramOf({meter}: TestCollector, name: string): {readonly count: number; readonly sum: number} {
  const family = meter.read().find((each) => each.name === name);
  const series = family?.kind === 'histogram' ? family.series : [];
  return series.reduce((all, {count, sum}) => ({count: all.count + count, sum: all.sum + sum}), {count: 0, sum: 0});
}

const fast = 'retry_on_failure: {initial_interval: 1ms, max_interval: 2ms, max_elapsed_time: 0}';
let stores = 0;
const store = (): {readonly directory: string; readonly yaml: string} => {
  const directory = join(root, `store ${stores++}`);
  return {directory, yaml: `file_storage: {directory: "${directory}", create_directory: true}`};
};

describe('queue on disk', () => {
  it('queue on disk: what could not be sent is sent by the next process, with its tenant and headers', async () => {
    const {url, taken, state} = await destination();
    const {directory, yaml} = store();
    state.status = 503;
    const settings = `${fast}, sending_queue: {storage: file_storage, num_consumers: 2}, auth: {authenticator: headers_setter}`;
    const extensions = `${yaml}\nheaders_setter: {headers: [{key: x-team, from_context: X-Team}]}`;
    const first = await forwarding(url, settings, extensions);
    for (const name of ['a', 'b', 'c', 'd']) {
      expect(await send(first, [name, `${name}2`], {'x-scope-orgid': 'team-a', 'x-team': name})).toBe(200);
    }
    await expect.poll(() => state.refused).toBeGreaterThan(3);
    expect(first.count('otelcol_exporter_queue_size')).toBe(4);
    await first.stop();
    expect(first.count('otelcol_exporter_send_failed_spans')).toBe(0);
    expect(first.log.lines.filter(({level}) => level !== 'info')).toEqual([
      {level: 'warn', message: 'sending failed; it is tried again, and told of again at debug only'},
    ]);
    expect(readdirSync(directory)).toEqual(['exporter_otlphttp', 'lock']);
    state.status = 200;
    const second = await forwarding(url, settings, extensions);
    await expect.poll(() => taken.length).toBe(4);
    expect(taken.map(({names, headers}) => [names, headers['x-scope-orgid'], headers['x-team']]).toSorted()).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => [[name, `${name}2`], 'team-a', name]),
    );
    await expect.poll(() => second.count('otelcol_exporter_queue_size')).toBe(0);
    expect(second.count('otelcol_exporter_sent_spans')).toBe(8);
    await second.stop();
    expect(readdirSync(join(directory, 'exporter_otlphttp'))).toEqual([]);
  });

  it('queue on disk: what is refused for ever is dropped, counted, and not sent by the next process', async () => {
    const {url, taken, state} = await destination();
    const {yaml} = store();
    state.status = 400;
    const first = await forwarding(url, 'sending_queue: {storage: file_storage}', yaml);
    expect(await send(first, ['a'])).toBe(200);
    await expect.poll(() => first.count('otelcol_exporter_send_failed_spans', {reason: 'destination'})).toBe(1);
    await first.stop();
    state.status = 200;
    const second = await forwarding(url, 'sending_queue: {storage: file_storage}', yaml);
    expect(await send(second, ['b'])).toBe(200);
    await expect.poll(() => taken.map(({names}) => names)).toEqual([['b']]);
  });

  it('queue on disk: a reload with other settings hands the queue to the next exporter, and loses and repeats nothing', async () => {
    const {url, taken, state} = await destination();
    const {yaml} = store();
    const configuration = (consumers: number): string => `
extensions: {${yaml}}
receivers: {otlp: {protocols: {http: }}}
exporters: {otlphttp: {endpoint: "${url}", compression: none, ${fast}, sending_queue: {storage: file_storage, num_consumers: ${consumers}}}}
service: {extensions: [file_storage], pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}`;
    const collector = await startTestCollector({yaml: configuration(2)});
    open.push(collector);
    state.status = 503;
    for (const name of ['a', 'b', 'c']) expect(await send(collector, [name])).toBe(200);
    await collector.change(configuration(3));
    expect(await send(collector, ['d'])).toBe(200);
    state.status = 200;
    await expect.poll(() => taken.flatMap(({names}) => names).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(collector.count('otelcol_exporter_send_failed_spans')).toBe(0);
  });

  it.each([200, 503])(
    'queue on disk: of an exporter that a reload takes out, it is sent once more, or stays there and that is told (HTTP %d)',
    async (status) => {
      const {url, taken, state} = await destination();
      const {yaml, directory} = store();
      const configuration = (id: string): string => `
extensions: {${yaml}}
receivers: {otlp: {protocols: {http: }}}
exporters: {${id}: {endpoint: "${url}", compression: none, retry_on_failure: {initial_interval: 1m, max_interval: 1m}, sending_queue: {storage: file_storage, num_consumers: 1}}}
service: {extensions: [file_storage], pipelines: {traces: {receivers: [otlp], exporters: [${id}]}}}`;
      const log = recordingLog();
      const collector = await startTestCollector({yaml: configuration('otlphttp'), log});
      open.push(collector);
      state.status = 503;
      for (const name of ['a', 'b', 'c']) expect(await send(collector, [name])).toBe(200);
      await expect.poll(() => state.refused).toBe(1);
      state.status = status;
      await collector.change(configuration('otlphttp/other'));
      // Beside that of the first refusal.
      const warnings = log.fields.filter((fields, line) => log.lines[line]?.level === 'warn' && 'directory' in fields);
      if (status === 200) {
        expect(taken.flatMap(({names}) => names).toSorted()).toEqual(['a', 'b', 'c']);
        expect(warnings).toEqual([]);
        return;
      }
      expect(state.refused).toBe(2);
      expect(warnings).toMatchObject([{size: 3, unit: 'requests', directory: join(directory, 'exporter_otlphttp')}]);
      state.status = 200;
      await collector.change(configuration('otlphttp'));
      await expect.poll(() => taken.flatMap(({names}) => names).toSorted()).toEqual(['a', 'b', 'c']);
    },
  );

  it('without a queue: a reload lets the other side answer what is under way, and nothing is sent twice', async () => {
    const {url, taken, state} = await destination();
    const configuration = (timeout: string): string => `
receivers: {otlp: {protocols: {http: }}}
exporters: {otlphttp: {endpoint: "${url}", compression: none, timeout: ${timeout}, sending_queue: {enabled: false}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}`;
    const collector = await startTestCollector({yaml: configuration('20s')});
    open.push(collector);
    const held = Promise.withResolvers<void>();
    state.held = held.promise;
    const sent = send(collector, ['a']);
    await expect.poll(() => state.came).toBe(1);
    const changed = collector.change(configuration('21s'));
    // The new exporter sends while the old one waits.
    state.held = Promise.resolve();
    await expect.poll(async () => (await send(collector, ['b']), taken.length)).toBeGreaterThan(0);
    held.resolve();
    await changed;
    expect(await sent).toBe(200);
    expect(taken.flatMap(({names}) => names).filter((name) => name === 'a')).toEqual(['a']);
    expect(collector.count('otelcol_exporter_send_failed_spans')).toBe(0);
  });

  it.each([
    ['items', 5, [200, 200, 503]],
    ['bytes', 120, [200, 200, 503]],
  ])('queue on disk: its size in %s counts what an earlier process left', async (sizer, size, expected) => {
    const {url, state} = await destination();
    const {yaml} = store();
    state.status = 503;
    const settings = `${fast}, sending_queue: {storage: file_storage, sizer: ${sizer}, queue_size: ${size}}`;
    const first = await forwarding(url, settings, yaml);
    expect(await send(first, ['a', 'b'])).toBe(expected[0]);
    const before = first.count('otelcol_exporter_queue_size');
    await first.stop();
    const second = await forwarding(url, settings, yaml);
    expect(second.count('otelcol_exporter_queue_size')).toBeGreaterThanOrEqual(before);
    expect(await send(second, ['c', 'd'])).toBe(expected[sizer === 'bytes' ? 2 : 1]);
    expect(await send(second, ['e', 'f', 'g'])).toBe(expected[2]);
    expect(second.count('otelcol_exporter_enqueue_failed_spans', {reason: 'queue_full'})).toBeGreaterThan(0);
  });

  it('queue on disk: a second process on the same directory does not start, and says why', async () => {
    const {url} = await destination();
    const {yaml} = store();
    await forwarding(url, 'sending_queue: {storage: file_storage}', yaml);
    const again = yaml.replace('create_directory', 'timeout: 1ms, create_directory');
    await expect(forwarding(url, 'sending_queue: {storage: file_storage}', again)).rejects.toThrow(
      /: file_storage: another process uses .*store \d+; name another directory$/,
    );
  });

  it('queue on disk: a directory that is not there, or cannot store, fails the start', async () => {
    const absent = `file_storage: {directory: "${join(root, 'absent')}"}`;
    await expect(forwarding('http://a:1', 'sending_queue: {storage: file_storage}', absent)).rejects.toThrow(
      `file_storage: ${join(root, 'absent')} is not there; make it, or set \`create_directory: true\``,
    );
    await expect(forwarding('http://a:1', 'sending_queue: {storage: zpages}', 'zpages: ')).rejects.toThrow(
      'otlphttp: extension zpages cannot store; name a `file_storage`',
    );
    await expect(
      forwarding('http://a:1', 'sending_queue: {storage: file_storage, wait_for_result: true}', store().yaml),
    ).rejects.toThrow('`wait_for_result` and `storage` exclude each other');
  });
});

describe('batch of the queue', () => {
  it('batch of the queue: gathers requests of a tenant until there are enough, and splits what is too large', async () => {
    const {url, taken} = await destination();
    const from = await forwarding(url, 'sending_queue: {batch: {min_size: 4, max_size: 4, flush_timeout: 1s}}');
    expect(
      await Promise.all([
        send(from, ['a', 'b', 'c']),
        send(from, ['d', 'e', 'f'], {'x-scope-orgid': 'other'}),
        send(from, ['g', 'h', 'i']),
      ]),
    ).toEqual([200, 200, 200]);
    await expect.poll(() => taken.length).toBe(3);
    const sizes = taken.map(({names, headers}) => `${headers['x-scope-orgid'] ?? ''} ${names.length}`);
    expect(sizes.toSorted()).toEqual([' 2', ' 4', 'other 3']);
  });

  it('batch of the queue: keeps apart what the metadata keys tell apart', async () => {
    const {url, taken} = await destination();
    const from = await forwarding(
      url,
      'sending_queue: {batch: {min_size: 2, flush_timeout: 1s, partition: {metadata_keys: [X-Key]}}}, auth: {authenticator: headers_setter}',
      'headers_setter: {headers: [{key: x-key, from_context: x-key}]}',
    );
    await Promise.all(['1', '2', '1', '2'].map((key, index) => send(from, [`${key} ${index}`], {'x-key': key})));
    await expect.poll(() => taken.length).toBe(2);
    expect(taken.map(({names, headers}) => [headers['x-key'], names.length]).toSorted()).toEqual([
      ['1', 2],
      ['2', 2],
    ]);
  });

  it('batch of the queue: beyond its partitions the oldest batch is sent, and its sizes are told', async () => {
    const {url, taken} = await destination();
    const from = await forwarding(
      url,
      'sending_queue: {batch: {min_size: 9, flush_timeout: 1s, partition: {metadata_keys: [x-key], cache_size: 1, idle_timeout: 1m}}}',
    );
    const cache = 'otelcol_exporter_queue_batch_partition_cache';
    const first = send(from, ['a', 'b'], {'x-key': '1'});
    await expect.poll(() => from.count(`${cache}_size`)).toBe(1);
    expect(from.count(`${cache}_capacity`)).toBe(1);
    // The time of the first one has not come yet where the second one has sent it.
    await send(from, ['c'], {'x-key': '2'});
    await first;
    await expect.poll(() => taken.map(({names}) => names)).toEqual([['a', 'b'], ['c']]);
    expect(histogramOf(from, 'otelcol_exporter_enqueue_size')).toEqual({count: 2, sum: 3});
    expect(histogramOf(from, 'otelcol_exporter_queue_batch_send_size')).toEqual({count: 2, sum: 3});
    const bytes = taken.reduce((sum, {headers}) => sum + Number(headers['content-length']), 0);
    expect(histogramOf(from, 'otelcol_exporter_enqueue_size_bytes')).toEqual({count: 2, sum: bytes});
    expect(histogramOf(from, 'otelcol_exporter_queue_batch_send_size_bytes')).toEqual({count: 2, sum: bytes});
  });

  it('batch of the queue: in bytes, no request is larger than it may be but one span that is', async () => {
    const {url, taken} = await destination();
    const from = await forwarding(
      url,
      'sending_queue: {batch: {sizer: bytes, min_size: 300, max_size: 300, flush_timeout: 1s}}',
    );
    const names = Array.from({length: 40}, (_, index) => `${index}`.padStart(20, '.'));
    await send(from, [...names, 'x'.repeat(1000)]);
    await expect.poll(() => taken.flatMap((each) => each.names).length).toBe(41);
    const large = taken.filter(({headers}) => Number(headers['content-length']) > 300);
    expect(large.map((each) => each.names.length)).toEqual([1]);
  });

  it.each([
    ['{min_size: 10, max_size: 5}', '`max_size` must be 0 or at least `min_size`'],
    ['{flush_timeout: 0s}', '`flush_timeout` must be more than 0'],
    ['{sizer: requests}', 'expected one of `items`, `bytes`'],
    ['{partition: {metadata_keys: [a, A]}}', '`metadata_keys` names `a` twice'],
  ])('batch of the queue: %s is a fault', async (batch, message) => {
    await expect(forwarding('http://a:1', `sending_queue: {batch: ${batch}}`)).rejects.toThrow(message);
  });
});

describe('authenticators of exporters', () => {
  const patient = 'sending_queue: {wait_for_result: true}';
  const headersOf = async (extension: string, more = ''): Promise<http.IncomingHttpHeaders> => {
    const {url, taken} = await destination();
    const id = extension.split(':', 1)[0];
    const from = await forwarding(url, `${patient}, auth: {authenticator: ${id}}${more}`, extension);
    expect(await send(from, ['a'], {'x-from': 'sender'})).toBe(200);
    return taken[0]!.headers;
  };
  it('authenticators of exporters: a token and a password are shown with every request', async () => {
    expect((await headersOf('bearertokenauth: {token: secret}')).authorization).toBe('Bearer secret');
    expect((await headersOf('basicauth: {client_auth: {username: me, password: "pass:word"}}')).authorization).toBe(
      `Basic ${Buffer.from('me:pass:word').toString('base64')}`,
    );
  });

  it('authenticators of exporters: headers are inserted, updated and taken away, from senders and from texts', async () => {
    const rules = [
      '{key: X-Value, value: fixed}',
      '{key: x-sender, from_context: X-From}',
      '{key: x-default, from_context: x-absent, default_value: d}',
      '{key: x-old, action: insert, value: not}',
      '{key: x-old, action: update, value: new}',
      '{key: x-none, action: update, value: not}',
      '{key: user-agent, action: delete}',
    ];
    const headers = await headersOf(`headers_setter: {headers: [${rules.join(', ')}]}`, ', headers: {X-Old: old}');
    expect(headers).toMatchObject({'x-value': 'fixed', 'x-sender': 'sender', 'x-default': 'd', 'x-old': 'new'});
    expect(headers).not.toHaveProperty('x-none');
    expect(headers).not.toHaveProperty('user-agent');
  });

  it('authenticators of exporters: one may follow another', async () => {
    const {url, taken} = await destination();
    const from = await forwarding(
      url,
      `${patient}, auth: {authenticator: headers_setter}`,
      'headers_setter: {headers: [{key: x-a, value: b}], additional_auth: bearertokenauth}\nbearertokenauth: {token: t}',
    );
    expect(await send(from, ['a'])).toBe(200);
    expect(taken[0]!.headers).toMatchObject({authorization: 'Bearer t', 'x-a': 'b'});
  });

  it('authenticators of exporters: two Wefts know each other, over gRPC, and a stranger is told so', async () => {
    await using store = await startTestCollector({
      yaml: `extensions: {bearertokenauth: {token: secret}}
receivers: {otlp: {protocols: {grpc: {auth: {authenticator: bearertokenauth}}}}}
exporters: {weft: }
service: {extensions: [bearertokenauth], pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`,
    });
    const from = async (token: string): Promise<TestCollector> => {
      const collector = await startTestCollector({
        yaml: `extensions: {bearertokenauth: {token: ${token}}}
receivers: {otlp: {protocols: {http: }}}
exporters: {otlp: {endpoint: "http://${store.endpoints.otlp_grpc}", auth: {authenticator: bearertokenauth}, ${patient}}}
service: {extensions: [bearertokenauth], pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}`,
      });
      open.push(collector);
      return collector;
    };
    expect(await send(await from('secret'), ['a'])).toBe(200);
    expect(store.traces.map(namesOf)).toEqual([['a']]);
    const stranger = await from('other');
    expect(await send(stranger, ['b'])).toBe(400);
    expect(stranger.count('otelcol_exporter_send_failed_spans', {reason: 'destination'})).toBe(1);
    expect(stranger.count('otelcol_exporter_enqueue_failed_spans')).toBe(0);
  });

  it('authenticators of exporters: one that has no credentials for them fails the start', async () => {
    await expect(
      forwarding('http://a:1', 'auth: {authenticator: basicauth}', 'basicauth: {htpasswd: {inline: "a:b"}}'),
    ).rejects.toThrow('otlphttp: extension basicauth has no credentials for exporters');
  });
});
