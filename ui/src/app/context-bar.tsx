import {IconPlayerPlay, IconPlugConnectedX} from '@tabler/icons-react';
import {useParams} from '@tanstack/react-router';
import {useState} from 'react';
import {type ContextPart, useCommands, useConnection, useContextUse, usePageContext} from '../frame/index.ts';
import {useText} from '../i18n/index.ts';
import {absoluteRange, rangeInMs} from '../urls/index.ts';
import {RangePicker} from '../widgets/index.ts';
import classes from './context-bar.module.css';
import {contextCommands} from './context-commands.ts';
import {ComparePicker, EnvironmentPicker, ServicePicker} from './context-pickers.tsx';
import {LinkButton} from './link-button.tsx';
import {useCopyLink} from './use-copy-link.ts';

/** Whose data is on show, of which time, compared with which: the same bar on every page, and in the address of every page. */
export function ContextBar() {
  const text = useText().context;
  const [context, change] = usePageContext();
  const inUse = useContextUse();
  // Of the page of a service, versions and environments are that service's.
  const {service = context.service} = useParams({strict: false});
  const [opened, setOpened] = useState<ContextPart | undefined>();
  const copyLink = useCopyLink();
  const uses = (part: ContextPart): boolean => inUse.includes(part);
  const opening = (part: ContextPart) => ({
    opened: opened === part,
    onOpened: (open: boolean) => setOpened(open ? part : undefined),
    unused: uses(part) ? undefined : text.unused[part],
  });
  const shift = (by: 1 | -1) => (): void => {
    const {from, to} = rangeInMs(context, Date.now());
    const half = ((to - from) / 2) * by;
    // The time to come holds nothing: back at the present, the range follows it again.
    if (to + half > Date.now()) change({start: undefined, end: undefined});
    else change({...absoluteRange(from + half, to + half), live: undefined});
  };
  const toggleLive = (): void => change({live: context.live === true ? undefined : true});
  const open = (part: ContextPart) => (uses(part) ? () => setOpened(part) : undefined);
  useCommands(contextCommands, {
    service: open('service'),
    environment: open('environment'),
    time: open('time'),
    earlier: uses('time') ? shift(-1) : undefined,
    later: uses('time') && context.start !== undefined ? shift(1) : undefined,
    compare: open('compare'),
    live: uses('live') ? toggleLive : undefined,
    clear:
      (context.service ?? context.environment ?? context.compare) === undefined
        ? undefined
        : () => change({service: undefined, environment: undefined, compare: undefined}),
    copyLink: () => void copyLink('fixed'),
    copyLiveLink: () => void copyLink('live'),
  });

  return (
    <section className={classes.bar} aria-label={text.label}>
      <ServicePicker value={context.service} {...opening('service')} onChoose={(service) => change({service})} />
      <EnvironmentPicker
        value={context.environment}
        service={service}
        {...opening('environment')}
        onChoose={(environment) => change({environment})}
      />
      <span className={classes.grow} />
      <ComparePicker
        value={context.compare}
        service={service}
        {...opening('compare')}
        onChoose={(compare) => change({compare})}
      />
      <RangePicker value={context} onChange={change} {...opening('time')} />
      <LiveButton on={context.live === true} used={uses('live')} onToggle={toggleLive} />
      <LinkButton onCopy={(kind) => void copyLink(kind)} />
    </section>
  );
}

/** New data by itself, or not. While Weft is gone it is on and waits: nothing comes. */
function LiveButton({
  on,
  used,
  onToggle,
}: {
  readonly on: boolean;
  readonly used: boolean;
  readonly onToggle: () => void;
}) {
  const text = useText().context;
  const gone = useConnection().kind === 'gone';
  const waits = on && used && gone;
  return (
    <button
      type="button"
      className={classes.live}
      aria-pressed={on}
      aria-disabled={!used}
      data-waits={waits}
      aria-label={waits ? `${text.live}: ${text.liveGone}` : text.live}
      title={used ? (waits ? text.liveGone : on ? text.liveOn : text.liveOff) : text.unused.live}
      onClick={() => used && onToggle()}
    >
      {waits ? (
        <IconPlugConnectedX size={14} aria-hidden="true" />
      ) : on && used ? (
        <span className={classes.pulse} />
      ) : (
        <IconPlayerPlay size={13} aria-hidden="true" />
      )}
      <span className={classes.word}>{text.live}</span>
    </button>
  );
}
