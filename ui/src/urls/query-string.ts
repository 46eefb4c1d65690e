/** The address bar's query as plain keys and values: no JSON, a list repeats its key. */

export type RawQuery = Readonly<Record<string, unknown>>;

export function parseQuery(text: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(text);
  const result: Record<string, string | string[]> = {};
  for (const key of new Set(parameters.keys())) {
    const values = parameters.getAll(key);
    result[key] = values.length === 1 ? values[0]! : values;
  }
  return result;
}

/** With the leading `?`, or '' when there is nothing to say. */
export function writeQuery(query: object): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== '' && one !== false) parameters.append(key, String(one));
    }
  }
  // These are legal in a query; left readable.
  const text = parameters
    .toString()
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%3D', '=')
    .replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}

/** Foreign values to typed ones: what does not fit is as if it were not there. */
export const read = {
  text: (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined),
  list: (value: unknown, fits: (one: string) => boolean): readonly string[] | undefined => {
    const all = Array.isArray(value) ? value : [value];
    const fitting = all.filter((one): one is string => typeof one === 'string' && fits(one));
    return fitting.length > 0 ? fitting : undefined;
  },
  flag: (value: unknown): true | undefined => (value === 'true' || value === true ? true : undefined),
  integer: (value: unknown, min: number, max: number): number | undefined => {
    const number =
      typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
    return Number.isInteger(number) && number >= min && number <= max ? number : undefined;
  },
  oneOf: <T extends string>(value: unknown, choices: readonly T[]): T | undefined =>
    choices.find((choice) => choice === value),
};
