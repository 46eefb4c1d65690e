/** The processors that edit attributes: `attributes`, `resource`, `span`, `groupbyattrs`, `redaction`. */
import {type Case, processor, type Settings} from './case.ts';
import {everything, logs, spans, valueLogs, valueSpans} from './inputs.ts';

const all = [...everything, valueSpans, valueLogs];
const traces = [spans(21), spans(22), valueSpans];

const attributes = (what: string, ...actions: readonly Settings[]): Case =>
  processor('attributes', what, {actions}, all);
const matched = (what: string, match: Settings, sent = traces): Case =>
  processor('attributes', what, {...match, actions: [{key: 'matched', action: 'insert', value: true}]}, sent);
const strict = {match_type: 'strict'};
const regexp = {match_type: 'regexp'};

const editing: readonly Case[] = [
  attributes('insert', {key: 'tenant', action: 'insert', value: 'new'}),
  attributes('insert an int', {key: 'x', action: 'insert', value: 12}),
  attributes('insert a double', {key: 'x', action: 'insert', value: 1.5}),
  attributes('insert a bool', {key: 'x', action: 'insert', value: false}),
  attributes('insert a list', {key: 'x', action: 'insert', value: [1, 'a', true]}),
  attributes('insert a map', {key: 'x', action: 'insert', value: {a: 1, b: {c: 'd'}}}),
  attributes('insert from an attribute', {key: 'x', action: 'insert', from_attribute: 'tenant'}),
  attributes('insert from an attribute with a default', {
    key: 'x',
    action: 'insert',
    from_attribute: 'tenant',
    default_value: 'nobody',
  }),
  attributes('update', {key: 'tenant', action: 'update', value: 'new'}),
  attributes('update from an attribute', {key: 'tenant', action: 'update', from_attribute: 'http.method'}),
  attributes('upsert', {key: 'tenant', action: 'upsert', value: 7}),
  attributes('upsert from an attribute', {key: 'v', action: 'upsert', from_attribute: 'n'}),
  attributes('upsert from itself', {key: 'v', action: 'upsert', from_attribute: 'v'}),
  attributes('delete', {key: 'v', action: 'delete'}),
  attributes('delete by pattern', {action: 'delete', pattern: '^http\\.'}),
  attributes('delete by key and pattern', {key: 'v', action: 'delete', pattern: 'e'}),
  attributes('hash of every type', {key: 'v', action: 'hash'}),
  attributes('hash by pattern', {action: 'hash', pattern: '(?i)user|card'}),
  attributes('extract', {key: 'db.statement', action: 'extract', pattern: '(?P<verb>[A-Z]+) .*(?P<table>users)?'}),
  attributes('extract from every type', {key: 'v', action: 'extract', pattern: '(?P<head>.)(?P<tail>.*)'}),
  attributes('extract onto what is there', {key: 'v', action: 'extract', pattern: '^(?P<n>.+)$'}),
  attributes('convert to int', {key: 'v', action: 'convert', converted_type: 'int'}),
  attributes('convert to double', {key: 'v', action: 'convert', converted_type: 'double'}),
  attributes('convert to string', {key: 'v', action: 'convert', converted_type: 'string'}),
  attributes('convert a status', {key: 'http.status_code', action: 'convert', converted_type: 'int'}),
  attributes(
    'several actions in their order',
    {key: 'a', action: 'insert', value: 1},
    {key: 'b', action: 'insert', from_attribute: 'a'},
    {key: 'a', action: 'delete'},
    {key: 'b', action: 'update', value: 2},
    {key: 'b', action: 'hash'},
  ),
  attributes('of an empty key', {key: '', action: 'insert', value: 1}),
  attributes('an unknown action', {key: 'a', action: 'drop'}),
  attributes('insert without a value', {key: 'a', action: 'insert'}),
  attributes('extract without a named group', {key: 'a', action: 'extract', pattern: '(a)'}),
  attributes('convert to an unknown type', {key: 'a', action: 'convert', converted_type: 'bool'}),
  attributes('a pattern that is none', {action: 'delete', pattern: '('}),
];

