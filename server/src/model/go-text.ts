/**
 * Values as the Collector's `AsString` writes them, where a component of it hashes, matches or prints a value: texts as they are,
 * doubles as JSON does, bytes in base64, arrays and maps as Go's JSON with sorted keys.
 */
import {utf8} from '../base/index.ts';
import {type AnyValue, readValue} from './any-value.ts';
import type {Batch} from './batch.ts';
import type {Lent} from './lent.ts';
import {valueType} from './value-column.ts';

/** The value in a row of the attribute table as text. */
export function attributeGoText(batch: Pick<Lent<Batch>, 'attributes' | 'heap'>, row: number): string {
  const {type, value} = batch.attributes.columns;
  return type.get(row) === valueType.string
    ? utf8(batch.heap.bytes, value.words[2 * row], value.words[2 * row + 1])
    : goText(readValue(batch, row));
}

export function goText(value: AnyValue): string {
  switch (value.type) {
    case 'empty':
      return '';
    case 'string':
      return value.value;
    case 'bool':
    case 'int':
      return String(value.value);
    case 'double':
      return doubleText(value.value);
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'array':
    case 'map':
      return json(value) ?? '';
  }
}

const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** Undefined where JSON cannot say it (a double that is not finite): Go then writes nothing at all. */
function json(value: AnyValue): string | undefined {
  switch (value.type) {
    case 'empty':
      return 'null';
    case 'string':
      return quoted(value.value);
    case 'bytes':
      return quoted(goText(value));
    case 'double':
      return Number.isFinite(value.value) ? goText(value) : undefined;
    case 'array':
      return joined('[', value.value.map(json), ']');
    case 'map': {
      // The last of equal keys counts, and keys are sorted by their bytes.
      const entries = [...new Map(value.value.map((each) => [each.key, each.value]))];
      entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const members = entries.map(([key, each]) => {
        const written = json(each);
        return written === undefined ? undefined : `${quoted(key)}:${written}`;
      });
      return joined('{', members, '}');
    }
    default:
      return goText(value);
  }
}

function joined(open: string, parts: readonly (string | undefined)[], close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(',')}${close}`;
}

/** As Go's encoder writes a text where it is told to leave HTML alone. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
