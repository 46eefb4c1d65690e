/** One seed: its data, the phases that they go through, and the questions of each. */
import {arrivingQuestions} from './check-arriving.ts';
import {generate} from './generate.ts';
import {questions} from './generate-questions.ts';
import {createModel, type Model} from './model.ts';
import type {Question} from './question.ts';
import {createRandom} from './random.ts';
import type {Span} from './span.ts';
import {World} from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly spans: number;
  /** How often a question of every kind is asked in each phase. */
  readonly rounds: number;
}

export interface Difference {
  readonly phase: string;
  readonly question: string;
  readonly fault: string;
  /** Whether the same question was answered rightly a moment later. */
  readonly passed: boolean;
}

export interface RunResult {
  readonly asked: number;
  readonly differences: readonly Difference[];
}

const steps = 6;
/** Of as many spans. */
const longRun = 1000;
/** Questions while spans arrive. */
const leastArriving = 8;
/** Beyond these a run says nothing new. */
const enough = 40;

export async function run({seed, spans: count, rounds}: RunOptions): Promise<RunResult> {
  const random = createRandom(seed);
  const data = generate(random, {spans: count, steps});
  const world = await World.start({
    now: data.now,
    // The reader of a ClickHouse of one's own keeps more in memory than one that is told half of what is stored.
    alone: seed % 2 === 0,
    // Few spans are many, and a burst.
    narrow: random.pick([
      {},
      {manySpans: 5, commonShare: 0.9},
      {largeCell: 2, manySpans: 20},
      {largeCell: 2, manySpans: 3, commonShareOfBurst: 1},
    ]),
  });
  const sent: Span[] = [];
  const differences: Difference[] = [];
  let asked = 0;
  const check = async (phase: string, one: Question, model: Model): Promise<void> => {
    asked++;
    const tried = (): Promise<string | undefined> =>
      one.ask(world.asked, model).catch((error: Error) => `it was refused: ${error.stack}`);
    const fault = await tried();
    if (fault === undefined) return;
    differences.push({phase, question: one.text, fault, passed: (await tried()) === undefined});
  };
  const ask = async (phase: string): Promise<void> => {
    const model = createModel(sent, data.now);
    for (const one of questions(random, model, data.tenants, rounds)) {
      if (differences.length < enough) await check(phase, one, model);
    }
  };
  /** Asks until all that is sent has been taken in, a few questions at least. */
  const askUntil = async (phase: string, before: Model, taken: Promise<void>): Promise<void> => {
    let isOver = false;
    taken.then(
      () => (isOver = true),
      () => (isOver = true), // told below
    );
    const all = createModel(sent, data.now);
    let count = 0;
    for (const one of arrivingQuestions(random, {before, all}, data.tenants)) {
      if ((isOver && count >= leastArriving) || differences.length >= enough) break;
      await check(phase, one, all);
      count++;
    }
    await taken;
  };
  const send = async (step: number): Promise<void> => {
    const spans = data.steps[step] ?? [];
    sent.push(...spans);
    await world.send(spans, 1 + random.below(200));
  };
  try {
    await send(0);
    await world.flush();
    await ask('after the first spans');
    const before = createModel(sent, data.now);
    const late = Promise.all([send(1), world.merge()]).then(() => world.flush());
    await askUntil('while later spans arrive', before, late);
    await world.placesKnown();
    await ask('after later spans');
    await world.readAgain();
    await ask('by a reader that has just been started');
    await world.merge();
    await world.placesKnown();
    await ask('after merges');
    const sending = send(2);
    world.kill();
    await sending;
    await world.flush();
    await ask('after a kill of the engine amid inserts');
    await send(3);
    await world.restart();
    await world.flush();
    await ask('after a start that replays the spool');
    await world.placesKnown();
    await send(4);
    await world.flush();
    await world.merge();
    await ask('after everything and merges');
    const pauses = random.list(count < longRun ? 1 : 3, () => random.below(7000));
    const torn = data.steps[5] ?? [];
    sent.push(...torn);
    await world.sendToKilled(torn, 1 + random.below(50), pauses);
    await world.flush();
    await ask(`after processes were killed ${pauses.join(', ')} ms after they had acknowledged`);
    await world.loseFilters();
    await world.readAgain();
    await world.placesKnown();
    await ask('after filters were lost');
  } finally {
    await world.stop();
  }
  return {asked, differences};
}

/** A difference in words, with the seed that makes it again. */
export const describe = ({phase, question, fault, passed}: Difference, seed: number): string =>
  `seed ${seed}, ${phase}${passed ? ' (right when asked again)' : ''}\n  ${question}\n  ${fault}`;
