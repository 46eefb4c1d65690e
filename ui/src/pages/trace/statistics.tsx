import {useQuery} from '@tanstack/react-query';
import type {ComponentProps} from 'react';
import {failureOf, queries} from '../../api/index.ts';
import {StatisticsTable} from '../../timeline/index.ts';
import {FailurePanel, LoadingLine} from '../../widgets/index.ts';

/** The statistics, with the values of the attribute that they are by: these do not come with the trace. */
export function Statistics(props: Omit<ComponentProps<typeof StatisticsTable>, 'values' | 'failure'>) {
  const {by, model} = props;
  const key = by === 'service' ? undefined : by;
  const query = useQuery({
    ...queries.traceValues(model.trace.traceId, key ?? '', model.layout.count),
    enabled: key !== undefined,
  });
  return (
    <>
      <LoadingLine active={query.isFetching} />
      <StatisticsTable
        {...props}
        values={key === undefined ? undefined : query.data?.values}
        failure={
          query.error !== null && <FailurePanel failure={failureOf(query.error)} onRetry={() => void query.refetch()} />
        }
      />
    </>
  );
}
