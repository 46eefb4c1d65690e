/** Log records as Loki's streams: labels by hints in the data, and a line for each record, as the Collector's loki exporter made them. */
import {utf8, utf8Bytes} from '../base/index.ts';
import {
  type AnyValue,
  goText,
  type KeyValue,
  type Lent,
  type LogBatch,
  ProtoWriter,
  readAttributes,
  readValue,
} from '../model/index.ts';
import {goId, quoted, severityName, valueJson} from './go-format.ts';
import {logfmtLine} from './loki-logfmt.ts';

export const tenantHint = 'loki.tenant';
const attributeHint = 'loki.attribute.labels';
const resourceHint = 'loki.resource.labels';
const formatHint = 'loki.format';
const hints: ReadonlySet<string> = new Set([tenantHint, attributeHint, resourceHint, formatHint]);

/** Which labels are set beside those that hints ask for. */
export interface DefaultLabels {
  readonly exporter: boolean;
  readonly job: boolean;
  readonly instance: boolean;
  readonly level: boolean;
}

interface Entry {
  readonly nanos: bigint;
  readonly line: string;
}

/** A `logproto.PushRequest`. */
export function encodePush(batch: Lent<LogBatch>, defaults: DefaultLabels, now: bigint): Uint8Array {
  const streams = new Map<string, Entry[]>();
  const {time, observedTime} = batch.logs.columns;
  for (let row = 0; row < batch.logs.count; row++) {
    const {own, resource, labels} = describe(batch, row, defaults);
    const rest = (attributes: readonly KeyValue[]): KeyValue[] =>
      attributes.filter(({key}) => !hints.has(key) && !labels.has(key));
    const format = textOf(resource, formatHint) ?? textOf(own, formatHint) ?? 'json';
    const at = time.get(row) || observedTime.get(row) || now;
    const entry = {nanos: at, line: lineOf(batch, row, rest(own), rest(resource), format)};
    const key = labelsText(labels);
    const entries = streams.get(key);
    if (entries === undefined) streams.set(key, [entry]);
    else entries.push(entry);
  }
  return encodeStreams(streams);
}

/** Loki takes no record without a label, and for its sake none of the request. */
export const hasLabel = (batch: Lent<LogBatch>, row: number, defaults: DefaultLabels): boolean =>
  defaults.exporter || describe(batch, row, defaults).labels.size > 0;

function describe(batch: Lent<LogBatch>, row: number, defaults: DefaultLabels) {
  const {resource: resourceOf, attributes: range} = batch.logs.columns;
  const resources = batch.resources.columns.attributes;
  const resource = readAttributes(batch, resources.from(resourceOf.get(row)), resources.count(resourceOf.get(row)));
  const own = withLevel(batch, row, readAttributes(batch, range.from(row), range.count(row)), defaults.level);
  return {own, resource, labels: labelsOf(own, resource, defaults)};
}

/** The tenant that a record's hint names; undefined where none does. */
export function hintedTenant(batch: Lent<LogBatch>, row: number): string | undefined {
  const {resource: resourceOf, attributes} = batch.logs.columns;
  const resources = batch.resources.columns.attributes;
  const resource = readAttributes(batch, resources.from(resourceOf.get(row)), resources.count(resourceOf.get(row)));
  const own = readAttributes(batch, attributes.from(row), attributes.count(row));
  const named = textOf(resource, tenantHint) ?? textOf(own, tenantHint);
  return named === undefined ? undefined : (textOf(resource, named) ?? textOf(own, named));
}

const textOf = (attributes: readonly KeyValue[], key: string): string | undefined => {
  const found = attributes.find((each) => each.key === key);
  return found && goText(found.value);
};

/** The severity becomes an attribute `level`, and that a label, where there is none yet. */
function withLevel(batch: Lent<LogBatch>, row: number, attributes: KeyValue[], isLabel: boolean): KeyValue[] {
  const severity = batch.logs.columns.severityNumber.get(row);
  if (severity === 0 || !isLabel) return attributes;
  const named = attributes.some(({key}) => key === 'level')
    ? attributes
    : [...attributes, {key: 'level', value: {type: 'string', value: severityName(severity).toUpperCase()}} as const];
  const hint = named.find(({key}) => key === attributeHint);
  const wanted = hint === undefined ? 'level' : `${namesOf(hint.value).join(',')},level`;
  return [
    ...named.filter(({key}) => key !== attributeHint),
    {key: attributeHint, value: {type: 'string', value: wanted}},
  ];
}

