import {IconChevronLeft, IconLink} from '@tabler/icons-react';
import {Link, useCanGoBack, useRouter} from '@tanstack/react-router';
import {useMemo} from 'react';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {serviceShares, type TraceModel, traceText} from '../../timeline/index.ts';
import {rangeAround} from '../../urls/index.ts';
import {CopyAction, ServiceName, useNow} from '../../widgets/index.ts';
import {TakeMenu} from './take-menu.tsx';
import classes from './trace-header.module.css';

/** The trace in short: its root, when, how long, how many spans and errors, through which services. */
export function TraceHeader({model, onErrorOrigin}: {readonly model: TraceModel; readonly onErrorOrigin: () => void}) {
  const text = useText(traceText);
  const format = useFormat();
  const now = useNow(10_000);
  const {trace, layout, errors} = model;
  const root = model.root!;
  const start = nanosToMs(trace.startUnixNano);
  return (
    <header className={classes.header}>
      <div className={classes.titleLine}>
        <Back />
        <h1 className={classes.title}>
          <ServiceName name={trace.services[trace.spans.service[root]!]!} strong />
          <span className={classes.name}>{trace.names[trace.spans.name[root]!]}</span>
          {layout.orphan[root] === 1 && <span className={classes.badge}>{text.trace.rootMissing}</span>}
        </h1>
        <code className={classes.id}>{trace.traceId}</code>
        <CopyAction label={text.trace.copyId} value={trace.traceId} />
        <CopyAction label={text.trace.copyLink} value={() => location.href} icon={<IconLink size={15} />} />
        <TakeMenu traceId={trace.traceId} />
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>{text.trace.start}</dt>
          <dd>
            {format.moment(start)} <span className={classes.quiet}>{format.ago(start, now)}</span>
          </dd>
        </div>
        <div>
          <dt>{text.trace.duration}</dt>
          <dd className={classes.strong}>{format.duration(model.total)}</dd>
        </div>
        <div>
          <dt>{text.trace.spans}</dt>
          <dd>{format.count(layout.count)}</dd>
        </div>
        <div>
          <dt>{text.trace.depth}</dt>
          <dd>{format.count(layout.maxDepth + 1)}</dd>
        </div>
        <div>
          <dt>{text.trace.errors}</dt>
          <dd>
            {errors === 0 ? (
              format.count(0)
            ) : (
              <button
                type="button"
                className={classes.failed}
                title={text.trace.errorOrigin}
                aria-label={`${text.common.errorCount(errors, format.count(errors))}: ${text.trace.errorOrigin}`}
                onClick={onErrorOrigin}
              >
                {format.count(errors)}
              </button>
            )}
          </dd>
        </div>
        <Services model={model} />
      </dl>
    </header>
  );
}

/** Each service with its share of the time worked; the widest first. */
function Services({model}: {readonly model: TraceModel}) {
  const text = useText(traceText);
  const format = useFormat();
  const shares = useMemo(() => serviceShares(model.trace, model.layout), [model]);
  const all = Math.max(
    1,
    shares.reduce((sum, share) => sum + share.self, 0),
  );
  const range = rangeAround(nanosToMs(model.trace.startUnixNano));
  const title = (share: (typeof shares)[number]): string =>
    [
      text.common.showTraces(share.name),
      text.common.spans(share.spans, format.count(share.spans)),
      `${text.trace.selfTime} ${format.duration(share.self)}`,
    ].join('\n');
  return (
    <div className={classes.services}>
      <dt className="visually-hidden">{text.trace.services}</dt>
      {shares.map((share) => (
        <dd key={share.name}>
          <Link to="/" search={{service: share.name, ...range}} className={classes.service} title={title(share)}>
            <ServiceName name={share.name} />
          </Link>{' '}
          <span className={classes.quiet}>{format.percent(share.self / all)}</span>
        </dd>
      ))}
    </div>
  );
}

/** Back to the search as it was; to a new one when the trace was opened from elsewhere. */
function Back() {
  const text = useText(traceText).trace;
  const router = useRouter();
  const canGoBack = useCanGoBack();
  return (
    <Link
      to="/"
      className={classes.back}
      onClick={(event) => {
        if (!canGoBack || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        router.history.back();
      }}
    >
      <IconChevronLeft size={15} />
      {text.back}
    </Link>
  );
}
