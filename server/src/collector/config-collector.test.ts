/** Every setting of the Collector's components is known here: it works, or says why it does not. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {parse} from 'yaml';
import type {Fields} from '../config/index.ts';
import {type Kind, loadFactories} from '../pipeline/index.ts';
import {registry} from './registry.ts';

/** Names of settings, with those inside of them; null where there are none. */
interface Names {
  readonly [name: string]: Names | null;
}

const file = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'collector', 'settings.yaml');
const components = parse(readFileSync(file, 'utf8')) as Readonly<Record<Kind, Readonly<Record<string, Names>>>>;
const factories = await loadFactories(registry);

/** Paths that lead nowhere. A setting that has no effect, or is refused, is known with all that is inside. */
function unknown(names: Names, fields: Fields, prefix = ''): string[] {
  return Object.entries(names).flatMap(([name, inner]) => {
    const field = fields[name];
    if (field === undefined) return [`${prefix}${name}`];
    const inside = field.type.fields;
    return inner === null || inside === undefined ? [] : unknown(inner, inside, `${prefix}${name}.`);
  });
}

const cases = Object.entries(components).flatMap(([kind, types]) =>
  Object.entries(types).map(([type, names]) => [kind as Kind, type, names] as const),
);

it.each(cases)('configuration: the Collector’s settings of %s %s are known', (kind, type, names) => {
  expect(unknown(names, factories[kind][type]?.config.fields ?? {})).toEqual([]);
});
