/** Runs cases at both sides, many in one configuration, and tells what differs. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Case, Item, Outcome} from './case.ts';
import {differences, prepared} from './diff.ts';
import {canonical} from './items.ts';
import {configOf, createPlaces, type Placed} from './places.ts';
import {send} from './send.ts';
import {RefusedError, type Side} from './side.ts';
import {type Sink, startSink} from './sink.ts';

export interface Compared {
  readonly one: Case;
  readonly lines: readonly string[];
  /** That came out of the Collector. */
  readonly items: number;
}

/** Cases in one configuration: enough that starting does not count, few enough that one that is refused is soon found. */
const together = 48;

/** `hear` gets each group's results as they come. */
export async function compare(
  cases: readonly Case[],
  sides: readonly [collector: Side, weft: Side],
  hear: (compared: readonly Compared[]) => void,
): Promise<void> {
  // Those that wait do so together.
  const ordered = cases.toSorted((a, b) => (a.settle ?? 0) - (b.settle ?? 0));
  for (let from = 0; from < ordered.length; from += together) {
    const group = ordered.slice(from, from + together);
    const [collector, weft] = [await outcomesOf(group, sides[0]), await outcomesOf(group, sides[1])];
    hear(
      group.map((one) => {
        const [left, right] = [collector.get(one), weft.get(one)] as [Outcome, Outcome];
        const items = left.kind === 'ran' ? left.items.length : 0;
        return {one, lines: differences(one, left, right), items};
      }),
    );
  }
}

async function outcomesOf(cases: readonly Case[], side: Side): Promise<Map<Case, Outcome>> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-compare-'));
  await using sink = await startSink();
  try {
    return await runTogether(await createPlaces(cases, directory, sink.url), side, sink, directory);
  } finally {
    rmSync(directory, {recursive: true, force: true});
  }
}

/** A configuration is refused as a whole: its halves tell which case was. */
async function runTogether(
  placed: readonly Placed[],
  side: Side,
  sink: Sink,
  directory: string,
): Promise<Map<Case, Outcome>> {
  try {
    await using _ = await side.start(configOf(placed), directory);
    const answers: (readonly string[])[] = [];
    for (const each of placed) answers.push(await send(each));
    const settled = await settle(placed, sink);
    const outcomes = new Map<Case, Outcome>();
    for (const [index, {one, place}] of placed.entries()) {
      const items = [...(settled[index] ?? []), ...((await one.read?.(place)) ?? [])];
      outcomes.set(one, {kind: 'ran', answers: answers[index] ?? [], items});
    }
    return outcomes;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const [first] = placed;
    if (placed.length <= 1) return new Map(first && [[first.one, {kind: 'refused', message: error.message}]]);
    const middle = placed.length >> 1;
    return new Map([
      ...(await runTogether(placed.slice(0, middle), side, sink, directory)),
      ...(await runTogether(placed.slice(middle), side, sink, directory)),
    ]);
  }
}

/** Waits as long as a case says, and where the same is told again and again until it says nothing else: machines are busy. */
async function settle(placed: readonly Placed[], sink: Sink): Promise<readonly (readonly Item[])[]> {
  const atLeast = Math.max(...placed.map(({one}) => one.settle ?? 0));
  const items: Item[][] = placed.map(() => []);
  const take = (): string => {
    for (const [index, {place}] of placed.entries()) items[index]?.push(...sink.take(place.id));
    return canonical(placed.map(({one}, index) => (one.onlyLast ? prepared(one, items[index] ?? []) : [])));
  };
  if (atLeast > 0) await sleep(atLeast);
  let before = take();
  for (let left = atLeast > 0 ? 10 : 0; left > 0; left--) {
    await sleep(1500);
    const now = take();
    if (now === before) break;
    before = now;
  }
  return items;
}
