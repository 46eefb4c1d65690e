/**
 * How fast questions are answered, and what answers cost: `npm run bench:query [-- --spans 10000000 --rounds 30 --spread hour|burst
 * --beside-ingest 0 --table bars|further|traceql|graph|service|sql|all --only PATTERN --data DIR --clients 20 --seconds 60]`.
 *
 * A `weft serve` of its own takes the spans over OTLP, as in `realistic-spans.ts`, and is asked over HTTP from this process. Their
 * times are an hour up to now, or, as a burst, half a minute. CPU is of Weft and its engine, not of this process. With
 * `--beside-ingest` all is asked twice, alone and while that many spans come each second; what these cost is measured and taken off. With
 * `--clients` all questions with a bar are asked at once instead of one after another. With `--data` the store is kept there and used
 * again by the next run.
 */
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {createClient, type Figures, measureMix, measureQuestion, type RestingCpu, restingCpu} from './ask.ts';
import {fillStore, type Known, sendRecent} from './fill-store.ts';
import {onDisk, sizeText} from './on-disk.ts';
import {
  type Asked,
  barredQuestions,
  emptyStoreQuestions,
  furtherQuestions,
  graphQuestions,
  type Question,
  serviceQuestions,
} from './questions.ts';
import {sqlQuestions} from './questions-sql.ts';
import {traceqlQuestions} from './questions-traceql.ts';
import {calm, type MeasuredWeft, machine, measuredWeft, startSending} from './running-weft.ts';

const {values: options} = parseArgs({
  options: {
    spans: {type: 'string', default: '10000000'},
    rounds: {type: 'string', default: '30'},
    spread: {type: 'string', default: 'hour'},
    'beside-ingest': {type: 'string', default: '0'},
    table: {type: 'string', default: 'all'},
    only: {type: 'string', default: ''},
    data: {type: 'string'},
    clients: {type: 'string'},
    seconds: {type: 'string', default: '60'},
  },
});
const spreads: Readonly<Record<string, number>> = {hour: 3_600_000, burst: 30_000};
const spread = spreads[options.spread];
if (spread === undefined) throw new Error(`--spread ${options.spread}: expected hour or burst`);
const rounds = Number(options.rounds);
const ingest = Number(options['beside-ingest']);
const idle: RestingCpu = {weft: 0, engine: 0};

console.log(machine());
const wantsTable = (name: string): boolean => options.table === name || options.table === 'all';
if (options.clients === undefined && wantsTable('bars')) await emptyStore();
const directory = resolve(options.data ?? mkdtempSync(join(tmpdir(), 'weft-bench-')));
mkdirSync(directory, {recursive: true});
const known = await fill(spread);
const weft = await measuredWeft({directory});
try {
  await filledStore(known);
} finally {
  await weft.stop();
  if (options.data === undefined) rmSync(directory, {recursive: true});
}

/** By a Weft of its own: the one that is asked has nothing of it at hand that it would not have an hour later. */
async function fill(spreadMs: number): Promise<Known> {
  const knownFile = join(directory, 'known.json');
  if (existsSync(knownFile)) return JSON.parse(readFileSync(knownFile, 'utf8')) as Known;
  const filling = await measuredWeft({directory});
  try {
    const written = await fillStore(filling, Number(options.spans), spreadMs);
    await calm(filling);
    writeFileSync(knownFile, JSON.stringify(written));
    return written;
  } finally {
    await filling.stop();
  }
}

async function emptyStore(): Promise<void> {
  const empty = await measuredWeft();
  try {
    await table(empty, emptyStoreQuestions(), idle);
  } finally {
    await empty.stop();
  }
}

async function filledStore(known: Known): Promise<void> {
  await calm(weft);
  const disk = await onDisk(weft);
  console.log(`${disk.rows.toLocaleString('en')} spans, ${sizeText(disk)}`);
  const asked = async (): Promise<Asked> => ({known, recentIds: await sendRecent(weft)});
  const alone = new Map<string, Figures>();
  if (ingest === 0 || options.clients === undefined) {
    const questions = await asked();
    await learn(barredQuestions(questions));
    if (options.clients !== undefined) return await mix(barredQuestions(questions), Number(options.clients));
    await tables(questions, idle, (name, figures) => void alone.set(name, figures));
    if (ingest === 0) return;
  }
  const sending = startSending(weft, ingest);
  try {
    const resting = await restingCpu(weft);
    console.log(
      `beside ${ingest.toLocaleString('en')} spans/s, which cost ${(resting.weft / 10).toFixed(0)} % of a core in Weft, ${(resting.engine / 10).toFixed(0)} % in its engine; in the end, how many times as long as alone`,
    );
    const questions = await asked();
    if (options.clients !== undefined) return await mix(barredQuestions(questions), Number(options.clients));
    await tables(questions, resting, () => {}, alone);
  } finally {
    await sending.stop();
  }
}

