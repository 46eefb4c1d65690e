/** What the segments of the spool's tables have, so that the engine need not look into each file before it inserts it. */
import type {InsertShape} from '../engine/index.ts';
import {derivedTypes} from './derive-blocks.ts';
import {bareType} from './schema.ts';
import {segmentNumber, spanColumns, spanTable} from './schema-segments.ts';

/** What the file of a segment for a table has, and what its rows get; undefined where the file says it itself. */
export function segmentShape(table: string, token: string): InsertShape | undefined {
  if (table === spanTable) return {columns: bareColumns, constants: {segment: segmentNumber(token)}};
  const columns = derivedTypes[table];
  return columns && {columns, constants: {}};
}

const bareColumns = Object.fromEntries(Object.entries(spanColumns).map(([name, type]) => [name, bareType(type)]));
