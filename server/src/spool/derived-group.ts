/**
 * The rows that were derived from some segments, on disk in one step with the names of these: from then on the segments are done
 * with, and what was derived goes in under tokens of its own. A process that dies in between leaves the file, and the next one goes on.
 */
import {randomBytes} from 'node:crypto';
import {readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {crc32} from 'node:zlib';
import {syncDirectory, utf8, utf8Bytes} from '../base/index.ts';
import {removeSegment, type Segment, writeSegment} from './segment.ts';

export interface DerivedBlock {
  readonly table: string;
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export interface DerivedGroup {
  /** `000001766000000-0123456789abcdef`: what the names of all its segments end with. */
  readonly name: string;
  /** The tokens of the segments that it was derived from. */
  readonly members: readonly string[];
  readonly blocks: readonly DerivedBlock[];
}

interface Head {
  readonly members: readonly string[];
  readonly blocks: readonly {readonly table: string; readonly rows: number; readonly bytes: number}[];
}

const fileOf = (directory: string, name: string): string => join(directory, `derived.${name}.group`);
const groupFile = /^derived\.(\d+-[0-9a-f]+)\.group(\.new)?$/;

export const newGroupName = (now: number): string =>
  `${String(now).padStart(15, '0')}-${randomBytes(8).toString('hex')}`;

/** On disk when it resolves, in one step. */
export async function saveGroup(directory: string, {name, members, blocks}: DerivedGroup): Promise<void> {
  const head: Head = {members, blocks: blocks.map(({table, rows, bytes}) => ({table, rows, bytes: bytes.length}))};
  const content = Buffer.concat([utf8Bytes(`${JSON.stringify(head)}\n`), ...blocks.map(({bytes}) => bytes)]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(content));
  const file = fileOf(directory, name);
  await writeFile(`${file}.new`, Buffer.concat([sum, content]), {mode: 0o600, flush: true});
  await rename(`${file}.new`, file);
  await syncDirectory(directory);
}

/** What an earlier process left, oldest first. `damaged` are files that the disk gave back otherwise than they were written. */
export async function leftGroups(directory: string): Promise<{groups: DerivedGroup[]; damaged: string[]}> {
  const groups: DerivedGroup[] = [];
  const damaged: string[] = [];
  for (const file of (await readdir(directory)).sort()) {
    const [, name, unfinished] = groupFile.exec(file) ?? [];
    if (name === undefined) continue;
    if (unfinished !== undefined) {
      await rm(join(directory, file));
      continue;
    }
    const group = parse(name, await readFile(join(directory, file)));
    if (group === undefined) damaged.push(file);
    else groups.push(group);
  }
  return {groups, damaged};
}

function parse(name: string, file: Buffer): DerivedGroup | undefined {
  if (file.length < 4 || file.readUInt32LE(0) !== crc32(file.subarray(4))) return undefined;
  const line = file.indexOf('\n', 4);
  const head = JSON.parse(utf8(file, 4, line - 4)) as Head;
  let at = line + 1;
  const blocks = head.blocks.map(({table, rows, bytes}) => {
    at += bytes;
    return {table, rows, bytes: file.subarray(at - bytes, at)};
  });
  return {name, members: head.members, blocks};
}

/**
 * The group as segments to be inserted; those that it was derived from are gone then: `remove` is called with the token of each. Doing
 * it again comes to the same.
 */
export async function settleGroup(
  directory: string,
  {name, members, blocks}: DerivedGroup,
  remove = (token: string): Promise<void> => removeSegment({path: join(directory, token)}),
): Promise<Segment[]> {
  const segments = await Promise.all(
    blocks.map((block) => writeSegment(directory, `${block.table}.${name}`, {block: block.bytes, rows: block.rows})),
  );
  await syncDirectory(directory);
  for (const token of members) await remove(token);
  await rm(fileOf(directory, name), {force: true});
  return segments;
}

/** A damaged file cannot be used: it is put where somebody may look at it. */
export async function putGroupAside(directory: string, file: string, rejectedDirectory: string): Promise<void> {
  await rename(join(directory, file), join(rejectedDirectory, file));
}
