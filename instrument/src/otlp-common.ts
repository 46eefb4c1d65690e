import type {AnyValue, Attributes} from '@opentelemetry/api';
import type {InstrumentationScope} from '@opentelemetry/core';
import type {Resource} from '@opentelemetry/resources';
import {complain} from './odd-values.ts';
import type {OtlpWriter} from './otlp-writer.ts';

/** Repeated `KeyValue` under the key byte `tag` (opentelemetry/proto/common/v1/common.proto). */
export function writeAttributes(writer: OtlpWriter, tag: number, attributes: Attributes): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined) continue;
    if (typeof value === 'string' && writer.asciiPair(tag, key, value)) continue;
    const before = writer.length;
    try {
      const entry = writer.open(tag);
      writer.string(0x0a, key);
      const any = writer.open(0x12);
      writeAny(writer, value as AnyValue);
      writer.close(any);
      writer.close(entry);
    } catch (error) {
      writer.rewind(before); // A processor of the program's own may have put anything there.
      complain('an attribute that cannot be encoded is left out', error);
    }
  }
}

export function writeResource(writer: OtlpWriter, tag: number, resource: Resource): void {
  const start = writer.open(tag);
  writeAttributes(writer, 0x0a, resource.attributes);
  writer.close(start);
}

export function writeScope(writer: OtlpWriter, tag: number, scope: InstrumentationScope): void {
  const start = writer.open(tag);
  writer.string(0x0a, scope.name);
  if (scope.version !== undefined) writer.string(0x12, scope.version);
  writer.close(start);
}

function writeAny(writer: OtlpWriter, value: AnyValue): void {
  switch (typeof value) {
    case 'string':
      return writer.string(0x0a, value);
    case 'boolean':
      return writer.varint(0x10, value ? 1 : 0);
    case 'number':
      return Number.isSafeInteger(value) ? writer.int64(0x18, value) : writer.double(0x21, value);
    case 'object':
      return writeObject(writer, value);
    default:
      return; // undefined: an empty AnyValue.
  }
}

function writeObject(writer: OtlpWriter, value: (AnyValue & object) | null): void {
  if (value === null) return;
  if (value instanceof Uint8Array) return writer.bytes(0x3a, value);
  if (Array.isArray(value)) {
    const list = writer.open(0x2a);
    for (const item of value) {
      const element = writer.open(0x0a);
      writeAny(writer, item);
      writer.close(element);
    }
    return writer.close(list);
  }
  const map = writer.open(0x32);
  writeAttributes(writer, 0x0a, value as Attributes);
  writer.close(map);
}
