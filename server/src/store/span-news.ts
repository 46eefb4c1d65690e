/**
 * What the thread that stores spans tells those that answer questions, in order: more than fits into `SpanChanges`. What a reader
 * makes of it is its own memory, and is there before the segment leaves `SpanChanges.recent`: at every moment a segment is known by
 * one of both.
 */
import type {MessagePort} from 'node:worker_threads';
import type {TracePlaces} from './derive-index.ts';
import type {RecentSegment, SpanChanges} from './span-changes.ts';

export type SpanNews =
  | SegmentTaken
  /** Comes before `settled` is waited for: segments with files that were taken before. These may be known already. */
  | {readonly kind: 'files'; readonly taken: readonly SegmentTaken[]}
  /** The sums of some segments are being inserted: statements may or may not see them until they are told to be there. */
  | {readonly kind: 'summing up'}
  | SummedUp
  /** The reader was too slow: it lacks what came since. What it has made of the news before is to be forgotten. */
  | {readonly kind: 'missed'}
  /** The files of these segments are there no more. */
  | {readonly kind: 'gone'; readonly tokens: readonly string[]}
  /**
   * Comes after the connection, after `missed` and after `again`: the sums of all segments that were taken before that can be seen by
   * statements. What these say and what has been told since is then everything.
   */
  | {readonly kind: 'settled'};

/** A segment whose spans can be seen by statements, and are in no sum yet. */
export interface SegmentTaken {
  readonly kind: 'taken';
  readonly token: string;
  readonly segment: RecentSegment;
  /** Undefined where no reader is to keep an index of traces. */
  readonly places: TracePlaces | undefined;
  /** Undefined where there is none to be read. */
  readonly file: SegmentFile | undefined;
}

/** Where the blocks of `places` can be read for a while. */
export interface SegmentFile {
  /** It is moved from the second to the first. */
  readonly paths: readonly [string, string];
  /** The CRC-32 of each block. */
  readonly checksums: Uint32Array<ArrayBuffer>;
}

/** The sums of these segments can be seen by statements. */
export interface SummedUp {
  readonly kind: 'summed up';
  readonly tokens: readonly string[];
  /** What was inserted; undefined where it was too much to be told: who keeps such rows is to read them again. */
  readonly sums: readonly Sum[] | undefined;
}

