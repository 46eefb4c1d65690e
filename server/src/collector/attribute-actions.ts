/**
 * Actions on the attributes of one owner (a span, a record, a point, a resource), as the Collector's `attributes` and `resource`
 * have them.
 */

import {hash} from 'node:crypto';
import {goFloat, goInt, utf8, utf8Bytes} from '../base/index.ts';
import {
  goRegExp,
  type MapNode,
  object,
  oneOf,
  optional,
  type Report,
  required,
  scalar,
  text,
  withDefault,
} from '../config/index.ts';
import {
  attributeGoText,
  type ConsumeContext,
  findAttribute,
  type RangeColumn,
  removeAttributes,
  valueType,
} from '../model/index.ts';
import type {Pattern} from '../regexp/index.ts';
import {type AttributeEditor, type Constant, constant} from './attribute-editor.ts';
import {ByteVerdicts} from './byte-verdicts.ts';
import {anyValue} from './value-config.ts';

const kinds = ['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert'] as const;

const kind = scalar(`one of: ${kinds.join(', ')}`, (_, written) => {
  const found = kinds.find((each) => each === written.toLowerCase());
  return found === undefined ? `expected one of ${kinds.map((each) => `\`${each}\``).join(', ')}` : {value: found};
});

const actionFields = {
  key: withDefault(text, '', '', 'The attribute to act upon.'),
  action: required(kind, 'What to do with it.'),
  value: optional(anyValue, 'insert, update, upsert: the value.'),
  from_attribute: withDefault(text, '', '', 'insert, update, upsert: the attribute whose value is taken.'),
  from_context: withDefault(
    text,
    '',
    '',
    "insert, update, upsert: `metadata.NAME`, a header of the sender's request (with the receiver's `include_metadata`); `auth.NAME`, what the receiver's authenticator knows of the sender (`auth.username` and `auth.raw` of `basicauth`); or `client.address`. A `batch` in front keeps headers alone, and those that its `metadata_keys` name.",
  ),
  default_value: optional(anyValue, 'insert, update, upsert: the value where its source has none.'),
  pattern: optional(
    goRegExp,
    'delete, hash: keys that match, besides `key`; extract: takes a value apart, each named group into its attribute.',
  ),
  converted_type: optional(oneOf('int', 'double', 'string'), 'convert: the type.'),
};
const uncheckedAction = object(actionFields);
export type AttributeAction = ReturnType<typeof uncheckedAction.read>;

/** One action of a configuration. */
export const attributeAction = object(actionFields, checkAction);

/** The settings that each kind of action takes. */
const taken: Readonly<Record<AttributeAction['action'], readonly (keyof AttributeAction)[]>> = {
  insert: ['value', 'from_attribute', 'from_context', 'default_value'],
  update: ['value', 'from_attribute', 'from_context', 'default_value'],
  upsert: ['value', 'from_attribute', 'from_context', 'default_value'],
  delete: ['pattern'],
  hash: ['pattern'],
  extract: ['pattern'],
  convert: ['converted_type'],
};

function checkAction(values: AttributeAction, node: MapNode, report: Report): void {
  const {action} = values;
  const placeOf = (setting: string) => node.entries.get(setting)?.at ?? node.at;
  const isSet = (setting: keyof AttributeAction): boolean => values[setting] !== undefined && values[setting] !== '';
  const settings = ['value', 'from_attribute', 'from_context', 'default_value', 'pattern', 'converted_type'] as const;
  for (const setting of settings) {
    if (isSet(setting) && !taken[action].includes(setting)) {
      report.fault(placeOf(setting), `\`${setting}\` does not go with \`action: ${action}\``);
    }
  }
  const byPattern = (action === 'delete' || action === 'hash') && isSet('pattern');
  if (values.key === '' && !byPattern) report.fault(node.at, '`key` is required: the attribute to act upon');
  if (taken[action].includes('value')) {
    const sources = (['value', 'from_attribute', 'from_context'] as const).filter(isSet);
    if (sources.length === 0 && !isSet('default_value')) {
      report.fault(
        node.at,
        `\`action: ${action}\` needs \`value\`, \`from_attribute\`, \`from_context\` or \`default_value\``,
      );
    } else if (sources.length > 1) {
      report.fault(
        node.at,
        `only one of ${sources.map((each) => `\`${each}\``).join(', ')} can be the source of a value`,
      );
    }
  }
  if (action === 'extract') {
    if (values.pattern === undefined) report.fault(node.at, '`action: extract` needs a `pattern` with named groups');
    else {
      const {names} = values.pattern;
      if (names.every((name) => name === undefined))
        report.fault(placeOf('pattern'), '`pattern` has no named group, as in (?P<name>.*)');
      else if (names.includes(undefined)) report.fault(placeOf('pattern'), '`pattern` has a group without a name');
    }
  }
  if (action === 'convert' && values.converted_type === undefined) {
    report.fault(node.at, '`action: convert` needs `converted_type`: int, double or string');
  }
}

/** Acts upon the attributes of `owner[row]`. */
export type RunAction = (editor: AttributeEditor, owner: RangeColumn, row: number, context: ConsumeContext) => void;

/** Runs the actions in their order. */
export function compileActions(actions: readonly AttributeAction[]): RunAction {
  const compiled = actions.map(compileAction);
  return (editor, owner, row, context) => {
    for (const run of compiled) run(editor, owner, row, context);
  };
}

function compileAction(action: AttributeAction): RunAction {
  const key = utf8Bytes(action.key);
  switch (action.action) {
    case 'insert':
    case 'update':
    case 'upsert':
      return compilePut(action, key);
    case 'delete': {
      const matches = keyTest(action.pattern);
      return (editor, owner, row) => {
        if (key.length > 0) {
          const at = findAttribute(editor.batch, owner, row, key);
          if (at >= 0) removeAttributes(editor.batch, owner, row, (each) => each === at);
        }
        if (matches !== undefined) removeAttributes(editor.batch, owner, row, (each) => matches(editor, each));
      };
    }
    case 'hash': {
      const matches = keyTest(action.pattern);
      return (editor, owner, row) => {
        if (key.length > 0) {
          const at = findAttribute(editor.batch, owner, row, key);
          if (at >= 0) hashValue(editor, at);
        }
        if (matches === undefined) return;
        const end = owner.from(row) + owner.count(row);
        for (let at = owner.from(row); at < end; at++) if (matches(editor, at)) hashValue(editor, at);
      };
    }
    case 'extract':
      return compileExtract(action.pattern as Pattern, key);
    case 'convert': {
      const convert = converters[action.converted_type as keyof typeof converters];
      return (editor, owner, row) => {
        const at = findAttribute(editor.batch, owner, row, key);
        if (at >= 0) convert(editor, at);
      };
    }
  }
}

function compilePut(action: AttributeAction, key: Uint8Array): RunAction {
  const {action: wanted, from_attribute, from_context} = action;
  const fixed = action.value && constant(action.value);
  const fallback = action.default_value && constant(action.default_value);
  const source = from_attribute === '' ? undefined : utf8Bytes(from_attribute);
  const read = from_context === '' ? undefined : contextValue(from_context);
  return (editor, owner, row, context) => {
    const {batch} = editor;
    let given: Constant | undefined = fixed;
    let [type, low, high] = [-1, 0, 0];
    if (source !== undefined) {
      const at = findAttribute(batch, owner, row, source);
      if (at >= 0) {
        const {columns} = batch.attributes;
        type = columns.type.get(at);
        low = columns.value.words[2 * at] as number;
        high = columns.value.words[2 * at + 1] as number;
      }
    } else if (read !== undefined) {
      const value = read(context);
      if (value !== undefined) given = constant({type: 'string', value});
    }
    if (type < 0) given ??= fallback;
    if (type < 0 && given === undefined) return;
    let at = findAttribute(batch, owner, row, key);
    if (at >= 0 ? wanted === 'insert' : wanted === 'update') return;
    if (at < 0) at = editor.add(owner, row, key);
    if (given === undefined) editor.set(at, type, low, high);
    else editor.setConstant(at, given);
  };
}

/** What `from_context` names; a name without a known prefix is a header's, as in the Collector. */
function contextValue(name: string): (context: ConsumeContext) => string | undefined {
  if (name === 'client.address') return ({client}) => client?.address;
  if (name.startsWith('auth.')) {
    const attribute = name.slice('auth.'.length);
    return ({client}) => client?.auth?.get(attribute);
  }
  const header = name.replace(/^metadata\./, '').toLowerCase();
  return ({metadata}) => {
    const values = metadata?.get(header);
    return values === undefined || values.length === 0 ? undefined : values.join(';');
  };
}

function compileExtract(pattern: Pattern, key: Uint8Array): RunAction {
  const targets = pattern.names.filter((name) => name !== undefined).map((name) => [name, utf8Bytes(name)] as const);
  return (editor, owner, row) => {
    const {batch} = editor;
    const at = findAttribute(batch, owner, row, key);
    if (at < 0 || batch.attributes.columns.type.get(at) !== valueType.string) return;
    const found = pattern.exec(attributeGoText(batch, at));
    if (found === undefined) return;
    for (const [name, target] of targets) {
      editor.setText(editor.put(owner, row, target), found.groups?.[name] ?? '');
    }
  };
}

/** Whether the key of an attribute matches; the answers for keys are remembered. */
function keyTest(pattern: Pattern | undefined): ((editor: AttributeEditor, at: number) => boolean) | undefined {
  if (pattern === undefined) return undefined;
  const verdicts = new ByteVerdicts((bytes, start, length) => (pattern.test(utf8(bytes, start, length)) ? 1 : 0));
  return ({batch}, at) => {
    const {key} = batch.attributes.columns;
    return verdicts.of(batch.heap.bytes, key.start(at), key.size(at)) === 1;
  };
}

/** SHA-256 in hexadecimal, of the bytes of a text, or of a number, little-endian; other values become an empty text. */
function hashValue(editor: AttributeEditor, at: number): void {
  const {type, value} = editor.batch.attributes.columns;
  const low = value.words[2 * at] as number;
  const high = value.words[2 * at + 1] as number;
  let bytes: Uint8Array | undefined;
  switch (type.get(at)) {
    case valueType.string:
      bytes = editor.batch.heap.bytes.subarray(low, low + high);
      break;
    case valueType.bool:
      bytes = Uint8Array.of(low);
      break;
    case valueType.int:
    case valueType.double:
      bytes = new Uint8Array(Uint32Array.of(low, high).buffer);
      break;
  }
  editor.setText(at, bytes === undefined ? '' : hash('sha256', bytes, 'hex'));
}

/** What cannot be converted stays as it is. */
const converters: Readonly<Record<'int' | 'double' | 'string', (editor: AttributeEditor, at: number) => void>> = {
  string(editor, at) {
    if (editor.batch.attributes.columns.type.get(at) === valueType.string) return;
    editor.setText(at, attributeGoText(editor.batch, at));
  },
  int(editor, at) {
    const {type, value} = editor.batch.attributes.columns;
    const set = (whole: bigint | undefined): void => {
      if (whole !== undefined) editor.setConstant(at, constant({type: 'int', value: whole}));
    };
    switch (type.get(at)) {
      case valueType.double:
        return set(wholeOf(value.getDouble(at)));
      case valueType.bool:
        return set(value.words[2 * at] === 0 ? 0n : 1n);
      case valueType.string:
        return set(goInt(attributeGoText(editor.batch, at)));
    }
  },
  double(editor, at) {
    const {type, value} = editor.batch.attributes.columns;
    const set = (number: number | undefined): void => {
      if (number !== undefined) editor.setConstant(at, constant({type: 'double', value: number}));
    };
    switch (type.get(at)) {
      case valueType.int:
        return set(Number(value.getSigned(at)));
      case valueType.bool:
        return set(value.words[2 * at] as number);
      case valueType.string:
        return set(goFloat(attributeGoText(editor.batch, at)));
    }
  },
};

/** Towards zero; a double beyond 64 bits is none. */
function wholeOf(value: number): bigint | undefined {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) return undefined;
  return BigInt(Math.trunc(value));
}
