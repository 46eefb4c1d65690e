/** The kinds of result that one question can have: each a plug-in, and this list is their registry. */
import {IconListDetails, IconTimeline} from '@tabler/icons-react';
import type {ComponentType, ReactNode, RefObject} from 'react';
import {lazyPart} from '../../frame/index.ts';
import {type FieldName, fieldNames, type ResultKindId} from '../../urls/index.ts';
import type {ExploreText} from './text/index.ts';
import {TraceResults} from './trace-results.tsx';
import type {Asked, ChangeAsked} from './use-explore-url.ts';

export interface ResultKind {
  /** As it stands in an address: `results=traces`. The first one is not written. */
  readonly id: ResultKindId;
  readonly name: (text: ExploreText) => string;
  readonly Icon: ComponentType<{readonly size?: number}>;
  /** The fields that it can be asked by; every kind takes attributes. */
  readonly fields: readonly FieldName[];
  /** The answer to the question, and what is said where there is none. It fills the page. */
  readonly Results: ComponentType<ResultsProps>;
}

export interface ResultsProps {
  readonly asked: Asked;
  /** Key of the entry in the browser's history, for what comes back when a reader goes back. */
  readonly entry: string;
  readonly title: string;
  /** The query bar, which stands above the results. */
  readonly bar: ReactNode;
  /** To be given what leads from the query bar into the results. */
  readonly down: RefObject<() => void>;
  readonly onChange: ChangeAsked;
}

const SpanResults = lazyPart(async () => (await import('./span-results.tsx')).SpanResults);

export const resultKinds: readonly [ResultKind, ...ResultKind[]] = [
  {id: 'traces', name: (text) => text.explore.traces, Icon: IconTimeline, fields: fieldNames, Results: TraceResults},
  {id: 'spans', name: (text) => text.explore.spans, Icon: IconListDetails, fields: fieldNames, Results: SpanResults},
];

export const kindOf = (id: string | undefined): ResultKind =>
  resultKinds.find((kind) => kind.id === id) ?? resultKinds[0];
