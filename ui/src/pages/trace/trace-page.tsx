import {IconFileUnknown} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi} from '@tanstack/react-router';
import {useMemo} from 'react';
import {failureOf, queries} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {modelTrace, traceText} from '../../timeline/index.ts';
import {FailurePanel, LoadingLine, QuietPanel} from '../../widgets/index.ts';
import {TraceView} from './trace-view.tsx';

const route = getRouteApi('/trace/$traceId');

/** One trace, whole. */
export function TracePage() {
  const text = useText(traceText);
  const {traceId} = route.useParams();
  const {data, error, isFetching, refetch} = useQuery(queries.trace(traceId.toLowerCase()));
  const model = useMemo(() => (data === undefined ? undefined : modelTrace(data)), [data]);
  if (error !== null) return <FailurePanel failure={failureOf(error)} onRetry={() => void refetch()} />;
  if (model === undefined) return <LoadingLine active={isFetching} />;
  if (model.root === undefined) return <QuietPanel icon={<IconFileUnknown size={26} />} title={text.trace.empty} />;
  return <TraceView key={model.trace.traceId} model={model} />;
}
