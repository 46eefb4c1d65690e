import {IconAlarmPlus, IconPencil, IconX} from '@tabler/icons-react';
import type {Override} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {Countdown, IconAction, ServiceName} from '../../widgets/index.ts';
import {everyService, sameUntil} from './changes.ts';
import classes from './override-list.module.css';
import {valueText} from './override-text.ts';
import {samplingText} from './text/index.ts';
import type {Changes} from './use-changes.ts';

const hour = 3_600_000;

/** The overrides that people set for a time, with the time left. */
export function OverrideList({
  overrides,
  changes,
  onEdit,
}: {
  readonly overrides: readonly Override[];
  readonly changes: Changes;
  readonly onEdit: (service: string) => void;
}) {
  const text = useText(samplingText).sampling;
  const format = useFormat();
  // That of all services has the banner.
  const listed = overrides.filter((one) => one.service !== everyService || one.what !== 'sampling');
  if (listed.length === 0) return undefined;
  return (
    <section>
      <h2 className={classes.heading}>{text.overrides}</h2>
      <ul className={classes.list} aria-label={text.overrides}>
        {listed.map((one) => {
          const name = one.service === everyService ? text.allServices : one.service;
          const value = valueText(one, text, format);
          const until = nanosToMs(one.untilUnixNano);
          return (
            <li key={`${one.what} ${one.service}`} className={classes.override}>
              <span className={classes.service}>
                {one.service === everyService ? <strong>{name}</strong> : <ServiceName name={name} strong />}
              </span>
              <span className={classes.value}>
                {text.what[one.what]} <b>{value}</b>
              </span>
              <span className={classes.left}>
                {text.endsIn} <Countdown end={until} />
              </span>
              <span className={classes.note} title={one.note}>
                {[one.setBy, one.note].filter(Boolean).join(': ')}
              </span>
              <span className={classes.actions}>
                <IconAction
                  label={text.hourMoreFor(name)}
                  icon={<IconAlarmPlus size={15} />}
                  disabled={changes.busy}
                  onClick={() =>
                    void changes.make(
                      {kind: 'set', service: one.service, change: sameUntil(one, until + hour)},
                      text.said.longer(name, format.time(until + hour)),
                    )
                  }
                />
                <IconAction
                  label={text.setFor(name)}
                  icon={<IconPencil size={15} />}
                  onClick={() => onEdit(one.service)}
                />
                <IconAction
                  label={text.endNow(name, text.what[one.what])}
                  icon={<IconX size={15} />}
                  disabled={changes.busy}
                  onClick={() =>
                    void changes.make(
                      {kind: 'end', service: one.service, what: one.what},
                      text.said.ended(name, text.what[one.what]),
                    )
                  }
                />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
