import {
  IconAlertCircleFilled,
  IconBandage,
  IconChevronDown,
  IconChevronLeft,
  IconChevronUp,
  IconCircleCheck,
  IconCircleDashed,
  IconGitCompare,
  IconLink,
} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {Link, useCanGoBack, useRouter} from '@tanstack/react-router';
import {type ReactNode, useMemo, useRef} from 'react';
import {queries} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {type Neighbours, thingOf} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {ERROR, RING, serviceShares, type TraceModel, traceText} from '../../timeline/index.ts';
import {linkTo} from '../../urls/index.ts';
import {
  CopyAction,
  IconAction,
  MenuButton,
  MenuLabel,
  menuItem,
  ServiceName,
  useNow,
  useWidth,
} from '../../widgets/index.ts';
import {type RootFacts, rootFacts} from './root-facts.ts';
import {TakeMenu} from './take-menu.tsx';
import classes from './trace-header.module.css';

/** Letters of a service's name beyond which it is cut short where there is no room. */
const longService = 12;

interface HeaderProps {
  readonly model: TraceModel;
  /** Spans may still be on their way. */
  readonly arriving: boolean;
  readonly neighbours: Neighbours | undefined;
  readonly goToTrace: {readonly next: (() => void) | undefined; readonly previous: (() => void) | undefined};
  readonly onErrorOrigin: () => void;
}

/** What an engineer asks first: did it fail, what was asked for, how long, whose; then through which services. */
export function TraceHeader(props: HeaderProps) {
  const {model, arriving, neighbours, goToTrace} = props;
  const text = useText(traceText);
  const visible = useVisible();
  const {trace, layout} = model;
  const root = model.root!;
  const service = trace.services[trace.spans.service[root]!]!;
  const rootless = layout.orphan[root] !== 0;
  const ring = layout.orphan[root] === RING;
  const outcome = trace.spans.status[root] === ERROR ? 'failed' : model.errors > 0 ? 'healed' : 'clean';
  const details = useQuery(queries.span(trace.traceId, trace.spans.spanId[root]!)).data;
  const facts = useMemo(() => (details === undefined ? undefined : rootFacts(details)), [details]);
  const status = details?.responseStatus;
  const unmarked = outcome !== 'failed' && status?.verdict === 'bad';
  const operation = visible(trace.names[trace.spans.name[root]!]!);
  return (
    <header className={classes.header}>
      <div className={classes.titleLine}>
        <Back />
        {!rootless && <Outcome of={unmarked ? 'unmarked' : outcome} />}
        <h1 className={classes.title} tabIndex={-1}>
          <span
            className={service.length > longService ? classes.longService : classes.service}
            {...thingOf({kind: 'service', service}, {button: false})}
          >
            <ServiceName name={service} strong />
          </span>
          <bdi className={classes.name} title={operation}>
            {operation}
          </bdi>
        </h1>
        {status !== undefined && (
          <span
            className={classes.status}
            data-verdict={status.verdict}
            title={unmarked ? text.common.unmarkedTip : undefined}
            {...thingOf(
              {kind: 'attribute', key: status.key, value: status.code, owner: 'span'},
              {at: nanosToMs(trace.startUnixNano)},
            )}
          >
            {text.common.protocolStatus[status.protocol]} {status.code}
          </span>
        )}
        {arriving ? (
          <span className={classes.arriving} title={text.trace.arrivingTip}>
            {text.trace.arriving}
          </span>
        ) : (
          rootless && (
            <span className={classes.badge} title={ring ? text.trace.ringRootTip : text.trace.rootMissingTip}>
              {ring ? text.trace.ringRoot : text.trace.rootMissing}
            </span>
          )
        )}
        <span className={classes.gap} />
        {neighbours !== undefined && (
          <>
            <IconAction
              label={text.trace.previousTrace}
              keys="k"
              icon={<IconChevronUp size={15} />}
              size={24}
              disabled={goToTrace.previous === undefined}
              onClick={goToTrace.previous}
            />
            <IconAction
              label={text.trace.nextTrace}
              keys="j"
              icon={<IconChevronDown size={15} />}
              size={24}
              disabled={goToTrace.next === undefined}
              onClick={goToTrace.next}
            />
          </>
        )}
        <code className={classes.id} {...thingOf({kind: 'trace', traceId: trace.traceId}, {button: false})}>
          {trace.traceId}
        </code>
        <CopyAction label={text.trace.copyId} value={trace.traceId} />
        <CopyAction label={text.trace.copyLink} value={() => location.href} icon={<IconLink size={15} />} />
        <Link
          to="/trace/$traceId/compare"
          params={{traceId: trace.traceId}}
          className={classes.compare}
          title={`${text.trace.compareTip} (C)`}
        >
          <IconGitCompare size={15} aria-hidden="true" />
          {text.trace.compare}
        </Link>
        <TakeMenu traceId={trace.traceId} />
      </div>
      <Facts {...props} facts={facts} />
    </header>
  );
}

/**
 * As the list has it: an error inside that the request survived is neither a failure nor nothing. `unmarked`: the answer was that of a
 * failure, though the span's own status does not say so.
 */
