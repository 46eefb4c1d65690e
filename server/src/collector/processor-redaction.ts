/**
 * Removes attributes whose keys are not allowed and masks values that must not pass: the Collector's redaction processor. Works on the
 * attributes of resources, scopes, spans, events, records and points and on bodies as the Collector does, and on those of links and
 * exemplars too, which the Collector overlooks.
 */
import {type Counter, utf8, utf8Bytes} from '../base/index.ts';
import {bool, goRegExp, list, listed, object, oneOf, optional, scalar, text, withDefault} from '../config/index.ts';
import {
  type AnyBatch,
  type AnyValue,
  attributeGoText,
  findAttribute,
  type LogBatch,
  type RangeColumn,
  readValue,
  removeAttributes,
  type SpanBatch,
  valueType,
  writeValue,
} from '../model/index.ts';
import {allSignals, edits, type ProcessorFactory} from '../pipeline/index.ts';
import {AttributeEditor} from './attribute-editor.ts';
import {redactBody} from './redaction-body.ts';
import {databaseSanitizer} from './redaction-database.ts';
import {hashFunctions, hmacKeyBytes} from './redaction-mask.ts';
import {compileRedaction, keyIs, type RedactionRules, valueIs} from './redaction-rules.ts';
import {RedactionSummary} from './redaction-summary.ts';

const urlSanitizer = object({
  enabled: withDefault(bool, false, 'false', 'Whether to take ids and queries out of URLs.'),
  attributes: withDefault(list(text), [], '[]', 'The attributes that hold URLs.'),
  sanitize_span_name: withDefault(bool, true, 'true', 'Whether names of spans of HTTP are sanitized too.'),
  sanitize_log_body: withDefault(bool, true, 'true', 'Whether texts in the bodies of records are sanitized too.'),
});

/** In either case, as the Collector reads it. */
const hashFunction = scalar(`one of: ${hashFunctions.join(', ')}`, (_, written) => {
  const found = hashFunctions.find((each) => each === written.toLowerCase());
  return found === undefined ? `expected one of ${listed(hashFunctions)}` : {value: found};
});

const config = object(
  {
    allow_all_keys: withDefault(
      bool,
      false,
      'false',
      'Whether every key is allowed; `allowed_keys` then says nothing.',
    ),
    allowed_keys: withDefault(list(text), [], '[]', 'The keys that stay: every other attribute is removed.'),
    ignored_keys: withDefault(list(text), [], '[]', 'Keys that pass with whatever they hold.'),
    ignored_key_patterns: withDefault(list(goRegExp), [], '[]', 'Patterns of keys that pass with whatever they hold.'),
    blocked_key_patterns: withDefault(list(goRegExp), [], '[]', 'Patterns of keys whose whole values are masked.'),
    blocked_values: withDefault(list(goRegExp), [], '[]', 'Patterns that are masked where values have them.'),
    allowed_values: withDefault(
      list(goRegExp),
      [],
      '[]',
      'Patterns of values that pass although they would be masked.',
    ),
    redact_all_types: withDefault(bool, false, 'false', 'Whether values that are no texts are looked at as texts.'),
    hash_function: optional(hashFunction, 'A hash that takes the place of masked texts.'),
    masking_string: withDefault(text, '', '****', 'What takes their place where there is no hash.'),
    hmac_key: withDefault(text, '', '', 'The secret key of `hmac-sha256` (32 bytes or more) and `hmac-sha512` (64).'),
    summary: withDefault(
      oneOf('debug', 'info', 'silent', ''),
      '',
      '',
      'Attributes that tell what was done: `debug` counts and keys, `info` counts, `silent` none.',
    ),
    url_sanitizer: optional(urlSanitizer, 'Takes ids and queries out of URLs.'),
    db_sanitizer: optional(databaseSanitizer, 'Takes values out of statements of databases.'),
  },
  ({hash_function, hmac_key, masking_string}, node, report) => {
    if (hash_function !== undefined && masking_string !== '')
      report.fault(node.at, '`hash_function` and `masking_string` exclude each other');
    const least = hash_function && hmacKeyBytes[hash_function];
    const at = node.entries.get('hmac_key')?.at ?? node.at;
    if (least !== undefined && utf8Bytes(hmac_key).length < least) {
      report.fault(at, `\`hmac_key\` must have at least ${least} bytes for \`${hash_function}\``);
    } else if (least === undefined && hmac_key !== '') {
      report.warn(at, '`hmac_key` says nothing without `hash_function: hmac-sha256` or `hmac-sha512`');
    }
  },
);
export type RedactionConfig = ReturnType<typeof config.read>;

