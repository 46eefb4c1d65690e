/** Fields that a driver adds to every command. */
const ofDriver = new Set(['lsid', '$clusterTime', '$db', 'txnNumber', 'autocommit', 'startTransaction', 'readConcern']);
const deepest = 12;
const widest = 64;
const longestList = 16;

/**
 * A command or document as JSON with every value a `?`: operators and field names stay where they look like names. Bounded, so
 * that an insert of a thousand documents costs no more than one of sixteen.
 *
 * @example commandText({find: 'users', filter: {mail: 'a@b.c'}}) // {"find":"?","filter":{"mail":"?"}}
 */
export function commandText(command: object): string {
  return JSON.stringify(shapeOf(command, 0));
}

export function shapeOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > deepest || isScalar(value)) return '?';
  if (Array.isArray(value)) return listShape(value, depth);
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  const shape: Record<string, unknown> = {};
  for (const [key, one] of entries.slice(0, widest)) {
    if (depth === 0 && ofDriver.has(String(key))) continue;
    shape[/^\$?[A-Za-z_][\w.]{0,63}$/.test(String(key)) ? String(key) : '?'] = shapeOf(one, depth + 1);
  }
  return shape;
}

/** ObjectId, Long, Binary, Date, RegExp, bytes: objects to JavaScript, values to the database. */
const isScalar = (value: object): boolean =>
  '_bsontype' in value || value instanceof Date || value instanceof RegExp || ArrayBuffer.isView(value);

/** Items of one shape are told once. */
function listShape(list: readonly unknown[], depth: number): unknown[] {
  const shapes = new Map<string, unknown>();
  for (const item of list.slice(0, longestList)) {
    const shape = shapeOf(item, depth + 1);
    shapes.set(JSON.stringify(shape), shape);
  }
  return [...shapes.values()];
}
