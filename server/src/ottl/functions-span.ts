/** Naming spans by the semantic conventions (an editor of the processor `transform`). */
import {utf8Bytes} from '../base/index.ts';
import {findAttribute, type SpanBatch} from '../model/index.ts';
import {ensureAttribute, PreparedText, readRow, writeRow} from './attributes.ts';
import {readSlice, writeSlice} from './fields.ts';
import type {Frame} from './frame.ts';
import {ArgumentFault, editor, type FunctionDefinition, may, needs} from './function.ts';
import {asString} from './text.ts';

/** The text of the first of these attributes that the span has. */
type Look = (...keys: readonly string[]) => string | undefined;

const known = new Map<string, Uint8Array>();
function keyBytes(key: string): Uint8Array {
  let bytes = known.get(key);
  if (bytes === undefined) known.set(key, (bytes = utf8Bytes(key)));
  return bytes;
}

function lookAt(frame: Frame): Look {
  const batch = frame.batch as SpanBatch;
  return (...keys) => {
    for (const key of keys) {
      const found = findAttribute(batch, batch.spans.columns.attributes, frame.row, keyBytes(key));
      if (found >= 0) return asString(readRow(batch, found));
    }
    return undefined;
  };
}

const joined = (separator: string, ...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(separator);

function http(look: Look, subject: string): string | undefined {
  const method = look('http.request.method', 'http.method');
  return method && joined(' ', method, look(subject));
}

function rpc(look: Look): string | undefined {
  const system = look('rpc.system.name', 'rpc.system');
  if (system === undefined) return undefined;
  const method = look('rpc.method', 'rpc.grpc.method');
  const service = look('rpc.service', 'rpc.grpc.service');
  if (service !== undefined) return `${service}/${method ?? '*'}`;
  return method ?? system;
}

function address(look: Look): string | undefined {
  const server = look('server.address');
  return server && joined(':', server, look('server.port'));
}

function database(look: Look): string | undefined {
  const system = look('db.system.name', 'db.system');
  if (system === undefined) return undefined;
  const summary = look('db.query.summary');
  if (summary !== undefined) return summary;
  const namespace = look('db.namespace', 'db.name');
  const collection = look('db.collection.name') ?? look('db.stored_procedure.name');
  const target = collection === undefined ? (namespace ?? address(look)) : joined('.', namespace, collection);
  return joined(' ', look('db.operation.name', 'db.operation'), target) || system;
}

function messaging(look: Look): string | undefined {
  const system = look('messaging.system');
  if (system === undefined) return undefined;
  const destination =
    look('messaging.destination.temporary') === 'true'
      ? '(temporary)'
      : look('messaging.destination.anonymous') === 'true'
        ? '(anonymous)'
        : (look('messaging.destination.template') ??
          look('messaging.destination.name', 'messaging.destination') ??
          address(look));
  return joined(' ', look('messaging.operation.name', 'messaging.operation'), destination) || system;
}

/** The name that the conventions give a span of this kind; undefined where they give none. */
function conventionalName(kind: number, look: Look): string | undefined {
  switch (kind) {
    case 2:
      return http(look, 'http.route') ?? rpc(look) ?? messaging(look);
    case 3:
      return http(look, 'url.template') ?? rpc(look) ?? database(look) ?? messaging(look);
    case 4:
    case 5:
      return messaging(look);
    default:
      return undefined;
  }
}

/** The conventions whose names are known, by their minor version. */
const [oldest, newest] = [37, 43];

export const spanEditors: readonly FunctionDefinition[] = [
  editor(
    'set_semconv_span_name',
    `Names a span of HTTP, RPC, messaging or a database by the semantic conventions (1.${oldest}.0 to 1.${newest}.0).`,
    {semconvVersion: needs('literal string'), originalSpanNameAttribute: may('literal string')},
    ({semconvVersion, originalSpanNameAttribute}) => {
      const minor = /^1\.(\d+)\.\d+$/.exec(semconvVersion)?.[1];
      if (minor === undefined || Number(minor) < oldest || Number(minor) > newest) {
        throw new ArgumentFault(
          'semconvVersion',
          `expected a version from 1.${oldest}.0 to 1.${newest}.0, found ${semconvVersion}`,
        );
      }
      if (originalSpanNameAttribute === '')
        throw new ArgumentFault('originalSpanNameAttribute', 'a key cannot be empty');
      const key = originalSpanNameAttribute === undefined ? undefined : new PreparedText(originalSpanNameAttribute);
      return (frame) => {
        const batch = frame.batch as SpanBatch;
        const {columns} = batch.spans;
        const wanted = conventionalName(columns.kind.get(frame.row), lookAt(frame));
        const before = readSlice(frame, columns.name, frame.row);
        if (wanted === undefined || wanted === before) return;
        writeSlice(frame, columns.name, frame.row, wanted);
        if (key !== undefined) writeRow(batch, ensureAttribute(batch, columns.attributes, frame.row, key), before);
      };
    },
    {contexts: ['span']},
  ),
];
