import {IconFileUnknown} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi} from '@tanstack/react-router';
import {useEffect, useMemo} from 'react';
import {queries, type TraceResponse} from '../../api/index.ts';
import {markSeen, View} from '../../frame/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import {ServiceColoursWithin} from '../../theme/index.ts';
import {modelTrace, traceText} from '../../timeline/index.ts';
import {QuietPanel} from '../../widgets/index.ts';
import {TraceView} from './trace-view.tsx';

const route = getRouteApi('/trace/$traceId');

/** One trace, whole. */
export function TracePage() {
  const text = useText(traceText);
  const visible = useVisible();
  const {traceId} = route.useParams();
  const {clocks} = route.useSearch();
  const answer = useQuery(queries.trace(traceId.toLowerCase()));
  const {data} = answer;
  useEffect(() => {
    if (data !== undefined) markSeen(data.traceId);
  }, [data]);
  const model = useMemo(
    () => (data === undefined ? undefined : modelTrace(data, {asSent: clocks === 'sent'})),
    [data, clocks],
  );
  const title =
    model?.root === undefined ? text.palette.trace : visible(model.trace.names[model.trace.spans.name[model.root]!]!);
  const empty = ({spans}: TraceResponse) =>
    spans.spanId.length === 0 && <QuietPanel icon={<IconFileUnknown size={26} />} title={text.trace.empty} />;
  return (
    <View title={title} heading="own" answer={answer} empty={(trace) => empty(trace) || undefined}>
      {() =>
        model !== undefined && (
          <ServiceColoursWithin services={model.trace.services}>
            <TraceView key={model.trace.traceId} model={model} />
          </ServiceColoursWithin>
        )
      }
    </View>
  );
}
