/** Sets headers of an exporter's requests, from the senders' own or fixed ones (the Collector's headers_setter). */
import {PermanentError} from '../base/index.ts';
import {extensionId, list, object, oneOf, optional, required, text, withDefault} from '../config/index.ts';
import type {ExtensionFactory} from '../pipeline/index.ts';
import {readText, type WatchedFile, watchText} from './watched-file.ts';

const header = object(
  {
    key: required(text, "The header's name."),
    action: withDefault(
      oneOf('insert', 'update', 'upsert', 'delete'),
      'upsert',
      'upsert',
      'Set it only where it is not there (`insert`), only where it is (`update`), in any case, or take it away.',
    ),
    value: optional(text, 'The value.'),
    from_context: optional(
      text,
      "The sender's header that holds the value; needs `include_metadata` of the receiver and `metadata_keys` of `batch`.",
    ),
    default_value: optional(text, 'The value where the sender had no such header or attribute.'),
    from_attribute: optional(
      text,
      "What the receiver's authenticator knows of the sender: `username` or `raw` of `basicauth`. A `batch` in front does not keep it.",
    ),
    value_file: optional(text, 'A file that holds the value, read again when it changes.'),
  },
  ({action, value, value_file, from_context, from_attribute, default_value, key}, node, report) => {
    if (key === '') report.fault(node.at, '`key` is empty');
    if (action === 'delete') return;
    if ([value, value_file, from_context, from_attribute].filter((each) => each !== undefined).length !== 1) {
      report.fault(node.at, 'set one of `value`, `value_file`, `from_context` and `from_attribute`');
    } else if (from_context === undefined && from_attribute === undefined && default_value !== undefined) {
      report.fault(node.at, '`default_value` goes with `from_context` or `from_attribute`');
    }
  },
);
const config = object(
  {
    headers: required(list(header), 'What to do with which header, in this order.'),
    additional_auth: optional(extensionId, 'Another authenticator, whose headers are set before these.'),
  },
  ({headers}, node, report) => {
    if (headers.length === 0) report.fault(node.at, '`headers` names none');
  },
);

export const headersSetterExtension: ExtensionFactory<ReturnType<typeof config.read>> = {
  help: "Sets headers of an exporter's requests: the senders' own, or fixed ones.",
  config,
  create(settings, {headers: rules, additional_auth}) {
    const files: WatchedFile[] = [];
    /** Of `value_file`, by the name of the file. */
    const contents = new Map<string, string>();
    const named = new Set(rules.flatMap(({value_file}) => value_file ?? []));
    const take =
      (file: string) =>
      (content: string): void => {
        contents.set(file, content.trim());
      };
    return {
      async check() {
        for (const file of named) readText(file, take(file));
      },
      async start() {
        for (const file of named) files.push(watchText(file, settings.log, take(file)));
      },
      async stop() {
        for (const file of files) file.stop();
      },
      clientAuth: {
        authorize(given, context) {
          const before = additional_auth === undefined ? undefined : settings.extension(additional_auth).clientAuth;
          if (additional_auth !== undefined && before === undefined) {
            throw new PermanentError(
              'unauthenticated',
              `extension ${additional_auth} has no credentials for exporters`,
            );
          }
          const headers: Record<string, string> = {...(before?.authorize(given, context) ?? given)};
          for (const {key, action, value, value_file, from_context, from_attribute, default_value} of rules) {
            const name = key.toLowerCase();
            const wanted =
              value ??
              (value_file && contents.get(value_file)) ??
              (from_context && context.metadata?.get(from_context.toLowerCase())?.[0]) ??
              (from_attribute && context.auth?.get(from_attribute)) ??
              default_value;
            const isThere = headers[name] !== undefined;
            if (action === 'delete') delete headers[name];
            else if (action === 'upsert' || (action === 'insert') !== isThere) headers[name] = wanted ?? '';
          }
          return headers;
        },
      },
    };
  },
};
