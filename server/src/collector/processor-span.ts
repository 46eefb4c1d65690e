/** Renames spans from attributes, takes attributes out of their names, sets their status: the Collector's span processor. */
import {utf8, utf8Bytes} from '../base/index.ts';
import {bool, goRegExp, list, object, oneOf, optional, required, text, withDefault} from '../config/index.ts';
import {attributeGoText, findAttribute, type SpanBatch, valueType} from '../model/index.ts';
import {plainDouble} from '../ottl/index.ts';
import {edits, type ProcessorFactory} from '../pipeline/index.ts';
import {AttributeEditor} from './attribute-editor.ts';
import {checkMatchSignal, matchFields, selectRows} from './match-properties.ts';

const name = object({
  from_attributes: withDefault(list(text), [], '', 'The attributes whose values become the name, if all are there.'),
  separator: withDefault(text, '', '', 'What stands between the values.'),
  to_attributes: optional(
    object({
      rules: required(
        list(goRegExp),
        'What each named group finds in the name becomes an attribute, and its name in braces takes its place.',
      ),
      break_after_match: withDefault(bool, false, 'false', 'Whether the first rule that matches is the last.'),
      keep_original_name: withDefault(bool, false, 'false', 'Whether the name stays as it is.'),
    }),
    'Takes attributes out of the name.',
  ),
});

const status = object(
  {
    code: required(oneOf('Ok', 'Error', 'Unset'), 'The code.'),
    description: withDefault(text, '', '', 'The message, for `Error` only.'),
  },
  ({code, description}, node, report) => {
    if (description !== '' && code !== 'Error') {
      report.fault(node.entries.get('description')?.at ?? node.at, '`description` goes only with `code: Error`');
    }
  },
);

const config = object(
  {
    ...matchFields,
    name: optional(name, 'How to name spans.'),
    status: optional(status, 'The status that spans get.'),
  },
  (values, node, report) => {
    const rules = values.name?.to_attributes?.rules ?? [];
    if ((values.name?.from_attributes.length ?? 0) === 0 && rules.length === 0 && values.status === undefined) {
      report.fault(node.at, 'one of `name.from_attributes`, `name.to_attributes` and `status` must be set');
    }
    if (rules.some(({names}) => names.includes(undefined))) {
      report.fault(node.entries.get('name')?.at ?? node.at, 'every group in `rules` needs a name, as in (?P<name>.*)');
    }
  },
);
export type SpanConfig = ReturnType<typeof config.read>;

export const spanProcessor: ProcessorFactory<SpanConfig> = {
  help: 'Names spans by their attributes, takes attributes out of their names, sets their status.',
  signals: ['traces'],
  config,
  create(settings, wanted, next) {
    checkMatchSignal(wanted, 'traces', settings.id);
    const rename = renamer(wanted.name?.from_attributes ?? [], wanted.name?.separator ?? '');
    const extract = wanted.name?.to_attributes && extractor(wanted.name.to_attributes);
    const code = wanted.status && statusCodes[wanted.status.code];
    const message = utf8Bytes(wanted.status?.description ?? '');
    return {
      consumer: edits<'traces'>(next, (batch) => {
        const isSelected = selectRows(wanted, batch as never);
        const editor = new AttributeEditor(batch);
        const {statusCode, statusMessage} = batch.spans.columns;
        for (let row = 0; row < batch.spans.count; row++) {
          if (isSelected !== undefined && !isSelected(row)) continue;
          rename?.(batch, row);
          extract?.(editor, batch, row);
          if (code !== undefined) {
            statusCode.set(row, code);
            statusMessage.setPair(row, message.length === 0 ? 0 : editor.place(message), message.length);
          }
        }
        return batch;
      }),
    };
  },
};

/** As OTLP numbers them. */
const statusCodes = {Unset: 0, Ok: 1, Error: 2} as const;

function renamer(names: readonly string[], separator: string): ((batch: SpanBatch, row: number) => void) | undefined {
  if (names.length === 0) return undefined;
  const keys = names.map(utf8Bytes);
  return (batch, row) => {
    const {attributes} = batch.spans.columns;
    const parts: string[] = [];
    for (const key of keys) {
      const at = findAttribute(batch, attributes, row, key);
      if (at < 0) return;
      parts.push(nameOf(batch, at));
    }
    setName(batch, row, parts.join(separator));
  };
}

/** Values without a plain text are named as the Collector names them. */
function nameOf(batch: SpanBatch, at: number): string {
  const {type: types, value} = batch.attributes.columns;
  const type = types.get(at);
  if (type === valueType.double) return plainDouble(value.getDouble(at));
  const isPlain = type === valueType.string || type === valueType.bool || type === valueType.int;
  return isPlain ? attributeGoText(batch, at) : '<unknown-attribute-type>';
}

const setName = ({spans, heap}: SpanBatch, row: number, text: string): void =>
  spans.columns.name.setText(row, heap, text);

type ToAttributes = NonNullable<NonNullable<SpanConfig['name']>['to_attributes']>;

function extractor({rules, break_after_match, keep_original_name}: ToAttributes) {
  const compiled = rules.map((rule) => ({
    expression: rule,
    targets: rule.names.filter((name) => name !== undefined).map((each) => ({name: each, key: utf8Bytes(each)})),
  }));
  return (editor: AttributeEditor, batch: SpanBatch, row: number): void => {
    const {name: names, attributes} = batch.spans.columns;
    const before = utf8(batch.heap.bytes, names.start(row), names.size(row));
    if (before === '') return;
    let current = before;
    for (const {expression, targets} of compiled) {
      const places = expression.places(current);
      if (places === undefined) continue;
      let renamed = '';
      let done = 0;
      for (const [index, {name: target, key}] of targets.entries()) {
        const place = places[index + 1];
        editor.setText(editor.put(attributes, row, key), place === undefined ? '' : current.slice(...place));
        // A group within another one, or one that took no part, has no place of its own in the name.
        if (place === undefined || place[0] < done) continue;
        renamed += `${current.slice(done, place[0])}{${target}}`;
        done = place[1];
      }
      if (!keep_original_name) current = renamed + current.slice(done);
      if (break_after_match) break;
    }
    if (current !== before) setName(batch, row, current);
  };
}
