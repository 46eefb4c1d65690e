/** The types that a cast or a parameter may name. */
export const plainTypes = [
  'Bool',
  'String',
  'UUID',
  'IPv4',
  'IPv6',
  'Date',
  'Date32',
  ...[8, 16, 32, 64, 128, 256].flatMap((bits) => [`Int${bits}`, `UInt${bits}`]),
  'Float32',
  'Float64',
] as const;

/** With numbers or a time zone in parentheses. */
export const sizedTypes = [
  'FixedString',
  'Decimal',
  'Decimal32',
  'Decimal64',
  'Decimal128',
  'Decimal256',
  'DateTime',
  'DateTime64',
] as const;

/** Of types. */
export const compoundTypes = ['Array', 'Tuple', 'Map', 'Nullable', 'LowCardinality'] as const;

const byLower = new Map([...plainTypes, ...sizedTypes, ...compoundTypes].map((name) => [name.toLowerCase(), name]));
/** Standard SQL's names. */
const aliases: Readonly<Record<string, string>> = {
  int: 'Int32',
  integer: 'Int32',
  bigint: 'Int64',
  smallint: 'Int16',
  tinyint: 'Int8',
  float: 'Float32',
  real: 'Float32',
  double: 'Float64',
  varchar: 'String',
  text: 'String',
  char: 'String',
  boolean: 'Bool',
  timestamp: 'DateTime',
};

/** As ClickHouse spells it; undefined where there is none. */
export const typeNamed = (name: string): string | undefined =>
  byLower.get(name.toLowerCase()) ??
  (Object.hasOwn(aliases, name.toLowerCase()) ? aliases[name.toLowerCase()] : undefined);

export const isSized = (name: string): boolean => (sizedTypes as readonly string[]).includes(name);
export const isCompound = (name: string): boolean => (compoundTypes as readonly string[]).includes(name);
