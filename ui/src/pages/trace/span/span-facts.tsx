import type {ReactNode} from 'react';
import type {SpanResponse} from '../../../api/index.ts';
import {isoNanos} from '../../../format/index.ts';
import {thingOf} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {ERROR, KindIcon, RING, type TraceModel, traceText} from '../../../timeline/index.ts';
import {CopyAction} from '../../../widgets/index.ts';
import classes from './span-facts.module.css';

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const statuses = ['unset', 'ok', 'error'] as const;
/** A child that ends this many nanoseconds after its parent did not just hand over. */
const OUTLIVES = 1_000_000;

/** The facts of a span that the trace itself holds, at once; the rest joins when it has come. Of another trace's, all comes then. */
export function SpanFacts({
  model,
  span,
  traceId,
  details,
  onGoTo,
}: {
  readonly model: TraceModel;
  readonly span: number | undefined;
  readonly traceId: string;
  readonly details: SpanResponse | undefined;
  readonly onGoTo: (span: number) => void;
}) {
  const text = useText(traceText);
  const format = useFormat();
  if (span !== undefined) return <OwnFacts model={model} span={span} details={details} onGoTo={onGoTo} />;
  if (details === undefined) return <dl className={classes.facts} />;
  const {status} = details;
  return (
    <>
      <Message details={details} failed={status.code === 'error'} />
      <dl className={classes.facts}>
        <Fact name={text.palette.trace}>
          <code {...thingOf({kind: 'trace', traceId})}>{traceId}</code>
          <span className={classes.quiet}>{text.span.ofOtherTrace}</span>
        </Fact>
        <Start nanos={details.startUnixNano} />
        <Duration nanos={Number(details.durationNano)}>
          {details.endsBeforeStartNano !== undefined && (
            <span className={classes.moved}>
              {text.span.endsBeforeStart(format.duration(Number(details.endsBeforeStartNano)))}
            </span>
          )}
        </Duration>
        <KindAndStatus kind={details.kind} status={status.code} />
        <Id traceId={traceId} spanId={details.spanId} />
        <State details={details} />
      </dl>
    </>
  );
}

function OwnFacts({
  model,
  span,
  details,
  onGoTo,
}: {
  readonly model: TraceModel;
  readonly span: number;
  readonly details: SpanResponse | undefined;
  readonly onGoTo: (span: number) => void;
}) {
  const text = useText(traceText);
  const format = useFormat();
  const visible = useVisible();
  const {trace, layout, total} = model;
  const {spans} = trace;
  const start = String(BigInt(trace.startUnixNano) + BigInt(spans.start[span]!));
  const sent = details?.startUnixNano;
  const duration = spans.duration[span]!;
  const self = layout.self[span]!;
  const waits = layout.work[span] !== self;
  const parent = layout.parent[span]!;
  const late = parent < 0 ? 0 : spans.start[span]! + duration - spans.start[parent]! - spans.duration[parent]!;
  const host = trace.hosts[spans.host[span]!];
  const backwards = model.endsBeforeStart.get(span);
  // In a ring, the parent stands below.
  const ring = layout.orphan[span] === RING;
  const named = ring ? layout.indexOf.get(spans.parentSpanId[span]!)! : parent;
  return (
    <>
      <Message details={details} failed={spans.status[span] === ERROR} />
      <dl className={classes.facts}>
        <Start nanos={start}>
          <span className={classes.quiet}>{text.span.afterStart(format.duration(spans.start[span]!))}</span>
          {model.adjusted && sent !== undefined && sent !== start && (
            <span className={classes.moved} title={isoNanos(sent)}>
              {text.span.asSent(format.momentOfNanos(sent))}
            </span>
          )}
        </Start>
        <Duration nanos={duration}>
          <span className={classes.quiet}>{text.trace.shareOfTrace(format.percent(duration / total))}</span>
          {backwards !== undefined && (
            <span className={classes.moved}>{text.span.endsBeforeStart(format.duration(backwards))}</span>
          )}
          {late > OUTLIVES && <span className={classes.quiet}>{text.span.outlives(format.duration(late))}</span>}
        </Duration>
        <Fact name={waits ? text.span.wait : text.span.self}>
          <span title={waits ? text.span.waitTip : undefined}>{format.duration(self)}</span>
          {duration > 0 && <span className={classes.quiet}>{format.percent(self / duration)}</span>}
        </Fact>
        <KindAndStatus
          kind={kinds[spans.kind[span]!] ?? 'unspecified'}
          status={statuses[spans.status[span]!] ?? 'unset'}
        />
        {host !== undefined && host !== '' && (
          <Fact name={text.span.host}>
            <span>{visible(host)}</span>
          </Fact>
        )}
        <Id traceId={trace.traceId} spanId={spans.spanId[span]!} />
        {spans.parentSpanId[span] !== '' && (
          <Fact name={text.span.parent}>
            {named >= 0 ? (
              <>
                <button type="button" className={classes.parent} onClick={() => onGoTo(named)}>
                  {visible(trace.names[spans.name[named]!]!)}
                </button>
                {ring && (
                  <span className={classes.moved}>{named === span ? text.trace.ownParent : text.span.inRing}</span>
                )}
              </>
            ) : (
              <code className={classes.lost}>{spans.parentSpanId[span]}</code>
            )}
          </Fact>
        )}
        <State details={details} />
      </dl>
    </>
  );
}

function Message({details, failed}: {readonly details: SpanResponse | undefined; readonly failed: boolean}) {
  if (!failed || details === undefined || details.status.message === '') return undefined;
  return <p className={classes.error}>{details.status.message}</p>;
}

function Start({nanos, children}: {readonly nanos: string; readonly children?: ReactNode}) {
  const text = useText(traceText);
  const format = useFormat();
  return (
    <Fact name={text.span.start}>
      <span title={isoNanos(nanos)}>{format.momentOfNanos(nanos)}</span>
      {children}
      <CopyAction label={text.common.copy} value={isoNanos(nanos)} />
    </Fact>
  );
}

function Duration({nanos, children}: {readonly nanos: number; readonly children?: ReactNode}) {
  const text = useText(traceText).span;
  const format = useFormat();
  return (
    <Fact name={text.duration}>
      <b>{format.duration(nanos)}</b>
      {children}
    </Fact>
  );
}

function KindAndStatus({
  kind,
  status,
}: {
  readonly kind: (typeof kinds)[number];
  readonly status: (typeof statuses)[number];
}) {
  const text = useText(traceText);
  return (
    <>
      <Fact name={text.span.kind}>
        <KindIcon kind={kind} /> {text.kind[kind]}
      </Fact>
      <Fact name={text.span.status}>
        <span data-status={status} className={classes.status}>
          {text.statusName[status]}
        </span>
      </Fact>
    </>
  );
}

function Id({traceId, spanId}: {readonly traceId: string; readonly spanId: string}) {
  const text = useText(traceText);
  return (
    <Fact name={text.span.spanId}>
      <code {...thingOf({kind: 'span', traceId, spanId}, {button: false})}>{spanId}</code>
      <CopyAction label={text.common.copy} value={spanId} />
    </Fact>
  );
}

function State({details}: {readonly details: SpanResponse | undefined}) {
  const text = useText(traceText).span;
  if (details === undefined || details.traceState === '') return undefined;
  return (
    <Fact name={text.traceState}>
      <code>{details.traceState}</code>
    </Fact>
  );
}

function Fact({name, children}: {readonly name: string; readonly children: ReactNode}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
