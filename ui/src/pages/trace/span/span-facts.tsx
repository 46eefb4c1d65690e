import type {ReactNode} from 'react';
import type {SpanResponse} from '../../../api/index.ts';
import {isoNanos} from '../../../format/index.ts';
import {useFormat, useText} from '../../../i18n/index.ts';
import {ERROR, KindIcon, type TraceModel, traceText} from '../../../timeline/index.ts';
import {CopyAction} from '../../../widgets/index.ts';
import classes from './span-facts.module.css';

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const statuses = ['unset', 'ok', 'error'] as const;

/** The facts of a span that the trace itself holds, at once; the rest joins when it has come. */
export function SpanFacts({
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
  const {trace, layout, total} = model;
  const {spans} = trace;
  const start = BigInt(trace.startUnixNano) + BigInt(spans.start[span]!);
  const duration = spans.duration[span]!;
  const self = layout.self[span]!;
  const kind = kinds[spans.kind[span]!] ?? 'unspecified';
  const status = statuses[spans.status[span]!] ?? 'unset';
  const parent = layout.parent[span]!;
  return (
    <>
      {spans.status[span] === ERROR && details !== undefined && details.status.message !== '' && (
        <p className={classes.error}>{details.status.message}</p>
      )}
      <dl className={classes.facts}>
        <Fact name={text.span.start}>
          <span title={isoNanos(String(start))}>{format.momentOfNanos(String(start))}</span>
          <span className={classes.quiet}>{text.span.afterStart(format.duration(spans.start[span]!))}</span>
          <CopyAction label={text.common.copy} value={isoNanos(String(start))} size={18} />
        </Fact>
        <Fact name={text.span.duration}>
          <b>{format.duration(duration)}</b>
          <span className={classes.quiet}>{text.trace.shareOfTrace(format.percent(duration / total))}</span>
        </Fact>
        <Fact name={text.span.self}>
          {format.duration(self)}
          {duration > 0 && <span className={classes.quiet}>{format.percent(self / duration)}</span>}
        </Fact>
        <Fact name={text.span.kind}>
          <KindIcon kind={kind} /> {text.kind[kind]}
        </Fact>
        <Fact name={text.span.status}>
          <span data-status={status} className={classes.status}>
            {text.statusName[status]}
          </span>
        </Fact>
        <Fact name={text.span.spanId}>
          <code>{spans.spanId[span]}</code>
          <CopyAction label={text.common.copy} value={spans.spanId[span]!} size={18} />
        </Fact>
        {spans.parentSpanId[span] !== '' && (
          <Fact name={text.span.parent}>
            {parent >= 0 ? (
              <button type="button" className={classes.parent} onClick={() => onGoTo(parent)}>
                {trace.names[spans.name[parent]!]}
              </button>
            ) : (
              <code className={classes.lost}>{spans.parentSpanId[span]}</code>
            )}
          </Fact>
        )}
        {details !== undefined && details.traceState !== '' && (
          <Fact name={text.span.traceState}>
            <code>{details.traceState}</code>
          </Fact>
        )}
      </dl>
    </>
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
