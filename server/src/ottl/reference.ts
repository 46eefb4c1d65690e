/** docs/reference/ottl.md: what the tables of functions, paths and enums say. */
import {enumsOf, type OttlContext, pathsOf} from './context.ts';
import type {FunctionDefinition} from './function.ts';
import {onlyFilter, onlyTransform, standard} from './functions.ts';

const contexts = Object.keys(pathsOf) as OttlContext[];

export function renderOttlReference(): string {
  const lines = [
    '# OTTL',
    '',
    '<!-- Made by `npm run gen` from the tables in server/src/ottl. -->',
    '',
    'The statements and conditions of the OpenTelemetry Collector, as `transform`, `filter` and other components take them. How to use',
    'them: [transform and filter](../how-to/transform-and-filter.md); what differs from the Collector:',
    '[decision 66](../decisions/0066-ottl.md).',
    '',
    '## The language',
    '',
    '- A statement is an editor, and a condition where it has one: `set(span.name, "x") where span.kind == SPAN_KIND_SERVER`.',
    '- A condition is made of comparisons (`==`, `!=`, `<`, `<=`, `>`, `>=`), converters that give a bool, `true` and `false`, with',
    '  `not`, `and`, `or` (in this order of binding) and parentheses.',
    '- Values are paths, `"text"`, `1`, `1.5`, `true`, `nil`, bytes (`0x0a`), lists (`[1, "a"]`), maps (`{"a": 1}`), enums, converters,',
    '  arithmetic (`+`, `-`, `*`, `/`; also of times and durations), and in functions that take one a lambda (`(k, v) => v != nil`).',
    '- Keys reach into maps and lists, those that converters give too: `attributes["a"]["b"][0]`, `Split(name, "/")[1]`. They may be',
    '  computed: `attributes[Concat(["a", "b"], ".")]`.',
    '- Values of different types are unequal and in no order; an int and a double are compared as doubles.',
    '- Arguments stand in their order, or behind that by name: `truncate_all(attributes, 100, truncation_marker = "…")`. Those in brackets',
    '  below may be left out.',
    '- `cache` is a map that lives while the statements of one group run for one row.',
    '',
    '## Editors',
    '',
    ...functionTable(standard.filter(({kind}) => kind === 'editor')),
    '## Converters',
    '',
    ...functionTable(standard.filter(({kind}) => kind === 'converter')),
    '## More of `transform`',
    '',
    ...functionTable(onlyTransform),
    '## More of `filter`',
    '',
    ...functionTable(onlyFilter),
    '## Paths',
    '',
    'A path begins with its context: `span.name`. In a component that says the context the name alone will do. From inside, everything',
    'around is reached: a point reaches its `metric`, an event its `span`, all of them `scope` (also `instrumentation_scope`) and',
    '`resource`. Each context has its own `cache`.',
    '',
  ];
  for (const context of contexts) lines.push(`### ${context}`, '', ...pathTable(context), ...enumLine(context));
  return `${lines.join('\n').trimEnd()}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function functionTable(definitions: readonly FunctionDefinition[]): string[] {
  const ordered = definitions.toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  return [
    '| Function | Contexts | Meaning |',
    '| --- | --- | --- |',
    ...ordered.map(({name, parameters, contexts: its, help}) => {
      const list = Object.entries(parameters).map(([key, {type, optional, arity}]) => {
        const what = arity === undefined ? type : `${type} of ${arity}`;
        return optional ? `[${key}: ${what}]` : `${key}: ${what}`;
      });
      return `| \`${name}(${cell(list.join(', '))})\` | ${its?.join(', ') ?? 'all'} | ${cell(help)} |`;
    }),
    '',
  ];
}

function pathTable(context: OttlContext): string[] {
  const paths = Object.entries(pathsOf[context]).filter(([name]) => name !== '');
  return [
    '| Path | Type | Meaning |',
    '| --- | --- | --- |',
    ...paths.map(([name, {type, help, keys}]) => {
      const keyed = keys === 'attributes' || keys === 'value' ? `, \`${name}["key"]\`` : '';
      return `| \`${name}\`${keyed} | ${type} | ${cell(help)} |`;
    }),
    '',
  ];
}

function enumLine(context: OttlContext): string[] {
  const enums = Object.entries(enumsOf[context]);
  return enums.length === 0 ? [] : [`Enums: ${enums.map(([name, value]) => `\`${name}\` ${value}`).join(', ')}.`, ''];
}
