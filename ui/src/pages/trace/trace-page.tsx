import {IconFileUnknown} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useEffect, useMemo} from 'react';
import {queries, type TraceResponse} from '../../api/index.ts';
import {markSeen, View} from '../../frame/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import {ServiceColoursWithin} from '../../theme/index.ts';
import {modelTrace, traceText} from '../../timeline/index.ts';
import {readTracePath} from '../../urls/index.ts';
import {QuietPanel, useTitle} from '../../widgets/index.ts';
import {TraceView} from './trace-view.tsx';

const route = getRouteApi('/trace/$traceId');

/** The trace that the address names, or why it names none. */
export function TracePage() {
  const {traceId} = route.useParams();
  const id = readTracePath(traceId);
  return id === undefined ? <NoTraceId text={traceId} /> : <WholeTrace traceId={id} />;
}

/** Weft is not asked for what it must refuse. */
function NoTraceId({text: address}: {readonly text: string}) {
  const text = useText(traceText).trace;
  const visible = useVisible();
  useTitle('Weft');
  return (
    <QuietPanel
      icon={<IconFileUnknown size={26} />}
      title={text.noTraceId(visible(address.slice(0, 80)))}
      hint={text.noTraceIdHint}
    >
      <Link to="/">{text.back}</Link>
    </QuietPanel>
  );
}

function WholeTrace({traceId}: {readonly traceId: string}) {
  const text = useText(traceText);
  const visible = useVisible();
  const {clocks} = route.useSearch();
  const answer = useQuery(queries.trace(traceId));
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
    <View
      title={title}
      heading="own"
      answer={answer}
      onward={<Link to="/">{text.trace.back}</Link>}
      empty={(trace) => empty(trace) || undefined}
    >
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