function Outcome({of}: {readonly of: 'failed' | 'healed' | 'clean' | 'unmarked'}) {
  const {
    trace: {outcome: text},
    common: {unmarkedTip},
  } = useText(traceText);
  return (
    <span className={classes.outcome} data-outcome={of} title={of === 'unmarked' ? unmarkedTip : undefined}>
      {outcomeIcons[of]}
      {text[of]}
    </span>
  );
}

const outcomeIcons = {
  failed: <IconAlertCircleFilled size={14} />,
  healed: <IconBandage size={14} />,
  clean: <IconCircleCheck size={14} />,
  unmarked: <IconCircleDashed size={14} />,
};

function Facts({model, facts, onErrorOrigin}: HeaderProps & {readonly facts: RootFacts | undefined}) {
  const text = useText(traceText);
  const format = useFormat();
  const now = useNow(10_000);
  const {trace, layout, errors} = model;
  const root = model.root!;
  const start = nanosToMs(trace.startUnixNano);
  const entry = facts?.entry;
  const named = trace.names[trace.spans.name[root]!]!;
  return (
    <div className={classes.factLines}>
      <dl className={classes.facts}>
        <Fact name={text.trace.duration}>
          <b className={classes.strong}>{format.duration(model.duration)}</b>
        </Fact>
        <Fact name={text.trace.spans}>{format.count(layout.count)}</Fact>
        <Fact name={text.trace.errors}>
          {errors === 0 ? (
            format.count(0)
          ) : (
            <button
              type="button"
              className={classes.failed}
              title={text.trace.reason.origins}
              aria-label={`${text.common.errorCount(errors, format.count(errors))}: ${text.trace.reason.origins}`}
              onClick={onErrorOrigin}
            >
              {format.count(errors)}
            </button>
          )}
        </Fact>
        <Fact name={text.trace.start}>
          <span title={format.moment(start)}>{format.moment(start)}</span>{' '}
          <span className={classes.quiet}>{format.ago(start, now)}</span>
        </Fact>
      </dl>
      <dl className={`${classes.facts} ${classes.whose}`}>
        {entry !== undefined && entry !== named && (
          <Fact name={text.trace.entry} last>
            <span title={entry}>{entry}</span>
          </Fact>
        )}
        {facts?.version !== undefined && (
          <Fact name={text.trace.version}>
            <span {...thingOf({...facts.version, kind: 'attribute'})}>{facts.version.value}</span>
          </Fact>
        )}
        {facts?.tenant !== undefined && (
          <Fact name={text.trace.tenant}>
            <span {...thingOf({...facts.tenant, kind: 'attribute'})}>{facts.tenant.value}</span>
          </Fact>
        )}
        <Services model={model} />
      </dl>
    </div>
  );
}

function Fact({
  name,
  last = false,
  children,
}: {
  readonly name: string;
  /** Comes after the others and gives way to them where room is short. */
  readonly last?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className={last ? classes.last : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Services by their share of the work, the widest first: as many as there is room for, and the rest a click away. */
function Services({model}: {readonly model: TraceModel}) {
  const text = useText(traceText);
  const format = useFormat();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const shares = useMemo(() => serviceShares(model.trace, model.layout), [model]);
  const all = Math.max(
    1,
    shares.reduce((sum, share) => sum + share.self, 0),
  );
  const at = nanosToMs(model.trace.startUnixNano);
  const room = Math.max(1, Math.floor((width - 40) / 145));
  const shown = shares.slice(0, shares.length <= room ? room : Math.max(1, room));
  const rest = shares.length - shown.length;
  return (
    <div ref={box} className={classes.services}>
      <dt className="visually-hidden">{text.trace.services}</dt>
      {shown.map((share) => (
        <dd key={share.name} {...thingOf({kind: 'service', service: share.name}, {at, button: false})}>
          <Link
            {...linkTo({kind: 'service', service: share.name}, {at})}
            className={classes.serviceLink}
            title={`${text.common.showTraces(share.name)}\n${text.common.spans(share.spans, format.count(share.spans))}`}
          >
            <ServiceName name={share.name} titled={false} />
          </Link>{' '}
          <span className={classes.quiet} title={text.trace.workShare(format.percent(share.self / all))}>
            {format.percent(share.self / all)}
          </span>
        </dd>
      ))}
      {rest > 0 && (
        <dd>
          <MenuButton
            label={text.trace.allServices}
            end
            className={classes.menu}
            button={(props) => (
              <button
                type="button"
                className={classes.more}
                aria-label={`${text.common.more(format.count(rest))}: ${text.trace.allServices}`}
                {...props}
              >
                {text.common.more(format.count(rest))}
              </button>
            )}
          >
            <MenuLabel>{text.trace.allServices}</MenuLabel>
            {shares.map((share) => (
              <Link key={share.name} {...menuItem} {...linkTo({kind: 'service', service: share.name}, {at})}>
                <ServiceName name={share.name} titled={false} />
                <span className={classes.quiet}>{format.percent(share.self / all)}</span>
              </Link>
            ))}
          </MenuButton>
        </dd>
      )}
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