/** By the names of attributes, which are not those of Loki's labels yet. */
function labelsOf(
  own: readonly KeyValue[],
  resource: readonly KeyValue[],
  defaults: DefaultLabels,
): Map<string, string> {
  const labels = new Map<string, string>();
  if (defaults.exporter) labels.set('exporter', 'OTLP');
  const service = textOf(resource, 'service.name');
  const namespace = textOf(resource, 'service.namespace');
  if (defaults.job && service !== undefined)
    labels.set('job', namespace === undefined ? service : `${namespace}/${service}`);
  const instance = textOf(resource, 'service.instance.id');
  if (defaults.instance && instance !== undefined) labels.set('instance', instance);
  const promote = (from: readonly KeyValue[], hint: KeyValue | undefined): void => {
    for (const name of hint === undefined ? [] : namesOf(hint.value)) {
      const value = lookUp(from, name);
      if (value !== undefined) labels.set(name, goText(value));
    }
  };
  const hintOf = (attributes: readonly KeyValue[], hint: string) => attributes.find(({key}) => key === hint);
  promote(resource, hintOf(resource, resourceHint));
  promote(resource, hintOf(own, resourceHint));
  promote(own, hintOf(own, attributeHint));
  return labels;
}

const namesOf = (value: AnyValue): string[] =>
  (value.type === 'array' ? value.value.map(goText) : goText(value).split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** An attribute of the name, or one nested in a map: `http.method` of `http: {method}`. The longest name of a map counts. */
function lookUp(attributes: readonly KeyValue[], name: string): AnyValue | undefined {
  const found = attributes.find(({key}) => key === name)?.value;
  if (found !== undefined) return found;
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const outer = lookUp(attributes, name.slice(0, dot));
    if (outer?.type === 'map') return lookUp(outer.value, name.slice(dot + 1));
  }
  return undefined;
}

/** As Prometheus wants it. */
function labelName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_]/g, '_');
  if (/^\d/.test(clean)) return `key_${clean}`;
  return /^_(?!_)/.test(clean) ? `key${clean}` : clean;
}

const labelsText = (labels: ReadonlyMap<string, string>): string =>
  `{${[...new Map([...labels].map(([name, value]) => [labelName(name), value]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;

/** A format that is none is JSON: the Collector drops the record. */
function lineOf(
  batch: Lent<LogBatch>,
  row: number,
  own: readonly KeyValue[],
  resource: readonly KeyValue[],
  format: string,
): string {
  const {body: range, traceId, spanId, severityText, flags, scope} = batch.logs.columns;
  const body: AnyValue = range.count(row) === 0 ? {type: 'empty'} : readValue(batch, range.from(row));
  if (format === 'raw') return goText(body);
  const text = (column: {bytes(row: number, heap: typeof batch.heap): Uint8Array}, of: number): string =>
    utf8(column.bytes(of, batch.heap));
  const severity = text(severityText, row);
  const scopeName = text(batch.scopes.columns.name, scope.get(row));
  const scopeVersion = text(batch.scopes.columns.version, scope.get(row));
  const ids = {trace: goId(traceId.get(row)), span: goId(spanId.get(row))};
  if (format === 'logfmt') {
    const fields = [
      ['traceID', ids.trace],
      ['spanID', ids.span],
      ['severity', severity],
      ['flags', flags.get(row) === 0 ? '' : String(flags.get(row))],
    ] as const;
    return logfmtLine({
      body,
      fields: fields.filter(([, text]) => text !== ''),
      attributes: own,
      resource,
      scope: {name: scopeName, version: scopeVersion},
    });
  }
  const scopeJson = [
    `"name":${quoted(scopeName)}`,
    ...(scopeVersion === '' ? [] : [`"version":${quoted(scopeVersion)}`]),
  ].join(',');
  const fields = [
    body.type === 'empty' ? '' : `"body":${valueJson(body)}`,
    ids.trace === '' ? '' : `"traceid":"${ids.trace}"`,
    ids.span === '' ? '' : `"spanid":"${ids.span}"`,
    severity === '' ? '' : `"severity":${quoted(severity)}`,
    flags.get(row) === 0 ? '' : `"flags":${flags.get(row)}`,
    own.length === 0 ? '' : `"attributes":${valueJson({type: 'map', value: own})}`,
    resource.length === 0 ? '' : `"resources":${valueJson({type: 'map', value: resource})}`,
    scopeName === '' ? '' : `"instrumentation_scope":{${scopeJson}}`,
  ];
  return `{${fields.filter((field) => field !== '').join(',')}}`;
}

/** `PushRequest {repeated Stream {string labels = 1; repeated Entry {Timestamp = 1; string line = 2} = 2} = 1}`, last first. */
function encodeStreams(streams: ReadonlyMap<string, readonly Entry[]>): Uint8Array {
  const writer = new ProtoWriter(4096);
  const text = (number: number, value: string): void => {
    const bytes = utf8Bytes(value);
    const end = writer.length;
    writer.slice(bytes, 0, bytes.length);
    writer.delimited(number, end);
  };
  for (const [labels, entries] of [...streams].toReversed()) {
    const stream = writer.length;
    for (const {nanos, line} of entries.toReversed()) {
      const entry = writer.length;
      text(2, line);
      const time = writer.length;
      writer.varint(Number(nanos % 1_000_000_000n), 0);
      writer.tag(2, 0);
      const seconds = nanos / 1_000_000_000n;
      writer.varint(Number(seconds & 0xffff_ffffn), Number(seconds >> 32n));
      writer.tag(1, 0);
      writer.delimited(1, time);
      writer.delimited(2, entry);
    }
    text(1, labels);
    writer.delimited(1, stream);
  }
  return writer.finish();
}
