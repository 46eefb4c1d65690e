import {Button} from '@mantine/core';
import {IconAdjustments, IconChevronRight, IconPlugConnectedX} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {useState} from 'react';
import type {SamplingOperation, SamplingReason, SamplingResponse, SamplingService} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {Countdown, Figure, IconAction, ServiceName, useNow} from '../../widgets/index.ts';
import {everyService, inForce} from './changes.ts';
import {effectiveProbability} from './effective-probability.ts';
import {reasonText} from './reason-text.ts';
import classes from './sampling-table.module.css';
import {samplingText} from './text/index.ts';

/** Operations shown at first. */
const FEW = 30;
/** Services ask every few seconds. */
const SILENT_AFTER = 60_000;

/** One service, and below it its operations when it is open. */
export function SamplingRow({
  service,
  sampling,
  open,
  onToggle,
  onEdit,
}: {
  readonly service: SamplingService;
  readonly sampling: SamplingResponse;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly onEdit: () => void;
}) {
  const {sampling: text, common} = useText(samplingText);
  const [all, setAll] = useState(false);
  const format = useFormat();
  const rest = service.service === '';
  const name = rest ? text.otherServices : service.service;
  const operations = all ? service.operations : service.operations.slice(0, FEW);
  const foldable = service.operations.length > 0;
  return (
    <tbody className={classes.group}>
      <tr className={classes.service} data-row={service.service}>
        <th scope="row">
          <span className={classes.name}>
            <button
              type="button"
              data-toggle
              className={classes.toggle}
              aria-expanded={foldable ? open : undefined}
              aria-label={open ? text.hideOperations(name) : text.showOperations(name)}
              data-empty={!foldable}
              onClick={onToggle}
            >
              <IconChevronRight size={14} />
            </button>
            {rest ? (
              <i>{name}</i>
            ) : (
              <Link to="/" search={{service: service.service}} className={classes.link} title={common.showTraces(name)}>
                <ServiceName name={name} strong />
              </Link>
            )}
            {foldable && <span className={classes.quiet}>{format.count(service.operations.length)}</span>}
            {!rest && <Following service={service} />}
          </span>
        </th>
        <Rates seen={service.seenRate} kept={service.keptRate} observing={sampling.observing} />
        <Probability value={effectiveProbability(service)} reason={service.reason} />
        <Why reason={service.reason} />
        <Level service={service.service} sampling={sampling} />
        <td className={classes.action}>
          {!rest && (
            <IconAction
              label={text.setFor(name)}
              keys="o"
              icon={<IconAdjustments size={15} />}
              size={24}
              onClick={onEdit}
            />
          )}
        </td>
      </tr>
      {open &&
        operations.map((operation) => (
          <OperationRow
            key={operation.operation}
            operation={operation}
            service={service.service}
            observing={sampling.observing}
          />
        ))}
      {open && service.operations.length > operations.length && (
        <tr>
          <td colSpan={7} className={classes.more}>
            <Button size="compact-xs" variant="subtle" c="var(--accent)" fw={400} onClick={() => setAll(true)}>
              {text.allOperations(format.count(service.operations.length))}
            </Button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function OperationRow({
  operation,
  service,
  observing,
}: {
  readonly operation: SamplingOperation;
  readonly service: string;
  readonly observing: boolean;
}) {
  const text = useText(samplingText).sampling;
  return (
    <tr className={classes.operation}>
      <th scope="row">
        {operation.operation === '' ? (
          <i>{text.otherOperations}</i>
        ) : (
          <Link
            to="/"
            search={{service, operation: operation.operation}}
            className={classes.link}
            title={operation.operation}
          >
            {operation.operation}
          </Link>
        )}
      </th>
      <Rates seen={operation.seenRate} kept={operation.keptRate} observing={observing} />
      <Probability value={operation.probability} reason={operation.reason} />
      <Why reason={operation.reason} />
      <td />
      <td />
    </tr>
  );
}

function Rates({seen, kept, observing}: {seen: number; kept: number; observing: boolean}) {
  const format = useFormat();
  return (
    <>
      <td className={classes.number}>{observing ? format.rate(seen) : '–'}</td>
      <td className={classes.number}>{observing ? format.rate(kept) : '–'}</td>
    </>
  );
}

function Probability({value, reason}: {readonly value: number; readonly reason: SamplingReason}) {
  const text = useText(samplingText).sampling;
  const format = useFormat();
  if (reason.kind === 'rate_limit') return <td className={classes.number}>{format.rate(reason.perSecond)}</td>;
  return (
    <td title={value > 0 && value < 1 ? text.oneIn(format.count(Math.round(1 / value))) : undefined}>
      <Figure share={value} tone={reason.kind === 'override' ? 'strong' : 'plain'}>
        {format.percent(value)}
      </Figure>
    </td>
  );
}

function Why({reason}: {readonly reason: SamplingReason}) {
  const text = useText(samplingText);
  const format = useFormat();
  return (
    <td className={classes.why} title={reason.text}>
      {reason.kind === 'override' ? (
        <span className={classes.badge}>
          {reason.service === everyService ? text.sampling.setForAllShort : text.sampling.setForThis}{' '}
          <Countdown end={nanosToMs(reason.untilUnixNano)} />
        </span>
      ) : (
        reasonText(reason, text, format)
      )}
    </td>
  );
}

function Level({service, sampling}: {readonly service: string; readonly sampling: SamplingResponse}) {
  const text = useText(samplingText).sampling;
  const set = inForce(sampling.overrides, service, 'logLevel');
  if (set === undefined || service === '') return <td className={classes.quiet}>{text.ownLevel}</td>;
  return (
    <td>
      <span className={classes.badge} title={set.service === everyService ? text.setForAllShort : undefined}>
        <b>{set.value}</b> <Countdown end={nanosToMs(set.untilUnixNano)} />
      </span>
    </td>
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
