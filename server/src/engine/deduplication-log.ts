/**
 * What a table's directory says of its INSERTs: the parts that are there, and the deduplication log, which remembers the tokens.
 * Its files are lines of operation (1 adds, 2 drops), part and block id; see MergeTreeDeduplicationLog.cpp of ClickHouse.
 */
import {closeSync, openSync, readdirSync, readFileSync, readSync, statSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';

const logsFolder = 'deduplication_logs';

export interface Part {
  readonly name: string;
  readonly partition: string;
  /** Of the blocks that it holds: an INSERT's part has one, a merged one has a range. */
  readonly first: number;
  readonly last: number;
  readonly level: number;
  readonly mutated: boolean;
}

export interface LogRecord {
  readonly operation: 'add' | 'drop';
  readonly part: Part;
  readonly block: string;
}

export interface LogFile {
  readonly path: string;
  readonly records: readonly LogRecord[];
  /** Whether every line of it is a record: ClickHouse reads none that follow one that is not. */
  readonly sound: boolean;
}

export interface Table {
  readonly directory: string;
  readonly parts: readonly Part[];
  /** Oldest first. */
  readonly logs: readonly LogFile[];
}

/** The partition's id has no underscore, and so no temporary directory has such a name. */
const partText = /([^_\t]+)_(\d+)_(\d+)_(\d+)(_\d+)?/.source;
const partName = new RegExp(`^(${partText})$`);
/** Not tied to the line's start: a record may follow the rest of one that was cut short. */
const record = new RegExp(`([12])\\t(${partText})\\t([^\\t]+)$`);
const logName = /^deduplication_log_(\d+)\.txt$/;

const parsePart = (name: string): Part | undefined => {
  const found = partName.exec(name);
  return found === null ? undefined : partOf(found, 1);
};

/** Of a match in which the groups of `partText` begin after `at`. */
function partOf(found: RegExpExecArray, at: number): Part {
  return {
    name: found[at] as string,
    partition: found[at + 1] as string,
    first: Number(found[at + 2]),
    last: Number(found[at + 3]),
    level: Number(found[at + 4]),
    mutated: found[at + 5] !== undefined,
  };
}

export const logLine = (operation: 'add' | 'drop', part: string, block: string): string =>
  `${operation === 'add' ? 1 : 2}\t${part}\t${block}\n`;

/** The tables of the engine's data directory that have a deduplication log. */
export function readTables(data: string): Table[] {
  return tableDirectories(data).flatMap((directory) => {
    const entries = names(directory);
    if (!entries.includes(logsFolder)) return [];
    const parts = entries.map(parsePart).filter((part) => part !== undefined);
    return [{directory, parts, logs: logFiles(directory).map(readLog)}];
  });
}

/** In the layout of ClickHouse's Atomic databases: `store/abc/abc…` by the table's UUID. */
export function tableDirectories(data: string, list: ListNames = names): string[] {
  const store = join(data, 'store');
  return list(store).flatMap((prefix) => list(join(store, prefix)).map((id) => join(store, prefix, id)));
}

function logFiles(directory: string, list: ListNames = names): string[] {
  const numbered = list(join(directory, logsFolder)).map((name) => [Number(logName.exec(name)?.[1]), name] as const);
  return numbered
    .filter(([number]) => !Number.isNaN(number))
    .sort(([a], [b]) => a - b)
    .map(([, name]) => join(directory, logsFolder, name));
}

const readLog = (path: string): LogFile => parseLog(path, textOf(path));

function parseLog(path: string, text: string): LogFile {
  const lines = text.split('\n');
  // A last line without a newline is cut short, even where it looks whole.
  let sound = lines.pop() === '';
  const records: LogRecord[] = [];
  for (const line of lines) {
    const found = record.exec(line);
    if (found === null || found.index > 0) sound = false;
    if (found === null) continue;
    records.push({operation: found[1] === '1' ? 'add' : 'drop', part: partOf(found, 2), block: found[8] as string});
  }
  return {path, records, sound};
}

/** The newest records of a log, for a look after every INSERT; all where none of them adds a token. */
const tailBytes = 8192;

/** `partsWithoutToken` of one table, by their paths. */
export function pathsWithoutToken(directory: string): string[] {
  const entries = names(directory);
  if (!entries.includes(logsFolder)) return [];
  const parts = entries.map(parsePart).filter((part) => part !== undefined);
  const files = logFiles(directory);
  const tail = files.slice(-1).map(readTail);
  const told = tail.some(({records}) => records.some(({operation}) => operation === 'add'));
  const logs = told ? tail : files.map(readLog);
  return partsWithoutToken({directory, parts, logs}).map(({name}) => join(directory, name));
}

function readTail(path: string): LogFile {
  try {
    const from = Math.max(0, statSync(path).size - tailBytes);
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(tailBytes);
      const text = bytes.toString('latin1', 0, readSync(file, bytes, 0, tailBytes, from));
      return parseLog(path, from === 0 ? text : text.slice(text.indexOf('\n') + 1));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return ignoreAbsent(error) ?? parseLog(path, '');
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    return ignoreAbsent(error) ?? '';
  }
}

/** What is in a directory; nothing where it is not there. */
export type ListNames = (directory: string) => readonly string[];

export function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    return ignoreAbsent(error) ?? [];
  }
}

