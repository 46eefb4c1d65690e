/**
 * Rows that are kept beside those of a table, summed up over its last segments: an INSERT of them costs as much for a second of spans
 * as for five. The segments stay until their sums are on disk, so that these are neither lost nor counted twice. See
 * docs/decisions/0061-sums-of-segments.md.
 */
import {join} from 'node:path';
import {giveBytes, type Log} from '../base/index.ts';
import {type DerivedBlock, leftGroups, newGroupName, putGroupAside, saveGroup, settleGroup} from './derived-group.ts';
import {filesOf, type RecentSegments} from './recent.ts';
import {removeSegment, type Segment} from './segment.ts';

/** Sums up blocks of one table. */
export interface Deriver {
  /** Native blocks, inserted as the segment with this token or a part of it, with the CRC-32 of each where it is known. */
  add(bytes: Uint8Array, token: string, checksums?: readonly number[]): void;
  /** Since the last `finish`. */
  readonly rows: number;
  /** The sums of what was added, as blocks of the pool; empties it. */
  finish(): readonly DerivedBlock[];
}

export interface DerivationOptions {
  readonly directory: string;
  readonly rejectedDirectory: string;
  readonly table: string;
  readonly deriver: Deriver;
  readonly log: Log;
  /** How long, and how many rows, are summed up. Default 5 s, 160,000. */
  readonly afterMs?: number;
  readonly maxRows?: number;
  /** To be inserted. Calls `done` when all of it is in, or put aside. */
  readonly insert: (segments: readonly Segment[], done: () => void) => void;
  /**
   * Segments are in their table and not yet in the sums; and then are. Between both, and for a while after, the blocks of one that has
   * `files` lie in the first of these, or else in the second.
   */
  readonly onTaken?: (token: string, files: readonly [string, string] | undefined) => void;
  readonly onDerived?: (tokens: readonly string[]) => void;
  /** Keeps the files of segments that are done with. */
  readonly recent?: (() => RecentSegments | undefined) | undefined;
}

export interface Derivation {
  readonly table: string;
  /** Takes over a segment that is in its table, with what is in there of it; `isFile` where its file has just that. Never rejects. */
  take(segment: Segment, blocks: Uint8Array, isFile: boolean): Promise<void>;
  /** Bytes of segments that wait for their sums. */
  readonly bytes: number;
  /** Resolves when the sums of all that was taken are handed over. */
  close(): Promise<void>;
  /** Makes segments of what an earlier process has summed up; to be called before its segments are looked for. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

interface Member extends Segment {
  readonly isFile: boolean;
}

/** A disk that cannot be written is tried again. */
const pauseMs = 1000;

export function createDerivation(options: DerivationOptions): Derivation {
  const {directory, rejectedDirectory, deriver, log, afterMs = 5000, maxRows = 160_000, insert} = options;
  const {onTaken = () => {}, onDerived = () => {}} = options;
  const recent = options.recent ?? (() => undefined);
  let members: Member[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let closing: Promise<void> = Promise.resolve();
  const stopping = new AbortController();

  /** Until it is on disk: what was summed up cannot be had again while the segments go on to be taken. */
  const save = async (taken: readonly Member[], blocks: readonly DerivedBlock[]): Promise<void> => {
    const group = {name: newGroupName(Date.now()), members: taken.map(({token}) => token), blocks};
    for (let told = false; !stopping.signal.aborted; told = true) {
      try {
        await saveGroup(directory, group);
        const kept = recent();
        const done = new Map(taken.map((member) => [member.token, member]));
        const segments = await settleGroup(directory, group, async (token) => {
          const member = done.get(token);
          if (member?.isFile && kept !== undefined) await kept.keep(member);
          else await removeSegment({path: join(directory, token)});
        });
        for (const {bytes} of blocks) giveBytes(bytes);
        for (const segment of taken) bytes -= segment.bytes;
        insert(segments, () => onDerived(group.members));
        return;
      } catch (error) {
        recent()?.clear();
        if (!told) log.error({err: error}, 'sums of spans cannot be written, trying again');
        await new Promise<void>((resolve) => {
          const wait = setTimeout(resolve, pauseMs);
          stopping.signal.addEventListener('abort', () => (clearTimeout(wait), resolve()), {once: true});
        });
      }
    }
  };

  const close = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (members.length === 0) return closing;
    const taken = members;
    members = [];
    const blocks = deriver.finish();
    closing = closing.then(() => save(taken, blocks));
    return closing;
  };

  return {
    table: options.table,
    get bytes() {
      return bytes;
    },
    async take(segment, blocks, isFile) {
      try {
        deriver.add(blocks, segment.token, isFile ? segment.frames?.checksums : undefined);
      } catch (error) {
        // A defect of this program. The spans themselves are in, and would not be summed up by another trial either.
        log.error({err: error, token: segment.token}, 'BUG: a segment cannot be summed up');
        await removeSegment(segment);
        return;
      }
      members.push({...segment, isFile});
      bytes += segment.bytes;
      onTaken(segment.token, isFile && recent() !== undefined ? filesOf(segment) : undefined);
      if (deriver.rows >= maxRows) void close();
      else timer ??= setTimeout(() => void close(), afterMs);
    },
    close,
    async recover() {
      const {groups, damaged} = await leftGroups(directory);
      for (const file of damaged) {
        log.error({file, rejectedDirectory}, 'sums of spans were damaged on disk: they are put aside');
        await putGroupAside(directory, file, rejectedDirectory);
      }
      for (const group of groups) await settleGroup(directory, group);
    },
    async stop() {
      clearTimeout(timer);
      stopping.abort();
      await closing;
    },
  };
}
