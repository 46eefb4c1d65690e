/** Passes over the columns of a Native block that nobody asks for. */
import {bug} from '../base/index.ts';
import type {Reader, Type} from './read.ts';

export function skipData(reader: Reader, type: Type, rows: number): void {
  if (rows === 0) return;
  switch (type.kind) {
    case 'fixed':
      reader.at += type.width * rows;
      return;
    case 'string':
      return skipStrings(reader, rows);
    case 'dictionary': {
      const width = 1 << (reader.u64() & 0xff);
      skipStrings(reader, reader.u64());
      reader.at += 8 + rows * width;
      return;
    }
    case 'array':
      return skipData(reader, type.of, skipEnds(reader, rows));
    case 'map': {
      const count = skipEnds(reader, rows);
      skipData(reader, type.key, count);
      return skipData(reader, type.value, count);
    }
    case 'tuple':
      for (const element of type.elements.values()) skipData(reader, element, rows);
  }
}

function skipStrings(reader: Reader, count: number): void {
  const {bytes} = reader;
  for (let i = 0; i < count; i++) {
    const short = bytes[reader.at] ?? bug('a Native answer is cut off');
    if (short < 128) reader.at += 1 + short;
    else {
      const length = reader.varint();
      reader.at += length;
    }
  }
}

/** How many elements all rows have together. */
function skipEnds(reader: Reader, rows: number): number {
  reader.at += 8 * (rows - 1);
  return reader.u64();
}
