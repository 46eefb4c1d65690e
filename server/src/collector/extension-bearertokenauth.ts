/** Tokens in a header, for exporters that show one and for receivers that ask for one (the Collector's bearertokenauth). */
import {createHash, timingSafeEqual} from 'node:crypto';
import {PermanentError} from '../base/index.ts';
import {list, object, optional, text, withDefault} from '../config/index.ts';
import type {ExtensionFactory} from '../pipeline/index.ts';
import {type WatchedFile, watchText} from './watched-file.ts';

const config = object(
  {
    scheme: withDefault(text, 'Bearer', 'Bearer', 'Stands before the token in the header; "" is nothing.'),
    header: withDefault(text, 'Authorization', 'Authorization', 'The header that holds the token.'),
    token: optional(text, 'The token.'),
    tokens: withDefault(list(text), [], '[]', 'Several: a receiver takes each, an exporter shows the first.'),
    filename: optional(text, 'A file with a token a line, read again when it changes.'),
  },
  ({token, tokens, filename}, node, report) => {
    if (token === undefined && tokens.length === 0 && filename === undefined) {
      report.fault(node.at, 'set one of `token`, `tokens` and `filename`');
    } else if (token !== undefined && tokens.length > 0) report.fault(node.at, 'set either `token` or `tokens`');
    else if (filename !== undefined && (token !== undefined || tokens.length > 0)) {
      report.warn(node.at, '`filename` counts, and the tokens written here do not');
    }
    if (token === '' || tokens.includes('')) report.fault(node.at, 'an empty token would let everybody in');
  },
);

export const bearerTokenAuthExtension: ExtensionFactory<ReturnType<typeof config.read>> = {
  help: 'Tokens: an exporter shows one with every request, a receiver lets only senders in that show one.',
  config,
  create({id, log}, {scheme, header, token, tokens, filename}) {
    const name = header.toLowerCase();
    let values: readonly string[] = [];
    let digests: readonly Buffer[] = [];
    const take = (list: readonly string[]): void => {
      if (list.length === 0) throw new Error('it holds no token');
      values = list.map((each) => (scheme === '' ? each : `${scheme} ${each}`));
      digests = values.map(digest);
    };
    let file: WatchedFile | undefined;
    if (filename === undefined) take(token === undefined ? tokens : [token]);
    return {
      async start() {
        if (filename === undefined) return;
        file = watchText(filename, log, (content) => take(linesOf(content)));
      },
      async stop() {
        file?.stop();
      },
      clientAuth: {authorize: (headers) => ({...headers, [name]: values[0] ?? ''})},
      serverAuth: {
        challenge: scheme === '' ? 'Bearer' : scheme,
        check(headers) {
          const given = headers[name];
          if (given === undefined || given === '') {
            throw new PermanentError('unauthenticated', `${id}: no credentials in the header ${header}`);
          }
          const shown = digest(Array.isArray(given) ? (given[0] as string) : String(given));
          // All are compared, whichever fits: the time tells nothing.
          const fits = digests.filter((each) => timingSafeEqual(each, shown));
          if (fits.length === 0) throw new PermanentError('unauthenticated', `${id}: the credentials are not known`);
        },
      },
    };
  },
};

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

const linesOf = (content: string): string[] =>
  content
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