type Note = (name: string, figures: Figures) => void;

async function tables(
  asked: Asked,
  resting: RestingCpu,
  note: Note,
  alone?: ReadonlyMap<string, Figures>,
): Promise<void> {
  const all = {
    bars: barredQuestions,
    further: furtherQuestions,
    graph: graphQuestions,
    service: serviceQuestions,
    traceql: traceqlQuestions,
    sql: sqlQuestions,
  };
  for (const [name, questions] of Object.entries(all))
    if (wantsTable(name)) await table(weft, questions(asked), resting, note, alone);
}

/**
 * What Weft reads into its memory after a start, and at the first question for an order of traces, is the price of a start and not of a
 * question: it is told apart.
 */
async function learn(questions: readonly Question[]): Promise<void> {
  const before = weft.cpu();
  const client = createClient(`http://${weft.endpoints.http}`, 1);
  for (const {name, ask} of questions) if (/longest/.test(name)) await client.get(ask());
  client.close();
  await calm(weft);
  const after = weft.cpu();
  const ms = (part: 'weft' | 'engine'): string => ((after[part] - before[part]) / 1000).toFixed(0);
  console.log(
    `first order of traces, with what it reads into memory: ${ms('weft')} ms of CPU in Weft, ${ms('engine')} in its engine`,
  );
}

async function table(
  asked: MeasuredWeft,
  questions: readonly Question[],
  resting: RestingCpu,
  note: Note = () => {},
  alone: ReadonlyMap<string, Figures> = new Map(),
): Promise<void> {
  const wanted = questions.filter(({name}) => new RegExp(options.only).test(name));
  if (wanted.length === 0) return;
  console.log(row('question', 'P50', 'P99', 'CPU', '(Weft + engine)', 'bar'));
  for (const question of wanted) {
    const figures = await measureQuestion(asked, question, rounds, resting);
    const {p50, p99, weft: own, engine} = figures;
    note(question.name, figures);
    const before = alone.get(question.name);
    // Beside ingest twice the time is allowed.
    const wallBar = before === undefined ? question.wallBar : question.wallBar && 2 * question.wallBar;
    const bar = barText(own + engine, question.bar) || barText(p50, wallBar);
    console.log(
      row(
        question.name,
        `${p50.toFixed(1)} ms`,
        `${p99.toFixed(1)} ms`,
        `${(own + engine).toFixed(1)} ms`,
        `(${own.toFixed(1)} + ${engine.toFixed(1)})`,
        before === undefined ? bar : `${bar} ×${(p50 / before.p50).toFixed(1)}`.trim(),
      ),
    );
  }
}

function barText(took: number, bar: number | undefined): string {
  return bar === undefined ? '' : `${took <= bar ? '≤' : '>'} ${bar} ms`;
}

function row(name: string, p50: string, p99: string, cpu: string, parts: string, bar: string): string {
  return `${name.padEnd(46)} ${p50.padStart(9)} ${p99.padStart(10)} ${cpu.padStart(10)} ${parts.padStart(16)}  ${bar}`.trimEnd();
}

async function mix(questions: readonly Question[], clients: number): Promise<void> {
  const {
    answers,
    refused,
    seconds,
    p50,
    p99,
    weft: own,
    engine,
  } = await measureMix(weft, questions, clients, Number(options.seconds));
  console.log(
    [
      `${clients} clients, ${seconds.toFixed(0)} s: ${(answers / seconds).toFixed(1)} answers/s, refused ${refused}`,
      `P50 ${p50.toFixed(0)} ms, P99 ${p99.toFixed(0)} ms`,
      `CPU ${(own + engine).toFixed(1)} ms an answer (Weft ${own.toFixed(1)}, engine ${engine.toFixed(1)})`,
    ].join('\n  '),
  );
}
