/** What one change says in the reader's language; the API says it in English alone. */
import type {ServiceChange} from '../../../api/index.ts';
import {type Format, nanosToMs} from '../../../format/index.ts';
import type {ServiceText} from './text/index.ts';

const percentiles = ['p95', 'p99', 'p50'] as const;

export function changeText(
  change: ServiceChange,
  {changes: text, errors}: ServiceText['service'],
  format: Format,
  visible: (name: string) => string,
): string {
  const {kind, before, now, operation, version = '', dependency} = change;
  const what = operation === undefined ? text.whole : visible(operation.name);
  const at = change.seenUnixNano === undefined ? '–' : format.time(nanosToMs(change.seenUnixNano));
  const millis = (value: number | undefined): string => (value === undefined ? '–' : format.duration(value * 1e6));
  const share = (figures = now): string =>
    format.percent(figures === undefined || figures.count === 0 ? 0 : (figures.errors ?? 0) / figures.count);
  const rate = (figures = now): string => format.rate(figures?.rate ?? 0);
  const count = (figures = now): string => format.count(figures?.count ?? 0);
  switch (kind) {
    case 'version_new':
      return text.version_new(visible(version), at);
    case 'version_gone':
      return text.version_gone(visible(version), at);
    case 'rate':
      return text.rate(what, rate(before), rate(now));
    case 'errors':
      return text.errors(what, share(before), share(now));
    case 'latency': {
      const name = farthest(change);
      return text.latency(what, name.toUpperCase(), millis(before?.[name]), millis(now?.[name]));
    }
    case 'operation_new':
      return text.operation_new(what, rate(now));
    case 'operation_gone':
      return text.operation_gone(what, rate(before));
    case 'error_new':
    case 'error_more': {
      const {error: word = 'unknown', type = '', message = ''} = change.error ?? {};
      // Where the kind is not known, the exception's own name says more.
      const known = word === 'unknown' && type !== '' ? '' : errorWord(word, errors.kinds);
      const name = [known, type, message].filter((one) => one !== '').join(' · ');
      return kind === 'error_new'
        ? text.error_new(visible(name), count(now))
        : text.error_more(visible(name), count(before), count(now));
    }
    case 'statement_new':
      return text.statement_new(visible(change.statement?.statement ?? ''), count(now));
    case 'statement_slower':
      return text.statement_slower(
        visible(change.statement?.statement ?? ''),
        millis(before?.p95 ?? before?.mean),
        millis(now?.p95 ?? now?.mean),
      );
    case 'dependency_new':
    case 'dependency_gone': {
      const word = kind === 'dependency_new' ? 'new' : 'gone';
      return text[`${dependency?.direction ?? 'calls'}_${word}`](visible(dependency?.name ?? ''));
    }
  }
}

/** The percentile that has moved the most, as a factor. */
function farthest({before, now}: ServiceChange): (typeof percentiles)[number] {
  const moved = (name: (typeof percentiles)[number]): number => {
    const [was, is] = [before?.[name] ?? 0, now?.[name] ?? 0];
    return was > 0 && is > 0 ? Math.abs(Math.log(is / was)) : 0;
  };
  return percentiles.reduce((best, name) => (moved(name) > 1.1 * moved(best) ? name : best));
}

/** A word of a newer Weft than this page is said as it is. */
export const errorWord = (word: string, kinds: Readonly<Record<string, string>>): string => kinds[word] ?? word;
