/** Writes realistic spans into a running Weft as fast as it takes them, their times spread over a stretch up to now. */
import {setTimeout as sleep} from 'node:timers/promises';
import {toHex} from '../server/src/base/index.ts';
import {readAttributes} from '../server/src/model/index.ts';
import {otlp} from '../server/src/wire/index.ts';
import {type Client, createClient} from './ask.ts';
import {rareKey} from './questions.ts';
import {createSpanSource, spansPerTrace} from './realistic-spans.ts';
import type {MeasuredWeft} from './running-weft.ts';

/** What was written, for questions to ask for. */
export interface Known {
  /** Nanoseconds since 1970 of the earliest span and of the latest. */
  readonly first: string;
  readonly last: string;
  readonly traceIds: readonly string[];
  readonly orderIds: readonly string[];
  readonly userIds: readonly string[];
  /** Each stands in one trace of 20,000. */
  readonly rareValues: readonly string[];
}

const spansPerRequest = 512;
const spansPerWave = spansPerRequest * spansPerTrace;
const tracesPerRare = 20_000;
const rareValues = Array.from({length: 10}, (_, i) => `variant-${i}`);

/** Resolves when all is on disk and in the engine; merges may go on. */
export async function fillStore(weft: MeasuredWeft, spans: number, spreadMs: number): Promise<Known> {
  const client = createClient(`http://${weft.endpoints.otlp_http}`, 16);
  const source = createSpanSource(1, spansPerRequest);
  const waves = Math.ceil(spans / spansPerWave);
  const spread = BigInt(spreadMs) * 1_000_000n;
  const last = BigInt(Date.now()) * 1_000_000n;
  const first = last - spread;
  const step = spread / BigInt(waves * spansPerRequest);
  const found = {traceIds: [] as string[], orderIds: [] as string[], userIds: [] as string[]};
  let rare = 0;
  let before: Promise<unknown> = Promise.resolve();
  const started = performance.now();
  for (let wave = 0; wave < waves; wave++) {
    const now = first + BigInt(wave * spansPerRequest) * step;
    const bodies = Array.from({length: spansPerTrace}, () => source.next(now, step));
    const sampled = wave % Math.ceil(waves / 200) === 0;
    if (sampled) for (const body of bodies) note(found, body);
    const sending = bodies.map((body) => send(client, body, 'application/x-protobuf'));
    // One trace of 20,000 for each value; the first few also where few traces are written.
    const due = Math.floor(((wave + 1) * spansPerRequest * rareValues.length) / tracesPerRare);
    for (; rare < Math.max(due, sampled ? 1 : 0); rare++)
      sending.push(sendRare(client, bodies[0] as Buffer, rare, now));
    await before;
    before = Promise.all(sending);
    if (wave % 100 === 99 || wave === waves - 1) {
      const written = (wave + 1) * spansPerWave;
      const rate = written / (performance.now() - started);
      process.stderr.write(`\rwritten: ${written.toLocaleString('en')} spans, ${rate.toFixed(0)} thousand a second `);
    }
  }
  await before;
  process.stderr.write('\n');
  client.close();
  await weft.flush();
  return {
    first: String(first),
    last: String(last + 1_000_000_000n),
    ...found,
    rareValues: rareValues.slice(0, Math.min(rare, rareValues.length)),
  };
}

/** Sends a wave of traces of this moment; resolves to some of their ids once they can be found. */
export async function sendRecent(weft: MeasuredWeft): Promise<string[]> {
  const client = createClient(`http://${weft.endpoints.otlp_http}`, 8);
  const source = createSpanSource(Date.now() >>> 0, spansPerRequest);
  const found = {traceIds: [] as string[], orderIds: [] as string[], userIds: [] as string[]};
  const now = BigInt(Date.now()) * 1_000_000n;
  const bodies = Array.from({length: spansPerTrace}, () => source.next(now));
  const all = otlp.traces.decodeProto(bodies[0] as Buffer).batch.spans;
  for (let row = 0; row < all.count; row += 4) found.traceIds.push(toHex(all.columns.traceId.get(row)));
  await Promise.all(bodies.map((body) => send(client, body, 'application/x-protobuf')));
  client.close();
  await weft.flush();
  return found.traceIds;
}

/** Repeats what Weft refuses until it is taken. */
async function send(client: Client, body: Buffer, type: string): Promise<void> {
  for (;;) {
    const {status, body: answer} = await client.post('/v1/traces', body, type);
    if (status === 200) return;
    if (status !== 429 && status !== 503) throw new Error(`${status}: ${answer.toString()}`);
    await sleep(100);
  }
}

/** One more span of the body's first trace, by the service `payment`, with a rare value. */
function sendRare(client: Client, body: Buffer, index: number, nowNano: bigint): Promise<void> {
  const {batch} = otlp.traces.decodeProto(body);
  const row = index % batch.spans.count;
  const text = (value: string) => ({stringValue: value});
  const span = {
    traceId: toHex(batch.spans.columns.traceId.get(row)),
    spanId: crypto.randomUUID().replaceAll('-', '').slice(16),
    name: 'evaluate flag',
    startTimeUnixNano: String(nowNano),
    endTimeUnixNano: String(nowNano + 1_000_000n),
    attributes: [{key: rareKey, value: text(rareValues[index % rareValues.length] as string)}],
  };
  const resource = {attributes: [{key: 'service.name', value: text('payment')}]};
  const request = {resourceSpans: [{resource, scopeSpans: [{spans: [span]}]}]};
  return send(client, Buffer.from(JSON.stringify(request)), 'application/json');
}

function note(found: {traceIds: string[]; orderIds: string[]; userIds: string[]}, body: Buffer): void {
  const {batch} = otlp.traces.decodeProto(body);
  const {traceId, attributes} = batch.spans.columns;
  found.traceIds.push(toHex(traceId.get(0)));
  for (const {key, value} of readAttributes(batch, attributes.from(0), attributes.count(0))) {
    if (value.type !== 'string') continue;
    if (key === 'order.id') found.orderIds.push(value.value);
    if (key === 'user.id') found.userIds.push(value.value);
  }
}
