import {Button} from '@mantine/core';
import {IconFilterOff} from '@tabler/icons-react';
import {useQueries} from '@tanstack/react-query';
import {api} from '../../api/index.ts';
import {type ShellText, useText} from '../../i18n/index.ts';
import {
  type Condition,
  isAbsolute,
  listConditions,
  type RangeUrl,
  type SearchUrl,
  searchParameters,
} from '../../urls/index.ts';
import {QuietPanel} from '../../widgets/index.ts';
import classes from './no-match.module.css';
import {type SearchText, searchText} from './text/index.ts';
import {useSearchUrl} from './use-search-url.ts';

/** Nothing fits: finds out, by asking, which one condition is in the way, and offers to take it away. */
export function NoMatch({url}: {readonly url: SearchUrl}) {
  const text = useText(searchText);
  const [, change] = useSearchUrl();
  const conditions = listConditions(url);
  const ways: readonly {readonly name: string; readonly change: Partial<SearchUrl>}[] = [
    ...conditions.map((one) => ({name: text.search.relaxWithout(describe(one, text)), change: one.without})),
    ...widerRanges(url).map((range) => ({
      name: text.search.relaxRange(lowerFirst(text.range.last[range.last ?? '1h'])),
      change: range,
    })),
  ];
  const tries = useQueries({
    queries: ways.map((way) => ({
      queryKey: ['relax', {...url, ...way.change}],
      queryFn: ({signal}: {signal: AbortSignal}) =>
        api.traces({...searchParameters({...url, ...way.change}, Date.now()), limit: 1}, signal),
      staleTime: 10_000,
    })),
  });
  const asking = tries.some((one) => one.isPending);
  const helping = ways.filter((_, index) => (tries[index]?.data?.traces.length ?? 0) > 0);
  return (
    <QuietPanel
      icon={<IconFilterOff size={26} />}
      title={text.search.nothingTitle}
      hint={
        asking
          ? text.search.relaxing
          : helping.length > 0
            ? text.search.relaxTitle
            : conditions.length > 0
              ? text.search.relaxNone
              : text.search.nothingRange
      }
    >
      <div className={classes.ways}>
        {helping.map((way) => (
          <Button key={way.name} size="xs" variant="default" fw={400} onClick={() => change(way.change)}>
            {way.name}
          </Button>
        ))}
      </div>
    </QuietPanel>
  );
}

/** A condition in the reader's words. */
function describe({key, value}: Condition, text: ShellText & SearchText): string {
  switch (key) {
    case 'service':
      return `${text.search.service} ${value}`;
    case 'operation':
      return `${text.search.operation} ${value}`;
    case 'kind':
      return `${text.search.kind} ${text.kind[value as keyof typeof text.kind]}`;
    case 'status':
      return `${text.search.status} ${text.statusName[value as keyof typeof text.statusName]}`;
    case 'min':
      return `${text.search.duration} ≥ ${value}`;
    case 'max':
      return `${text.search.duration} ≤ ${value}`;
    case 'attribute':
      return value;
  }
}

/** A day and a week, where the range is shorter than that. */
function widerRanges(range: RangeUrl): RangeUrl[] {
  const day = {last: '1d', start: undefined, end: undefined} as const;
  const week = {last: '7d', start: undefined, end: undefined} as const;
  if (range.last === '7d') return [];
  return !isAbsolute(range) && (range.last === '1d' || range.last === '2d') ? [week] : [day, week];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
