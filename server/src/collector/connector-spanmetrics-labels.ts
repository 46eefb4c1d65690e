/** The labels of spans in one metric: as the bytes of a key for every span, and as attributes for every new series. */
import {utf8, utf8Bytes} from '../base/index.ts';
import {
  type AnyValue,
  findAttribute,
  type KeyValue,
  type Lent,
  readValue,
  type SpanBatch,
  valueType,
} from '../model/index.ts';
import type {KeyWriter} from '../red/index.ts';
import {globMatcher} from './connector-spanmetrics-globs.ts';
import type {GlobDimensionConfig, SpanMetricsConfig} from './connector-spanmetrics-settings.ts';

/** What of a span, besides its own row, decides on its series. `event` is -1 where no event is counted. */
export interface Seen {
  readonly row: number;
  readonly event: number;
  readonly isExtrapolated: boolean;
}

interface Dimension {
  readonly name: string;
  readonly key: Uint8Array;
  readonly fallback: AnyValue | undefined;
  readonly fallbackBytes: Uint8Array;
}

export interface Labels {
  /** The key of the span's series, without its resource; the writer is used again for the next. */
  write(batch: Lent<SpanBatch>, seen: Seen, key: KeyWriter): void;
  /** The attributes of that series. `service` is the resource's service.name. */
  read(batch: Lent<SpanBatch>, seen: Seen, service: string): KeyValue[];
  /** Says the same as other labels: then the series are the same too. */
  readonly signature: string;
}

const kindNames = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const statusNames = ['UNSET', 'OK', 'ERROR'];

const absent = 0;
const textual = 1;
/** Other types are told apart by `typed` + their number. */
const typed = 2;

/** The settings that say which labels there are. */
export type LabelConfig = {readonly dimensions: readonly GlobDimensionConfig[]} & Pick<
  SpanMetricsConfig,
  'exclude_dimensions' | 'include_instrumentation_scope' | 'enable_metrics_sampling_method'
>;

