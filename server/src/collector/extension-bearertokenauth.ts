/** Tokens in a header, for exporters that show one and for receivers that ask for one (the Collector's bearertokenauth). */
import {createHash, timingSafeEqual} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {errorMessage, PermanentError} from '../base/index.ts';
import {always, bool, duration, integer, list, object, optional, text, withDefault} from '../config/index.ts';
import type {ExtensionFactory} from '../pipeline/index.ts';
import {readText, type WatchedFile, watchText} from './watched-file.ts';

/** The Collector looks again at once where no interval is set. */
const minRetryMs = 100;

const config = object(
  {
    scheme: withDefault(text, 'Bearer', 'Bearer', 'Stands before the token in the header; "" is nothing.'),
    header: withDefault(text, 'Authorization', 'Authorization', 'The header that holds the token.'),
    token: optional(text, 'The token.'),
    tokens: withDefault(list(text), [], '[]', 'Several: a receiver takes each, an exporter shows the first.'),
    filename: optional(
      text,
      'A file with a token a line, read again when it changes. The first word of a line is the token, the rest a comment.',
    ),
    retry_on_failure: always(
      object({
        enabled: withDefault(
          bool,
          false,
          'false',
          'Whether the file may come later; else Weft does not start without it.',
        ),
        max_retries: withDefault(integer(), 0, '0', 'How often it is looked for again; 0: without end.'),
        interval: withDefault(duration(), 0, '0s', `The time between; at least ${minRetryMs} ms.`),
      }),
      'What happens where the file is not there at the start.',
    ),
    wait_for_token_file: withDefault(bool, false, 'false', 'Whether the start waits for the file.'),
  },
  ({token, tokens, filename, retry_on_failure, wait_for_token_file}, node, report) => {
    if (retry_on_failure.enabled && filename === undefined)
      report.fault(node.at, '`retry_on_failure` needs `filename`');
    if (wait_for_token_file && !retry_on_failure.enabled)
      report.fault(node.at, '`wait_for_token_file` needs `retry_on_failure: {enabled: true}`');
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
  create({id, log}, {scheme, header, token, tokens, filename, retry_on_failure: retry, wait_for_token_file}) {
    const name = header.toLowerCase();
    let values: readonly string[] = [];
    let digests: readonly Buffer[] = [];
    const take = (list: readonly string[]): void => {
      if (list.length === 0) throw new Error('it holds no token');
      values = list.map((each) => (scheme === '' ? each : `${scheme} ${each}`));
      digests = values.map(digest);
    };
    let file: WatchedFile | undefined;
    const ended = new AbortController();
    if (filename === undefined) take(token === undefined ? tokens : [token]);
    const takeLines = (content: string): void => take(linesOf(content));
    return {
      async check() {
        // With a retry it may come later.
        if (filename !== undefined && !retry.enabled) readText(filename, takeLines);
      },
      async start() {
        if (filename === undefined) return;
        const watch = (): void => {
          file = watchText(filename, log, takeLines);
        };
        try {
          return watch();
        } catch (error) {
          if (!retry.enabled) throw error;
          log.warn({file: filename}, `waiting for the tokens: ${errorMessage(error)}`);
        }
        const there = again(watch, retry, ended.signal);
        if (wait_for_token_file) await there;
        else there.catch((error) => log.error({file: filename}, `there are no tokens: ${errorMessage(error)}`));
      },
      async stop() {
        ended.abort();
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
          // A token says nothing of who shows it.
          return undefined;
        },
      },
    };
  },
};

/** Tries until it succeeds, `signal` ends it, or it was tried often enough: then it rejects with the last failure. */
async function again(
  work: () => void,
  {max_retries, interval}: {readonly max_retries: number; readonly interval: number},
  signal: AbortSignal,
): Promise<void> {
  for (let tried = 1; ; tried++) {
    await sleep(Math.max(interval, minRetryMs), undefined, {signal, ref: false}).catch(() => {});
    if (signal.aborted) return;
    try {
      return work();
    } catch (error) {
      if (tried === max_retries) throw error;
    }
  }
}

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

/** The first word of each line; a comment may follow it. */
const linesOf = (content: string): string[] => content.split('\n').flatMap((line) => /^\s*(\S+)/.exec(line)?.[1] ?? []);
