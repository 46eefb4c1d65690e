/** Attribute values as text: for reading, for copying, for searching. */
import type {Attribute, AttributeValue} from '../../../api/index.ts';

/** As shown and copied; arrays and maps as JSON. */
export function valueText(value: AttributeValue): string {
  switch (value.type) {
    case 'string':
    case 'int':
    case 'bytes':
      return value.value;
    case 'double':
    case 'bool':
      return String(value.value);
    case 'array':
    case 'map':
      return JSON.stringify(plain(value), undefined, 2);
    case 'empty':
      return '';
  }
}

/** The value as JSON would have it; integers beyond 2^53 stay strings. */
export function plain(value: AttributeValue): unknown {
  switch (value.type) {
    case 'int':
      return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : value.value;
    case 'array':
      return value.value.map(plain);
    case 'map':
      return plainAttributes(value.value);
    case 'empty':
      return null;
    default:
      return value.value;
  }
}

export function plainAttributes(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({key, value}) => [key, plain(value)]));
}

/** A list or a map as the store has it: plain JSON without spaces, keys sorted, integers exact. */
function searchText(value: AttributeValue): string {
  switch (value.type) {
    case 'int':
      return value.value;
    case 'empty':
      return 'null';
    case 'array':
      return `[${value.value.map(searchText).join(',')}]`;
    case 'map': {
      const sorted = value.value.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      return `{${sorted.map((entry) => `${JSON.stringify(entry.key)}:${searchText(entry.value)}`).join(',')}}`;
    }
    default:
      return JSON.stringify(value.value);
  }
}

/** `key=value` for a search, or undefined where a search cannot ask for such a value. */
export function searchToken({key, value}: Attribute): string | undefined {
  if (value.type === 'empty') return undefined;
  const text = value.type === 'array' || value.type === 'map' ? searchText(value) : valueText(value);
  return text === '' || key.includes('=') ? undefined : `${key}=${text}`;
}

/** Every word is somewhere in the key or the value. */
export function fitsFilter(attribute: Attribute, filter: string): boolean {
  const text = `${attribute.key} ${valueText(attribute.value)}`.toLowerCase();
  return filter
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