export const redactionProcessor: ProcessorFactory<RedactionConfig> = {
  help: 'Removes attributes that are not allowed, and masks values that must not pass.',
  signals: allSignals,
  config,
  create({meter, id}, wanted, next, signal) {
    const rules = compileRedaction(wanted, signal === 'logs');
    const counters = meter.counter('weft_processor_redaction_attributes', 'Attributes that were removed or masked.');
    const counts = {
      removed: counters.with({processor: id, action: 'removed'}),
      masked: counters.with({processor: id, action: 'masked'}),
    };
    const redactor = new Redactor(rules, counts);
    return {consumer: edits(next, (batch: AnyBatch) => redactor.redact(batch) as never)};
  },
};

const systemKeys = [utf8Bytes('db.system.name'), utf8Bytes('db.system')];

class Redactor {
  private readonly rules: RedactionRules;
  private readonly counts: {readonly removed: Counter; readonly masked: Counter};
  private readonly summary: RedactionSummary;
  private readonly bodySummary: RedactionSummary;
  private readonly httpKeys: readonly Uint8Array[];

  constructor(rules: RedactionRules, counts: {readonly removed: Counter; readonly masked: Counter}) {
    this.rules = rules;
    this.counts = counts;
    this.summary = new RedactionSummary(rules.summary, 'redaction');
    this.bodySummary = new RedactionSummary(rules.summary, 'redaction.body');
    this.httpKeys = rules.httpKeys.map(utf8Bytes);
  }

  redact(batch: AnyBatch): AnyBatch {
    const editor = new AttributeEditor(batch);
    const all = (table: {readonly count: number}, owner: RangeColumn): void => {
      for (let row = 0; row < table.count; row++) this.attributes(editor, owner, row);
    };
    all(batch.resources, batch.resources.columns.attributes);
    all(batch.scopes, batch.scopes.columns.attributes);
    if (batch.signal === 'traces') {
      all(batch.events, batch.events.columns.attributes);
      all(batch.links, batch.links.columns.attributes);
      this.spans(editor, batch);
    } else if (batch.signal === 'logs') this.records(editor, batch);
    else {
      all(batch.points, batch.points.columns.attributes);
      all(batch.exemplars, batch.exemplars.columns.attributes);
    }
    return batch;
  }

  private spans(editor: AttributeEditor, batch: SpanBatch): void {
    const {attributes} = batch.spans.columns;
    const {rules} = this;
    for (let row = 0; row < batch.spans.count; row++) {
      const system = rules.wantsSystem ? systemOf(editor, attributes, row) : '';
      // Names are judged by the attributes that came, not by those that are left.
      const isHttp = rules.hasNames && this.isHttp(batch, row);
      this.attributes(editor, attributes, row, system);
      if (rules.hasNames) this.name(batch, row, isHttp, system);
    }
  }

  private isHttp(batch: SpanBatch, row: number): boolean {
    const {kind, name, attributes} = batch.spans.columns;
    const isEnd = kind.get(row) === 2 || kind.get(row) === 3;
    if (!isEnd || this.httpKeys.length === 0) return false;
    if (name.bytes(row, batch.heap).includes(47)) return true;
    return this.httpKeys.some((key) => findAttribute(batch, attributes, row, key) >= 0);
  }

  private name(batch: SpanBatch, row: number, isHttp: boolean, system: string): void {
    const {name, kind} = batch.spans.columns;
    const isDatabase = system !== '' && kind.get(row) >= 1 && kind.get(row) <= 3;
    if (!isHttp && !isDatabase) return;
    const before = utf8(batch.heap.bytes, name.start(row), name.size(row));
    const after = this.rules.name(before, isHttp, isDatabase ? system : '');
    if (after === before) return;
    name.setText(row, batch.heap, after);
  }

