import {useText} from '../../i18n/index.ts';
import type {ResultsProps} from './result-kinds.ts';
import {SpanGroups} from './span-groups.tsx';
import {SpanList} from './span-list.tsx';
import {spanText} from './span-text/index.ts';
import {useForgetting} from './use-results.ts';

/** Spans one by one, or all of them by one of their values. */
export function SpanResults(props: ResultsProps) {
  // Waits for the texts here, where nothing has a state yet: what has one must not begin before they are there.
  useText(spanText);
  return <ListOrGroups {...props} />;
}

function ListOrGroups(props: ResultsProps) {
  const {by} = props.asked.url;
  useForgetting(props.entry);
  return by === undefined ? <SpanList {...props} /> : <SpanGroups key={by} {...props} by={by} />;
}