/** The tokens that the log holds for parts that are not there, neither themselves nor within a merged one. */
export function tokensWithoutPart({parts, logs}: Table): LogRecord[] {
  const present = blocksOf(parts);
  const dropped = new Set<string>();
  const found: LogRecord[] = [];
  // From the newest: a record that drops a token counts for those before it.
  for (const {records} of logs.toReversed()) {
    for (let i = records.length - 1; i >= 0; i--) {
      const entry = records[i] as LogRecord;
      if (entry.operation === 'drop') dropped.add(entry.block);
      else if (!present(entry.part.partition, entry.part.first) && !dropped.has(entry.block)) found.push(entry);
    }
  }
  return found;
}

/** Tells whether some part holds the block. */
function blocksOf(parts: readonly Part[]): (partition: string, block: number) => boolean {
  const ranges = new Map<string, {first: number; last: number}[]>();
  for (const {partition, first, last} of [...parts].sort((a, b) => a.first - b.first)) {
    const list = ranges.get(partition) ?? [];
    ranges.set(partition, list);
    const before = list.at(-1);
    if (before !== undefined && first <= before.last) before.last = Math.max(before.last, last);
    else list.push({first, last});
  }
  return (partition, block) => {
    const list = ranges.get(partition) ?? [];
    let [from, to] = [0, list.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((list[middle] as {first: number}).first <= block) from = middle + 1;
      else to = middle;
    }
    const range = list[from - 1];
    return range !== undefined && block <= range.last;
  };
}

/**
 * Parts of INSERTs that were never confirmed, and so are still to come: an INSERT is confirmed when its tokens are on disk. Blocks
 * are numbered in the order in which they are logged, so only numbers above all that are logged can be such: older parts
 * stay, whose records the log has forgotten.
 */
export function partsWithoutToken({parts, logs}: Table): Part[] {
  const records = logs.flatMap((log) => log.records);
  // A log that was emptied says nothing of the parts, except that the first of all may have come without a record.
  if (records.length === 0 && parts.length > 1) return [];
  const logged = records.reduce((highest, {part}) => Math.max(highest, part.last), 0);
  // A summing table's are of level 1. What was merged or mutated has been there for longer.
  const inserted = (part: Part): boolean => part.first === part.last && part.level <= 1 && !part.mutated;
  const merged = parts.filter((part) => !inserted(part));
  return parts.filter(
    (part) =>
      inserted(part) &&
      part.first > logged &&
      !merged.some(({partition, first, last}) => {
        return partition === part.partition && first <= part.first && part.last <= last;
      }),
  );
}

/**
 * Brings the newest log of every table to the disk, which ClickHouse does at a rotation only: a power cut would take the tokens
 * of the last half minute, and leave the parts. See https://github.com/ClickHouse/ClickHouse/issues/111577.
 * `synced` has the logs that need no sync, as they were after an earlier call.
 */
export async function syncLogs(
  data: string,
  synced: Map<string, number> = new Map(),
  list: ListNames = names,
): Promise<void> {
  const newest = tableDirectories(data, list).map((directory) => logFiles(directory, list).at(-1));
  await Promise.all(newest.filter((path) => path !== undefined).map((path) => syncFile(path, synced)));
}

/** A log only grows. */
async function syncFile(path: string, synced: Map<string, number>): Promise<void> {
  const size = statSync(path, {throwIfNoEntry: false})?.size;
  if (size === undefined || synced.get(path) === size) return;
  const file = await open(path, 'r').catch(ignoreAbsent);
  try {
    await file?.datasync();
    synced.set(path, size);
  } finally {
    await file?.close();
  }
}

/** ClickHouse removes logs that it needs no more, and tables that are dropped. */
function ignoreAbsent(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}