  private records(editor: AttributeEditor, batch: LogBatch): void {
    const {attributes, body} = batch.logs.columns;
    for (let row = 0; row < batch.logs.count; row++) {
      const system = this.rules.wantsSystem ? systemOf(editor, attributes, row) : '';
      this.attributes(editor, attributes, row, system);
      if (body.count(row) === 0) continue;
      const at = body.from(row);
      const before = readValue(batch, at);
      const after: AnyValue = redactBody(this.rules, before, (done, path) => {
        if (done === 'redacted') this.counts.removed.add(1);
        if (done === 'masked') this.counts.masked.add(1);
        this.bodySummary.add(done, () => path);
      });
      if (after !== before) writeValue(batch.attributes, batch.heap, at, after);
      this.bodySummary.write(editor, attributes, row);
    }
  }

  /** Redacts the attributes of one owner; `system` is the database that they name. */
  private attributes(editor: AttributeEditor, owner: RangeColumn, row: number, system = ''): void {
    const {batch} = editor;
    const {rules, summary} = this;
    const {key, type, value} = batch.attributes.columns;
    const from = owner.from(row);
    const end = from + owner.count(row);
    let removed = 0;
    for (let at = from; at < end; at++) {
      const keyStart = key.words[2 * at] as number;
      const keyLength = key.words[2 * at + 1] as number;
      const verdict = rules.keyOf(batch.heap.bytes, keyStart, keyLength);
      if (verdict !== 0) {
        if ((verdict & keyIs.ignored) !== 0) {
          summary.add('ignored', () => utf8(batch.heap.bytes, keyStart, keyLength));
          continue;
        }
        if ((verdict & keyIs.removed) !== 0) {
          removed++;
          continue;
        }
      }
      const isText = type.data[at] === valueType.string;
      const found = isText
        ? rules.valueOf(batch.heap.bytes, value.words[2 * at] as number, value.words[2 * at + 1] as number)
        : rules.allTypes
          ? rules.valueVerdict(attributeGoText(batch, at))
          : rules.emptyVerdict;
      if (verdict === 0 && found === 0) continue;
      const keyText = (): string => utf8(batch.heap.bytes, keyStart, keyLength);
      if ((found & valueIs.allowed) !== 0) {
        summary.add('allowed', keyText);
        continue;
      }
      const before = isText || rules.allTypes ? attributeGoText(batch, at) : '';
      const isMasked = (verdict & keyIs.masked) !== 0;
      const after = isMasked
        ? rules.maskWhole(before)
        : rules.attribute(before, keyText, verdict, (found & valueIs.blocked) !== 0, system);
      if (!isMasked && after === before) continue;
      summary.add('masked', keyText);
      this.counts.masked.add(1);
      editor.setText(at, after);
    }
    if (removed > 0) this.remove(editor, owner, row, removed);
    summary.write(editor, owner, row);
  }

  private remove(editor: AttributeEditor, owner: RangeColumn, row: number, removed: number): void {
    const {batch} = editor;
    const {key} = batch.attributes.columns;
    this.counts.removed.add(removed);
    removeAttributes(batch, owner, row, (at) => {
      const start = key.start(at);
      const length = key.size(at);
      if ((this.rules.keyOf(batch.heap.bytes, start, length) & keyIs.removed) === 0) return false;
      this.summary.add('redacted', () => utf8(batch.heap.bytes, start, length));
      return true;
    });
  }
}

/** The database that attributes name, in lower case; empty for none. */
function systemOf({batch}: AttributeEditor, owner: RangeColumn, row: number): string {
  for (const key of systemKeys) {
    const at = findAttribute(batch, owner, row, key);
    if (at < 0 || batch.attributes.columns.type.get(at) !== valueType.string) continue;
    const system = attributeGoText(batch, at).toLowerCase();
    if (system !== '') return system;
  }
  return '';
}