const matching: readonly Case[] = [
  matched('include a service', {include: {...strict, services: ['cart']}}),
  matched('include services by pattern', {include: {...regexp, services: ['^c.*', 'end$']}}),
  matched('exclude a service', {exclude: {...strict, services: ['cart']}}),
  matched('include names', {include: {...strict, span_names: ['pay', 'value 3']}}),
  matched('include names by pattern', {include: {...regexp, span_names: ['^GET', 'value [0-5]$']}}),
  matched('include and exclude', {
    include: {...strict, services: ['cart', 'checkout', 'values']},
    exclude: {...regexp, span_names: ['GET', '2']},
  }),
  matched('include an attribute', {include: {...strict, attributes: [{key: 'tenant', value: 'acme'}]}}),
  matched('include a key', {include: {...strict, attributes: [{key: 'tenant'}]}}),
  matched('include an int', {include: {...strict, attributes: [{key: 'n', value: 7}]}}),
  matched('include a double', {include: {...strict, attributes: [{key: 'v', value: 1.5}]}}),
  matched('include a bool', {include: {...strict, attributes: [{key: 'v', value: true}]}}),
  matched('include a number as text', {include: {...strict, attributes: [{key: 'v', value: '12'}]}}),
  matched('include attributes by pattern', {include: {...regexp, attributes: [{key: 'v', value: '^[0-9.]+$'}]}}),
  matched('include resources', {include: {...strict, resources: [{key: 'host.name', value: 'h1'}]}}),
  matched('include a resource of an int', {include: {...strict, resources: [{key: 'shard', value: 3}]}}),
  matched('include libraries', {include: {...strict, libraries: [{name: 'lib'}]}}),
  matched('include a version of a library', {include: {...strict, libraries: [{name: 'lib', version: '1.0'}]}}),
  matched('include libraries by pattern', {include: {...regexp, libraries: [{name: 'lib', version: '^[12]'}]}}),
  matched('include kinds', {include: {...strict, span_kinds: ['SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT']}}),
  matched('include kinds by pattern', {include: {...regexp, span_kinds: ['.*ER$']}}),
  matched('include records by body', {include: {...strict, log_bodies: ['abc', '12']}}, [valueLogs, logs(23)]),
  matched('include records by bodies that match', {include: {...regexp, log_bodies: ['pass', '^1']}}, [
    valueLogs,
    logs(23),
  ]),
  matched('include records by severity', {include: {...strict, log_severity_texts: ['ERROR', 'info']}}, [
    valueLogs,
    logs(23),
  ]),
  matched('include records from a severity on', {include: {...strict, log_severity_number: {min: 13}}}, [
    valueLogs,
    logs(23),
  ]),
  matched(
    'include records without a severity',
    {include: {...strict, log_severity_number: {min: 13, match_undefined: true}}},
    [valueLogs, logs(23)],
  ),
  matched('include metrics by name', {include: {...strict, metric_names: ['latency']}}, everything.slice(4)),
  matched('include nothing', {include: strict}),
];

const resource = (what: string, ...list: readonly Settings[]): Case =>
  processor('resource', what, {attributes: list}, all);

const resources: readonly Case[] = [
  resource('insert', {key: 'zone', action: 'insert', value: 'eu'}),
  resource('update', {key: 'host.name', action: 'update', value: 'hidden'}),
  resource('upsert from an attribute', {key: 'instance', action: 'upsert', from_attribute: 'host.name'}),
  resource('delete', {key: 'host.name', action: 'delete'}),
  resource('delete by pattern', {action: 'delete', pattern: '.*'}),
  resource('hash', {key: 'service.name', action: 'hash'}),
  resource('extract', {key: 'host.name', action: 'extract', pattern: '(?P<letter>[a-z])(?P<number>\\d)'}),
  resource('convert', {key: 'shard', action: 'convert', converted_type: 'string'}),
  processor('resource', 'without actions', {attributes: []}, all),
];

const named = (what: string, settings: Settings): Case => processor('span', what, settings, traces);

