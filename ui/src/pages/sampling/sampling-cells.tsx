import {IconAdjustments, IconPlugConnectedX} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import type {Override, SamplingOperation, SamplingReason, SamplingService} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {thingOf} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import type {MainProps} from '../../table/index.ts';
import {linkTo} from '../../urls/index.ts';
import {Countdown, Figure, IconAction, ServiceName, useNow} from '../../widgets/index.ts';
import {everyService, inForce} from './changes.ts';
import {effectiveProbability} from './effective-probability.ts';
import {QUIET} from './quiet.ts';
import {reasonText} from './reason-text.ts';
import classes from './sampling-cells.module.css';
import type {SamplingRow} from './sampling-rows.ts';
import {samplingText} from './text/index.ts';

/** Services ask every few seconds. */
const SILENT_AFTER = 60_000;

/** A service or an operation, with the way to its traces. */
export function NameCell({row, main}: {readonly row: SamplingRow; readonly main: MainProps}) {
  const text = useText(samplingText).sampling;
  const format = useFormat();
  const visible = useVisible();
  if (row.kind === 'omitted') {
    return <Rest name={text.omittedOperations(format.count(row.count))} main={main} />;
  }
  if (row.kind === 'operation') {
    const {service, operation} = row;
    if (operation.operation === '') return <Rest name={text.otherOperations} main={main} />;
    const name = operation.operation;
    return (
      <Link
        to="/"
        search={linkTo({kind: 'endpoint', service, operation: name}).search}
        {...main}
        {...thingOf({kind: 'endpoint', service, operation: name}, {button: false})}
      >
        <bdi className={classes.cut}>{visible(name)}</bdi>
      </Link>
    );
  }
  const {service, operations} = row.service;
  if (service === '') return <Rest name={text.otherServices} main={main} />;
  return (
    <>
      <Link to="/" search={{service}} {...main} {...thingOf({kind: 'service', service}, {button: false})}>
        <ServiceName name={service} strong titled={false} />
      </Link>
      {operations.length > 0 && <span className={classes.count}>{format.count(operations.length)}</span>}
      <Following service={row.service} />
    </>
  );
}

/** All that are not told apart: nothing leads to their traces, and yet the keys pass by. */
function Rest({name, main}: {readonly name: string; readonly main: MainProps}) {
  return (
    <span {...main} data-quiet>
      <i>{name}</i>
    </span>
  );
}

export function Probability({row}: {readonly row: SamplingRow}) {
  const text = useText(samplingText).sampling;
  const format = useFormat();
  if (row.kind === 'omitted') return undefined;
  const {reason} = row.kind === 'service' ? row.service : row.operation;
  if (reason.kind === 'rate_limit') return format.rate(reason.perSecond);
  const value = row.kind === 'service' ? effectiveProbability(row.service) : row.operation.probability;
  return (
    <span title={value > 0 && value < 1 ? text.oneIn(format.count(Math.round(1 / value))) : undefined}>
      <Figure share={value} tone={reason.kind === 'override' ? 'strong' : 'plain'}>
        {format.percent(value)}
      </Figure>
    </span>
  );
}

export function Why({reason}: {readonly reason: SamplingReason}) {
  const text = useText(samplingText);
  const format = useFormat();
  if (reason.kind !== 'override') return reasonText(reason, text, format);
  return (
    <span className={classes.badge}>
      {reason.service === everyService ? text.sampling.setForAllShort : text.sampling.setForThis}{' '}
      <Countdown end={nanosToMs(reason.untilUnixNano)} />
    </span>
  );
}

/** The level that is in force, and the button that sets level and sampling for a time. */
export function Level({
  service,
  overrides,
  onEdit,
}: {
  readonly service: string;
  readonly overrides: readonly Override[];
  readonly onEdit: (service: string) => void;
}) {
  const text = useText(samplingText).sampling;
  const visible = useVisible();
  const set = inForce(overrides, service, 'logLevel');
  if (service === '') return <span className={classes.quiet}>{text.ownLevel}</span>;
  return (
    <span className={classes.level}>
      {set === undefined ? (
        <span className={classes.quiet}>{text.ownLevel}</span>
      ) : (
        <span className={classes.badge} title={set.service === everyService ? text.setForAllShort : undefined}>
          <b>{set.value}</b> <Countdown end={nanosToMs(set.untilUnixNano)} />
        </span>
      )}
      <IconAction
        label={text.setFor(visible(service))}
        keys="o"
        icon={<IconAdjustments size={15} />}
        size={24}
        onClick={() => onEdit(service)}
      />
    </span>
  );
}

/** Whether what is set here reaches the service at all; nothing where it does, as it should. */
function Following({service}: {readonly service: SamplingService}) {
  const text = useText(samplingText).sampling;
  const format = useFormat();
  const now = useNow(10_000);
  const [sampling, settings] = [service.askedUnixNano, service.settingsAskedUnixNano].map((asked) =>
    asked === undefined ? undefined : nanosToMs(asked),
  );
  const last = Math.max(sampling ?? 0, settings ?? 0);
  const [words, hint] =
    last === 0
      ? [text.neverAsked, text.neverAskedHint]
      : now - last > SILENT_AFTER
        ? [text.askedAgo(format.ago(last, now)), text.askedAgoHint]
        : sampling === undefined
          ? [text.onlyOverrides, text.onlyOverridesHint]
          : [undefined, undefined];
  if (words === undefined) return undefined;
  return (
    <span className={classes.following} data-deaf={last === 0 || now - last > SILENT_AFTER} title={hint}>
      <IconPlugConnectedX size={14} aria-hidden="true" />
      {words}
    </span>
  );
}

/** How many traces began, or were kept, lately; where next to none did, when the last one began. */
export function Rate({
  of,
  figure,
}: {
  readonly of: SamplingService | SamplingOperation;
  readonly figure: 'seen' | 'kept';
}) {
  const text = useText(samplingText).sampling;
  const format = useFormat();
  const now = useNow(10_000);
  const rate = figure === 'seen' ? of.seenRate : of.keptRate;
  if (rate >= QUIET) return format.rate(rate);
  if (of.lastSeenUnixNano === undefined || figure === 'kept') return <span className={classes.quiet}>–</span>;
  const at = nanosToMs(of.lastSeenUnixNano);
  return (
    <span className={classes.quiet} title={text.lastSeen(format.moment(at))}>
      {format.ago(at, now)}
    </span>
  );
}
