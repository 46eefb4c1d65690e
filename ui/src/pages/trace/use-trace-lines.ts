import {type UseQueryResult, useQuery} from '@tanstack/react-query';
import {queries, type TraceLogsResponse} from '../../api/index.ts';
import type {TraceModel} from '../../timeline/index.ts';

export type TraceLines = UseQueryResult<TraceLogsResponse>;

/** The log lines of a trace: asked once for all of its views. `young`: more of them may come. */
export const useTraceLines = ({trace, layout}: TraceModel, young: boolean): TraceLines =>
  useQuery(queries.traceLogs(trace.traceId, layout.count, young));
