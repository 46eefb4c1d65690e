/** Asks a running Weft over connections that stay open, checks every answer, and measures what it took. */
import {Agent, type OutgoingHttpHeaders, request} from 'node:http';
import type {Question} from './questions.ts';
import {type MeasuredWeft, sleep} from './running-weft.ts';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export interface Client {
  get(path: string): Promise<Answer>;
  post(path: string, body: Buffer, type: string): Promise<Answer>;
  close(): void;
}

export function createClient(base: string, connections: number): Client {
  const agent = new Agent({keepAlive: true, maxSockets: connections});
  const call = (method: string, path: string, headers: OutgoingHttpHeaders, body?: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request(base + path, {agent, method, headers}, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({status: response.statusCode ?? 0, body: Buffer.concat(chunks)}));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    get: (path) => call('GET', path, {}),
    post: (path, body, type) => call('POST', path, {'content-type': type, 'content-length': body.length}, body),
    close: () => agent.destroy(),
  };
}

/** Throws where the answer is an error, or is empty or not against what the question expects. */
export function check({name, expects}: Question, path: string, {status, body}: Answer): void {
  const fault = faultOf(expects, status, body);
  if (fault !== undefined) throw new Error(`${name}: ${path}: ${fault}: ${status} ${body.toString().slice(0, 500)}`);
}

function faultOf(expects: Question['expects'], status: number, body: Buffer): string | undefined {
  if (expects === 'absent') return status === 404 ? undefined : 'expected 404';
  if (status !== 200) return 'failed';
  const lists = Object.values(JSON.parse(body.toString()) as object).filter(Array.isArray);
  if (lists.length === 0) return 'no list in the answer';
  const any = lists.some((list) => list.length > 0);
  if (any === (expects === 'found')) return undefined;
  return any ? 'not empty' : 'empty';
}

export interface Figures {
  /** Wall time in milliseconds, whole answers. */
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds an answer, beyond what `restingCpu` says is spent anyway. */
  readonly weft: number;
  readonly engine: number;
}

/** CPU time spent in a second, in milliseconds, while nobody asks. */
export interface RestingCpu {
  readonly weft: number;
  readonly engine: number;
}

/**
 * Asks one question over and over, one after another: `rounds` times, and a quick one until two seconds are over or it was asked ten
 * times as often, for the kernel tells CPU time in hundredths of a second.
 */
export async function measureQuestion(
  weft: MeasuredWeft,
  question: Question,
  rounds: number,
  resting: RestingCpu,
): Promise<Figures> {
  const client = createClient(`http://${weft.endpoints.http}`, 1);
  const answers: (readonly [path: string, answer: Answer])[] = [];
  const times: number[] = [];
  // Connections, compilers and caches of the first answers are not the question's, nor what the first one had fetched for those to come.
  for (let warm = 0; warm < 3; warm++) {
    await client.get(question.ask());
    if (warm === 0) await sleep(1000);
  }
  const before = weft.cpu();
  const began = performance.now();
  while (times.length < rounds || (times.length < 10 * rounds && performance.now() - began < 2000)) {
    const path = question.ask();
    const asked = performance.now();
    const answer = await client.get(path);
    times.push(performance.now() - asked);
    if (answers.length < 20 || answer.status !== 200) answers.push([path, answer]);
  }
  const seconds = (performance.now() - began) / 1000;
  const after = weft.cpu();
  client.close();
  for (const [path, answer] of answers) check(question, path, answer);
  times.sort((a, b) => a - b);
  const each = (part: 'weft' | 'engine'): number =>
    Math.max(0, (after[part] - before[part]) / 1000 - resting[part] * seconds) / times.length;
  return {p50: percentile(times, 0.5), p99: percentile(times, 0.99), weft: each('weft'), engine: each('engine')};
}

export interface MixFigures {
  readonly answers: number;
  readonly refused: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly weft: number;
  readonly engine: number;
}

/** So many clients ask all questions in turn, each begun at another, for the time given. Answers are checked as they come. */
export async function measureMix(
  weft: MeasuredWeft,
  questions: readonly Question[],
  clients: number,
  seconds: number,
): Promise<MixFigures> {
  const client = createClient(`http://${weft.endpoints.http}`, clients);
  const times: number[] = [];
  let refused = 0;
  const before = weft.cpu();
  const began = performance.now();
  const end = began + seconds * 1000;
  const asking = Array.from({length: clients}, async (_, number) => {
    for (let turn = number; performance.now() < end; turn++) {
      const question = questions[turn % questions.length] as Question;
      const path = question.ask();
      const asked = performance.now();
      const answer = await client.get(path);
      if (answer.status === 429 || answer.status === 503) refused++;
      else {
        times.push(performance.now() - asked);
        check(question, path, answer);
      }
    }
  });
  await Promise.all(asking);
  const took = (performance.now() - began) / 1000;
  const after = weft.cpu();
  client.close();
  times.sort((a, b) => a - b);
  const each = (part: 'weft' | 'engine'): number => (after[part] - before[part]) / 1000 / times.length;
  return {
    answers: times.length,
    refused,
    seconds: took,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    weft: each('weft'),
    engine: each('engine'),
  };
}

/** What is spent without questions, over ten seconds. */
export async function restingCpu(weft: MeasuredWeft): Promise<RestingCpu> {
  const before = weft.cpu();
  const began = performance.now();
  await sleep(10_000);
  const seconds = (performance.now() - began) / 1000;
  const after = weft.cpu();
  return {
    weft: (after.weft - before.weft) / 1000 / seconds,
    engine: (after.engine - before.engine) / 1000 / seconds,
  };
}

const percentile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