/** Native blocks of a table. */
export interface Sum {
  readonly table: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the storing side says of it. */
export type TakenSegment = Omit<SegmentTaken, 'kind' | 'segment'> & {readonly segment: Omit<RecentSegment, 'serial'>};

interface Numbered {
  readonly number: number;
  readonly news: SpanNews;
}

type Answer = {readonly applied: number} | {readonly again: true};

/** The storing side. */
export interface SpanNewsFeed {
  /** Somebody begins to read at the other end of the port, and knows nothing yet. It has ended when the port closes. */
  connect(port: MessagePort): void;
  /** `transfer` are the buffers of the news that nobody here needs any more. */
  taken(news: TakenSegment, transfer?: readonly ArrayBuffer[]): void;
  gone(tokens: readonly string[]): void;
  summingUp(): void;
  /** `sums` are given away. */
  summedUp(tokens: readonly string[], sums: readonly Sum[] | undefined): void;
}

interface Reading {
  readonly port: MessagePort;
  /** The last news that it has applied, or need not apply. */
  applied: number;
  /** The number of the `missed` that it has yet to read: it is told nothing meanwhile. */
  missed: number | undefined;
  /** What keeps `settled` from being told; undefined where it has been. */
  waits: Waits | undefined;
}

interface Waits {
  /** Of segments whose sums cannot be seen yet. */
  readonly tokens: Set<string>;
  isReady: boolean;
}

interface Segment {
  /** Of the last news of it. */
  number: number;
  isSummedUp: boolean;
}

/** News that a reader may be behind: of segments, some minutes. */
const maxUnread = 200;

/** `whenReady` resolves when statements can see all that earlier processes left. `maxUnread` for tests. */
export function createSpanNewsFeed(
  changes: SpanChanges,
  {
    whenReady = async () => {},
    maxUnread: most = maxUnread,
  }: {readonly whenReady?: () => Promise<void>; readonly maxUnread?: number} = {},
): SpanNewsFeed {
  const readings = new Set<Reading>();
  /** Those that are in `changes.recent`. */
  const segments = new Map<string, Segment>();
  /** Those with files that are still there, for readers to come: some bytes for each trace of a segment. */
  const files = new Map<string, SegmentTaken>();
  let last = 0;
  let serial = 0;

  const post = (reading: Reading, news: SpanNews, transfer: readonly ArrayBuffer[] = []): void => {
    const message: Numbered = {number: last, news};
    reading.port.postMessage(message, [...transfer]);
  };

  const tell = (news: SpanNews, transfer: readonly ArrayBuffer[] = []): number => {
    last++;
    for (const reading of readings) {
      if (reading.missed !== undefined) continue;
      if (last - reading.applied > most) {
        reading.missed = last;
        post(reading, {kind: 'missed'});
      } else post(reading, news, readings.size === 1 ? transfer : []);
    }
    return last;
  };

  /** Takes those from `changes.recent` that are summed up, as all readers know. */
  const strike = (): void => {
    const known = Math.min(last, ...[...readings].map(({applied}) => applied));
    const done = [...segments].filter(([, {number, isSummedUp}]) => isSummedUp && number <= known);
    if (done.length === 0) return;
    for (const [token] of done) segments.delete(token);
    changes.summedUp(done.map(([token]) => token));
  };

  const settle = async (reading: Reading): Promise<void> => {
    if (files.size > 0) {
      last++;
      post(reading, {kind: 'files', taken: [...files.values()]});
    }
    const tokens = new Set([...segments].flatMap(([token, {isSummedUp}]) => (isSummedUp ? [] : [token])));
    const waits: Waits = {tokens, isReady: false};
    reading.waits = waits;
    await whenReady();
    waits.isReady = true;
    tellSettled(reading);
  };

  const tellSettled = (reading: Reading): void => {
    const {waits, missed} = reading;
    if (waits === undefined || !waits.isReady || waits.tokens.size > 0 || missed !== undefined) return;
    reading.waits = undefined;
    last++;
    post(reading, {kind: 'settled'});
  };

  return {
    connect(port) {
      const reading: Reading = {port, applied: last, missed: undefined, waits: undefined};
      readings.add(reading);
      port.on('message', (answer: Answer) => {
        if ('again' in answer) return void settle(reading);
        reading.applied = answer.applied;
        if (reading.missed === answer.applied) {
          reading.applied = last;
          reading.missed = undefined;
          void settle(reading);
        }
        strike();
      });
      port.on('close', () => {
        readings.delete(reading);
        strike();
      });
      port.unref();
      void settle(reading);
    },
    taken(news, transfer) {
      const segment = {...news.segment, serial: ++serial};
      changes.taken(news.token, segment);
      const taken: SegmentTaken = {kind: 'taken', ...news, segment};
      if (news.file !== undefined) files.set(news.token, structuredClone(taken));
      segments.set(news.token, {number: tell(taken, transfer), isSummedUp: false});
    },
    gone(tokens) {
      for (const token of tokens) files.delete(token);
      tell({kind: 'gone', tokens});
    },
    summingUp: () => void tell({kind: 'summing up'}),
    summedUp(tokens, sums) {
      const buffers = sums?.map(({bytes}) => bytes.buffer);
      const number = tell({kind: 'summed up', tokens, sums}, buffers);
      for (const token of tokens) {
        const segment = segments.get(token);
        if (segment === undefined) continue;
        segment.isSummedUp = true;
        // Who keeps sums has those of the segment once this is applied.
        segment.number = number;
      }
      for (const reading of readings) {
        for (const token of tokens) reading.waits?.tokens.delete(token);
        tellSettled(reading);
      }
      strike();
    },
  };
}

/** The reading side. */
export interface SpanNewsSource {
  /** Listeners are called in the order of their subscription, and all of them before the storing side hears that the news is applied. */
  subscribe(listener: (news: SpanNews) => void): void;
  /** Somebody has forgotten everything: asks for `settled`, which all listeners hear. */
  again(): void;
}

export function readSpanNews(port: MessagePort): SpanNewsSource {
  const listeners: ((news: SpanNews) => void)[] = [];
  port.on('message', ({number, news}: Numbered) => {
    for (const listener of listeners) listener(news);
    port.postMessage({applied: number} satisfies Answer);
  });
  port.unref();
  return {
    subscribe: (listener) => void listeners.push(listener),
    again: () => port.postMessage({again: true} satisfies Answer),
  };
}
