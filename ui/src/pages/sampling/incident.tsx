import {Button, Menu} from '@mantine/core';
import {IconAdjustments, IconAlarm, IconBolt, IconChevronDown} from '@tabler/icons-react';
import type {Override} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {Countdown} from '../../widgets/index.ts';
import {everyService, overrideOf, sameUntil} from './changes.ts';
import classes from './incident.module.css';
import {samplingText} from './text/index.ts';
import type {Changes} from './use-changes.ts';

/** For how long an incident may be declared; the first is what one click does. */
const times = ['1h', '15m', '4h', '24h'] as const;
const hour = 3_600_000;

interface Props {
  readonly overrides: readonly Override[];
  readonly changes: Changes;
}

/** Everything of every service is kept, for an hour, by one click. */
export function IncidentButton({overrides, changes, onEdit}: Props & {readonly onEdit: () => void}) {
  const text = useText(samplingText).sampling;
  if (overrideOf(overrides, everyService, 'sampling') !== undefined) return undefined;
  const begin = (time: (typeof times)[number]): void =>
    void changes.make(
      {kind: 'set', service: everyService, change: {probability: 1, for: time, note: text.incident}},
      text.said.incident(text.time[time]),
    );
  return (
    <div className={classes.split}>
      <Button
        size="xs"
        color="red"
        variant="outline"
        leftSection={<IconBolt size={14} />}
        disabled={changes.busy}
        onClick={() => begin('1h')}
      >
        {text.beginIncident}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" color="red" variant="outline" px={6} aria-label={text.beginIncidentFor}>
            <IconChevronDown size={14} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{text.beginIncidentFor}</Menu.Label>
          {times.map((time) => (
            <Menu.Item key={time} leftSection={<IconAlarm size={14} />} onClick={() => begin(time)}>
              {text.time[time]}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconAdjustments size={14} />} onClick={onEdit}>
            {text.setForAll}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

/** While one probability is set for all services: until when, who does not follow it, and the way out. */
export function IncidentBanner({overrides, changes}: Props) {
  const text = useText(samplingText).sampling;
  const format = useFormat();
  const all = overrideOf(overrides, everyService, 'sampling');
  if (all === undefined) return undefined;
  const until = nanosToMs(all.untilUnixNano);
  const others = overrides.filter(
    (one) => one.what === 'sampling' && one.service !== everyService && Number(one.value) < Number(all.value),
  );
  // The note that the button leaves says nothing that the title does not.
  const who = [all.setBy, all.note === text.incident ? '' : all.note].filter(Boolean).join(': ');
  const title = Number(all.value) === 1 ? text.incidentOn : text.allKeep(format.percent(Number(all.value)));
  return (
    <section className={classes.banner} aria-label={text.incident}>
      <IconBolt size={18} aria-hidden="true" className={classes.bolt} />
      <div className={classes.words}>
        <strong>{title}</strong>
        <span>
          {text.endsIn} <b className={classes.left}>{<Countdown end={until} />}</b>
        </span>
        {who !== '' && <span className={classes.quiet}>{who}</span>}
        {others.length > 0 && (
          <span className={classes.others}>{text.notFollowing(others.map((one) => one.service).join(', '))}</span>
        )}
      </div>
      <Button
        size="xs"
        variant="default"
        disabled={changes.busy}
        onClick={() =>
          void changes.make(
            {kind: 'set', service: everyService, change: sameUntil(all, until + hour)},
            text.said.longer(text.allServices, format.time(until + hour)),
          )
        }
      >
        {text.hourMore}
      </Button>
      <Button
        size="xs"
        color="red"
        disabled={changes.busy}
        onClick={() =>
          void changes.make({kind: 'end', service: everyService, what: 'sampling'}, text.said.incidentEnded)
        }
      >
        {text.endIncident}
      </Button>
    </section>
  );
}