const ofSpans: readonly Case[] = [
  named('name from attributes', {name: {from_attributes: ['http.method', 'tenant'], separator: '::'}}),
  named('name from a value of every type', {name: {from_attributes: ['v', 'n'], separator: '-'}}),
  named('name from attributes without a separator', {name: {from_attributes: ['n', 'flags']}}),
  named('attributes from the name', {name: {to_attributes: {rules: ['^/api/v1/users/(?P<userId>\\d+)/edit$']}}}),
  named('attributes from several rules', {
    name: {to_attributes: {rules: ['^(?P<verb>[A-Z]+) (?P<path>.*)$', '(?P<id>\\{id\\})', 'value (?P<number>\\d+)']}},
  }),
  named('the first rule only', {
    name: {to_attributes: {break_after_match: true, rules: ['^(?P<first>.)', '(?P<second>.)$']}},
  }),
  named('the name kept', {
    name: {to_attributes: {keep_original_name: true, rules: ['^(?P<first>\\w+)']}},
  }),
  named('a rule without a group', {name: {to_attributes: {rules: ['^GET']}}}),
  named('status Error', {status: {code: 'Error', description: 'set'}}),
  named('status Ok', {status: {code: 'Ok'}}),
  named('status Unset', {status: {code: 'Unset'}}),
  named('status Ok with a description', {status: {code: 'Ok', description: 'x'}}),
  named('included only', {
    include: {...regexp, services: ['cart|values']},
    exclude: {...strict, span_names: ['pay']},
    name: {from_attributes: ['n'], separator: ''},
  }),
];

const grouped = (what: string, keys: readonly string[], sent = all): Case =>
  processor('groupbyattrs', what, {keys}, sent);

const grouping: readonly Case[] = [
  grouped('by one key', ['tenant']),
  grouped('by two keys', ['tenant', 'http.method']),
  grouped('by a key that nothing has', ['nowhere']),
  grouped('by values of every type', ['v']),
  grouped('by a label of points', ['state'], everything.slice(4)),
  grouped('by a key that resources have', ['host.name', 'n']),
  grouped('without keys', []),
];

const redacted = (what: string, settings: Settings, sent = all): Case => processor('redaction', what, settings, sent);
const every = {allow_all_keys: true};
const cards = ['4[0-9]{12}(?:[0-9]{3})?', '(5[1-5][0-9]{14})'];

const redaction: readonly Case[] = [
  redacted('allowed keys only', {allowed_keys: ['http.method', 'v', 'service.name']}),
  redacted('allowed keys with a summary', {allowed_keys: ['n', 'tenant', 'service.name'], summary: 'debug'}),
  redacted('no keys', {}),
  redacted('blocked values', {...every, blocked_values: cards, summary: 'debug'}),
  redacted('blocked values, counts only', {...every, blocked_values: cards, summary: 'info'}),
  redacted('blocked values, silently', {...every, blocked_values: ['abc', '\\d'], summary: 'silent'}),
  redacted('blocked values of all types', {
    ...every,
    blocked_values: ['\\d+'],
    redact_all_types: true,
    summary: 'debug',
  }),
  redacted('blocked key patterns', {...every, blocked_key_patterns: ['.*token.*', 'user', '^v$'], summary: 'debug'}),
  redacted('ignored keys', {allowed_keys: ['n'], ignored_keys: ['v', 'card'], blocked_values: ['.'], summary: 'debug'}),
  redacted('ignored key patterns', {...every, ignored_key_patterns: ['^c'], blocked_values: ['\\d'], summary: 'debug'}),
  redacted('allowed values', {...every, allowed_values: ['.+@example\\.com'], blocked_values: ['@'], summary: 'debug'}),
  ...['md5', 'sha1', 'sha3'].map((hash) =>
    redacted(`hash ${hash}`, {...every, blocked_values: ['[a-z]+'], hash_function: hash}),
  ),
  redacted('hash hmac-sha256', {
    ...every,
    blocked_values: ['[a-z]+'],
    hash_function: 'hmac-sha256',
    hmac_key: '0123456789abcdef0123456789abcdef',
  }),
  redacted('an unknown hash', {...every, hash_function: 'crc32'}),
  redacted('URLs', {...every, url_sanitizer: {enabled: true, attributes: ['v', 'http.url']}}),
  redacted('statements of SQL', {...every, db_sanitizer: {sql: {enabled: true, attributes: ['db.statement', 'v']}}}),
  redacted('commands of Redis', {...every, db_sanitizer: {redis: {enabled: true, attributes: ['db.statement']}}}),
  redacted('a pattern that is none', {...every, blocked_values: ['(']}),
];

export const attributeCases: readonly Case[] = [
  ...editing,
  ...matching,
  ...resources,
  ...ofSpans,
  ...grouping,
  ...redaction,
];
