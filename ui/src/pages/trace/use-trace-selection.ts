import {useQuery} from '@tanstack/react-query';
import {useMemo} from 'react';
import {type ExplainResponse, type Failure, failureOf, queries} from '../../api/index.ts';
import {chooseSpans, findSpans, type Selection, selectionOf, type TraceModel} from '../../timeline/index.ts';
import type {TraceUrl} from '../../urls/index.ts';
import {type FindFault, readFind} from './find-text.ts';
import {useLater} from './use-later.ts';

/** Weft is asked this many milliseconds after the last letter. */
const TYPING = 180;

export interface FoundState {
  /** More may be found in a moment. */
  readonly looking: boolean;
  /** Spans that fit beyond those that were named, where there are very many. */
  readonly beyond: number;
  readonly failure: Failure | undefined;
  /** Why Weft is not asked. */
  readonly fault: FindFault | undefined;
}

/**
 * The selection that the address asks for. What a text finds in names is there at once; what it finds in attributes, events and
 * links joins when Weft has looked through them.
 */
export function useTraceSelection(
  model: TraceModel,
  {find, select, finding}: Pick<TraceUrl, 'find' | 'select' | 'finding'>,
  explained: ExplainResponse | undefined,
): readonly [Selection | undefined, FoundState] {
  const {trace, layout} = model;
  const text = find?.trim() ?? '';
  const settled = useLater(text, TYPING);
  const read = text === '' ? undefined : readFind(text);
  const fault = read?.kind === 'asked' ? undefined : read;
  const answer = useQuery({
    ...queries.findInTrace(trace.traceId, read?.kind === 'asked' ? read.text : '', layout.count),
    enabled: settled === text && read?.kind === 'asked',
    retry: false,
  });
  const data = settled === text ? answer.data : undefined;
  const named = useMemo(() => (text === '' ? undefined : findSpans(trace, layout, text)), [trace, layout, text]);
  const shows = useMemo(() => {
    const found = finding === undefined ? undefined : explained?.findings[finding - 1];
    if (found === undefined) return undefined;
    const spans = new Set(found.spans.map((id) => layout.indexOf.get(id)).filter((span) => span !== undefined));
    return {...selectionOf(layout, 'finding', Int32Array.from(spans)), ranked: true};
  }, [layout, finding, explained]);
  const selection = useMemo(() => {
    if (select !== undefined) return chooseSpans(model, select);
    if (named === undefined) return shows;
    if (data === undefined || data.spans.length === 0) return selectionOf(layout, 'find', named);
    const marks = new Uint8Array(layout.count);
    for (const span of named) marks[span] = 1;
    for (const id of data.spans) {
      const span = layout.indexOf.get(id);
      if (span !== undefined) marks[span] = 1;
    }
    return selectionOf(
      layout,
      'find',
      layout.order.filter((span) => marks[span] === 1),
    );
  }, [model, layout, select, named, data, shows]);
  return [
    selection,
    {
      looking: text !== '' && fault === undefined && (settled !== text || answer.isFetching),
      beyond: data === undefined ? 0 : Math.max(0, data.total - data.spans.length),
      failure: text === '' || settled !== text || answer.error === null ? undefined : failureOf(answer.error),
      fault: settled === text ? fault : undefined,
    },
  ];
}
