/** For tests: collectors in processes of their own, which can be killed, and a peer that remembers what it was sent. */
import {type ChildProcess, spawn} from 'node:child_process';
import * as http from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {FamilySnapshot} from '../base/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {namesOf, spansNamed} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';

export interface CollectorProcess {
  readonly endpoints: Readonly<Record<string, string>>;
  /** As `kill -9`. */
  kill(): Promise<void>;
  /** In peace; gives the values of its counters. */
  stop(): Promise<readonly Extract<FamilySnapshot, {kind: 'counter' | 'gauge'}>[]>;
}

export async function startCollectorProcess(directory: string, yaml: string): Promise<CollectorProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, 'testing-process.ts'), directory, yaml],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({input: child.stdout!})[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done === true) throw new Error('the process of the collector ended');
    return next.value;
  };
  const endpoints = JSON.parse(await line()) as Record<string, string>;
  return {
    endpoints,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.stdin!.end();
      const counters = JSON.parse(await line());
      await ended;
      return counters;
    },
  };
}

/** Sends spans of these names by OTLP/HTTP; whether they were acknowledged. */
export async function sendSpans(endpoint: string, ...names: readonly string[]): Promise<boolean> {
  return sendBatch(endpoint, spansNamed(...names));
}

export async function sendBatch(endpoint: string, batch: Lent<SpanBatch>): Promise<boolean> {
  try {
    const answer = await fetch(`http://${endpoint}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/x-protobuf'},
      body: new Uint8Array(otlp.traces.encodeProto(batch)),
      signal: AbortSignal.timeout(60_000),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** An OTLP/HTTP server that knows how often it said that it has each span. */
export async function startPeer(answer: (response: http.ServerResponse, take: () => void) => void) {
  const taken = new Map<string, number>();
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const names = namesOf(otlp.traces.decodeProto(new Uint8Array(Buffer.concat(chunks))).batch);
      answer(response, () => {
        for (const name of names) taken.set(name, (taken.get(name) ?? 0) + 1);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    taken,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => server.closeAllConnections() ?? server.close(),
  };
}
