/** Paths of resources and scopes, which every signal has. */

import {readOwner} from './attributes.ts';
import {attributesField, type Paths, readOnly, readSlice, textField, u32Field} from './fields.ts';
import type {Frame} from './frame.ts';

const resources = (frame: Frame) => frame.batch.resources.columns;
const scopes = (frame: Frame) => frame.batch.scopes.columns;

export const resourcePaths: Paths = {
  '': readOnly(
    'map',
    'The resource as a map, to read.',
    (frame, row) =>
      new Map([['attributes', readOwner(frame, {column: (each) => resources(each).attributes, row: () => row})]]),
  ),
  attributes: attributesField((frame) => resources(frame).attributes, 'Attributes of the resource.'),
  dropped_attributes_count: u32Field(
    (frame) => resources(frame).droppedAttributes,
    'Attributes that the sender dropped.',
  ),
  schema_url: textField((frame) => resources(frame).schemaUrl, 'Schema URL of the resource.'),
};

export const scopePaths: Paths = {
  '': readOnly(
    'map',
    'The scope as a map, to read.',
    (frame, row) =>
      new Map<string, string | ReturnType<typeof readOwner>>([
        ['name', readSlice(frame, scopes(frame).name, row)],
        ['version', readSlice(frame, scopes(frame).version, row)],
        ['attributes', readOwner(frame, {column: (each) => scopes(each).attributes, row: () => row})],
      ]),
  ),
  attributes: attributesField((frame) => scopes(frame).attributes, 'Attributes of the instrumentation scope.'),
  name: textField((frame) => scopes(frame).name, 'Name of the instrumentation scope.'),
  version: textField((frame) => scopes(frame).version, 'Version of the instrumentation scope.'),
  dropped_attributes_count: u32Field((frame) => scopes(frame).droppedAttributes, 'Attributes that the sender dropped.'),
  schema_url: textField((frame) => scopes(frame).schemaUrl, 'Schema URL of the scope.'),
};
