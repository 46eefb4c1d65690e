// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of configurations look like templates
/** The reference of the configuration, as Markdown, from the schemas themselves: `npm run gen` writes it. */

import {type Field, type Fields, telemetrySection, weftSection} from '../config/index.ts';
import {allSignals, type Kind, loadFactories, type Registry} from './component.ts';
import {defaultConfig} from './config-default.ts';

const kinds: readonly (readonly [Kind, string])[] = [
  ['receivers', 'take data in.'],
  ['processors', 'work on batches on their way, in the order in which a pipeline names them.'],
  ['connectors', 'end some pipelines and begin others.'],
  ['exporters', 'hand data on; a sender is answered when every exporter of its pipelines has taken the data.'],
  ['extensions', 'run beside the pipelines; `service.extensions` names those that do.'],
];

export async function renderConfigReference(registry: Registry): Promise<string> {
  const all = await loadFactories(registry);
  const lines = [
    '# Configuration',
    '',
    '<!-- Made by `npm run gen` from the schemas of the components; do not edit. -->',
    '',
    "The format is the OpenTelemetry Collector's YAML. `--config` may be repeated and names a file (`PATH` or `file:PATH`),",
    'YAML itself (`yaml:TEXT`) or an environment variable that holds YAML (`env:NAME`); later sources are merged over earlier',
    'ones, maps key by key, everything else replaced. `--set path.to.key=value` is stronger than every file, the last one',
    'strongest. Every fault is listed at once with its file, line and column, before anything starts.',
    '',
    'A component is named `type` or `type/name`, so that there can be several of a type. Durations are written `200ms`, `5s`,',
    '`1h30m`; those that a timer waits for are at most 24.8 days. Sizes are written `512MiB`, `10GiB` or in bytes.',
    '',
    '## References',
    '',
    'Inside, `${env:NAME}`, `${env:NAME:-default}`, `${NAME}`, `${file:PATH}` and `${yaml:TEXT}` are replaced as the Collector',
    'replaces them:',
    '',
    '- A reference within a text is replaced by the text of the variable, whatever it holds: `Bearer ${env:TOKEN}`.',
    '- A value that is one reference takes the type that its setting wants. A text setting takes the text as it is (`0123`,',
    '  `secret:`, `{abc}`, `"quoted"` with its quotes); every other one takes it as YAML, so that a variable can hold a list or',
    '  a whole section.',
    '- A whole number is read as the Collector reads it, in a variable and in a file: `0123` is octal, 83; `0x1f`, `0b101` and',
    '  `1_000` are numbers too.',
    '- A variable that is empty is as if its setting were not set; in a list or a map of texts it is an empty text.',
    '  `${env:NAME:-}` is an empty text where the variable is not set.',
    '- `$$` is a dollar sign. `$${env:NAME}` stays as the text `${env:NAME}`, in a default too, and ends the replacing in its',
    '  text. A reference cannot hold `$` otherwise.',
    '- What a reference yields is replaced in turn; references that lead back to themselves are a fault.',
    '',
    '## Built-in configuration',
    '',
    'Without `--config` this runs; a file with nothing but a `weft` section keeps it:',
    '',
    '```yaml',
    defaultConfig.trimEnd(),
    '```',
    '',
    ...table('Section `weft`', 'Settings of Weft as a whole.', weftSection.fields ?? {}),
  ];
  for (const [kind, words] of kinds) {
    lines.push(`## ${kind[0]!.toUpperCase()}${kind.slice(1)}`, '', `These ${words}`, '');
    const factories = Object.entries(all[kind]);
    if (factories.length === 0) lines.push('There are none yet.', '');
    for (const [type, factory] of factories) {
      lines.push(`### \`${type}\``, '', factory.help, '', signalsOf(factory), '', ...rows(factory.config.fields ?? {}));
    }
  }
  lines.push(
    '## Section `service`',
    '',
    '`pipelines` names each pipeline `traces`, `metrics` or `logs`, or one of them with `/name`; each has lists of `receivers`,',
    '`processors` and `exporters`, connectors among the first and the last. `extensions` is the list of extensions that run.',
    '',
    ...table('`service.telemetry`', '', telemetrySection.fields ?? {}),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

function signalsOf(factory: {readonly signals?: readonly string[]; readonly conversions?: object}): string {
  if (factory.conversions !== undefined) {
    const each = Object.entries(factory.conversions as Record<string, readonly string[]>);
    return `Makes: ${each.map(([from, to]) => `${from} → ${to.join(', ')}`).join('; ')}.`;
  }
  if (factory.signals === undefined) return '';
  const all = factory.signals.length === allSignals.length;
  return `Signals: ${all ? 'all' : factory.signals.join(', ')}.`;
}

const table = (title: string, help: string, fields: Fields): string[] => [
  `## ${title}`,
  '',
  ...(help === '' ? [] : [help, '']),
  ...rows(fields),
];

function rows(fields: Fields): string[] {
  const flat = flatten('', fields);
  if (flat.length === 0) return ['No settings.', ''];
  return [
    '| Setting | Type | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...flat.map(
      ([path, field]) =>
        `| \`${path}\` | ${cell(field.type.label)} | ${cell(defaultOf(field))} | ${cell(field.help)} |`,
    ),
    '',
  ];
}

function defaultOf(field: Field<unknown>): string {
  if (field.required) return '**required**';
  return field.fallbackText === '' ? '' : `\`${field.fallbackText}\``;
}

function flatten(prefix: string, fields: Fields): (readonly [string, Field<unknown>])[] {
  return Object.entries(fields).flatMap(([key, field]) => {
    const path = `${prefix}${key}`;
    const isList = field.type.label.startsWith('list');
    return [[path, field] as const, ...flatten(`${path}${isList ? '[]' : ''}.`, field.type.fields ?? {})];
  });
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