export function createLabels(config: LabelConfig, instance: string, more: readonly GlobDimensionConfig[]): Labels {
  const excluded = new Set(config.exclude_dimensions);
  const has = (label: string): boolean => !excluded.has(label);
  const [hasService, hasName, hasKind, hasStatus] = [
    has('service.name'),
    has('span.name'),
    has('span.kind'),
    has('status.code'),
  ];
  const hasInstance = has('collector.instance.id');
  const all = [...config.dimensions, ...more];
  const dimensions = all
    .filter(({name}) => name !== '')
    .map(
      ({name, default: fallback}): Dimension => ({
        name,
        key: utf8Bytes(name),
        fallback: fallback === undefined ? undefined : {type: 'string', value: fallback},
        fallbackBytes: utf8Bytes(fallback ?? ''),
      }),
    );
  const globs = all.flatMap(({glob}) => (glob === undefined ? [] : [glob]));
  const matching = globMatcher(globs);
  const scopes = config.include_instrumentation_scope.filter((name) => name !== '');
  const saysMethod = config.enable_metrics_sampling_method;

  const scopeOf = (batch: Lent<SpanBatch>, row: number): number => {
    const scope = batch.spans.columns.scope.get(row);
    return scopes.includes(utf8(batch.scopes.columns.name.bytes(scope, batch.heap))) ? scope : -1;
  };
  const writeValue = (batch: Lent<SpanBatch>, at: number, key: KeyWriter): void => {
    const {type, value} = batch.attributes.columns;
    const kind = type.data[at] as number;
    const first = value.words[2 * at] as number;
    const second = value.words[2 * at + 1] as number;
    if (kind === valueType.string) {
      key.byte(textual);
      key.slice(batch.heap.bytes, first, second);
    } else if (kind === valueType.int) {
      // A number and its text are one label to whoever reads labels as text.
      key.byte(textual);
      const digits = second === 0 ? String(first) : String(value.getSigned(at));
      key.word(digits.length);
      for (let i = 0; i < digits.length; i++) key.byte(digits.charCodeAt(i));
    } else if (kind === valueType.array || kind === valueType.map || kind === valueType.bytes) {
      key.byte(typed + kind);
      key.slice(batch.heap.bytes, first, second);
    } else {
      key.byte(typed + kind);
      key.word(first);
      key.word(second);
    }
  };
  return {
    signature: JSON.stringify([dimensions.map(({name, fallback}) => [name, fallback]), globs.map(({text}) => text)]),
    write(batch, seen, key) {
      const {row} = seen;
      const {name, kind, statusCode} = batch.spans.columns;
      if (hasKind) key.byte(kind.data[row] as number);
      if (hasStatus) key.byte(statusCode.data[row] as number);
      if (saysMethod) key.byte(seen.isExtrapolated ? 1 : 0);
      if (hasName) key.slice(batch.heap.bytes, name.words[2 * row] as number, name.words[2 * row + 1] as number);
      for (let i = 0; i < dimensions.length; i++) {
        const dimension = dimensions[i] as Dimension;
        const at = attributeOf(batch, seen, dimension.key);
        if (at >= 0) writeValue(batch, at, key);
        else if (dimension.fallback === undefined) key.byte(absent);
        else {
          key.byte(textual);
          key.slice(dimension.fallbackBytes, 0, dimension.fallbackBytes.length);
        }
      }
      if (matching !== undefined) {
        const found = matching(batch, seen);
        key.word(found.length);
        for (const {at} of found) {
          const {key: name} = batch.attributes.columns;
          key.slice(batch.heap.bytes, name.start(at), name.size(at));
          writeValue(batch, at, key);
        }
      }
      if (scopes.length === 0) return;
      const scope = scopeOf(batch, row);
      key.byte(scope < 0 ? absent : textual);
      if (scope < 0) return;
      for (const column of [batch.scopes.columns.name, batch.scopes.columns.version]) {
        key.slice(batch.heap.bytes, column.start(scope), column.size(scope));
      }
    },
    read(batch, seen, service) {
      const {row} = seen;
      const {name, kind, statusCode} = batch.spans.columns;
      const labels: KeyValue[] = [];
      const put = (key: string, value: string): void => void labels.push({key, value: {type: 'string', value}});
      if (hasService) put('service.name', service);
      if (hasName) put('span.name', utf8(name.bytes(row, batch.heap)));
      if (hasKind) put('span.kind', kindText(kind.get(row)));
      if (hasStatus) put('status.code', statusText(statusCode.get(row)));
      if (hasInstance) put('collector.instance.id', instance);
      if (saysMethod) put('sampling.method', seen.isExtrapolated ? 'extrapolated' : 'counted');
      for (const {name: label, key, fallback} of dimensions) {
        const at = attributeOf(batch, seen, key);
        const value = at >= 0 ? readValue(batch, at) : fallback;
        if (value !== undefined) labels.push({key: label, value});
      }
      for (const {name: label, at} of matching?.(batch, seen) ?? [])
        labels.push({key: label, value: readValue(batch, at)});
      const scope = scopes.length === 0 ? -1 : scopeOf(batch, row);
      if (scope < 0) return labels;
      const text = (column: typeof batch.scopes.columns.name): string => utf8(column.bytes(scope, batch.heap));
      put('span.instrumentation.scope.name', text(batch.scopes.columns.name));
      const version = text(batch.scopes.columns.version);
      if (version !== '') put('span.instrumentation.scope.version', version);
      return labels;
    },
  };
}

export const kindText = (kind: number): string => named('SPAN_KIND_', kindNames, kind);
export const statusText = (code: number): string => named('STATUS_CODE_', statusNames, code);

const named = (prefix: string, names: readonly string[], code: number): string =>
  names[code] === undefined ? '' : `${prefix}${names[code]}`;

/** The row of the attribute: the span's, or else the event's, or else the resource's; -1 where none has it. */
function attributeOf(batch: Lent<SpanBatch>, {row, event}: Seen, key: Uint8Array): number {
  const {attributes, resource} = batch.spans.columns;
  let at = findAttribute(batch, attributes, row, key);
  if (at < 0 && event >= 0) at = findAttribute(batch, batch.events.columns.attributes, event, key);
  return at < 0 ? findAttribute(batch, batch.resources.columns.attributes, resource.get(row), key) : at;
}
