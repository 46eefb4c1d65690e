/** What log records say, as texts to compare: the parts that resources and scopes add are made once for each of them. */
import {utf8} from '../base/index.ts';
import {type AnyValue, type Batch, goText, type LogBatch, readAttributes, readValue} from '../model/index.ts';

type Owner = {from(row: number): number; count(row: number): number};

/** Attributes in any order. */
export function attributesText(batch: Batch, owner: Owner, row: number): string {
  const all = readAttributes(batch, owner.from(row), owner.count(row)).map(({key, value}) => [
    key,
    ...typedText(value),
  ]);
  return JSON.stringify(all.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
}

const typedText = (value: AnyValue): [string, string] => [value.type, goText(value)];

export function bodyText(batch: LogBatch, row: number): string {
  const {body} = batch.logs.columns;
  return body.count(row) === 0 ? '' : JSON.stringify(typedText(readValue(batch, body.from(row))));
}

/** The resource and the scope of a record. */
export function originTexts(batch: LogBatch): (row: number) => string {
  const {resource, scope} = batch.logs.columns;
  const {columns: r} = batch.resources;
  const {columns: s} = batch.scopes;
  const text = (column: {start(row: number): number; size(row: number): number}, row: number): string =>
    utf8(batch.heap.bytes, column.start(row), column.size(row));
  const resources = remembered((row) => attributesText(batch, r.attributes, row));
  const scopes = remembered((row) =>
    JSON.stringify([text(s.name, row), text(s.version, row), attributesText(batch, s.attributes, row)]),
  );
  return (row) => resources(resource.get(row)) + scopes(scope.get(row));
}

function remembered(make: (row: number) => string): (row: number) => string {
  const known: string[] = [];
  return (row) => (known[row] ??= make(row));
}

/** The severity of a record, by number and in words. */
export const severityText = (batch: LogBatch, row: number): string => {
  const {severityNumber, severityText: words} = batch.logs.columns;
  return JSON.stringify([severityNumber.get(row), utf8(batch.heap.bytes, words.start(row), words.size(row))]);
};
