import {TextInput} from '@mantine/core';
import {IconFilterOff, IconSearch, IconServerOff} from '@tabler/icons-react';
import {type RefObject, useDeferredValue, useMemo} from 'react';
import type {SamplingResponse} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {type SamplingColumn, type SamplingUrl, samplingColumns} from '../../urls/index.ts';
import {ariaSort, Keycap, QuietPanel, SortHeader} from '../../widgets/index.ts';
import {SamplingRow} from './sampling-row.tsx';
import classes from './sampling-table.module.css';
import {beginsUp, findSampling, sortSampling} from './sort-sampling.ts';
import {samplingText} from './text/index.ts';

/** Services, each with its operations below it when it is open. */
export function SamplingTable({
  sampling,
  url,
  find,
  onChange,
}: {
  readonly sampling: SamplingResponse;
  readonly url: SamplingUrl;
  readonly find: RefObject<HTMLInputElement | null>;
  readonly onChange: (change: Partial<SamplingUrl>) => void;
}) {
  const words = useText(samplingText);
  const text = words.sampling;
  const format = useFormat();
  const column = url.sort ?? 'seen';
  const up = url.sort === undefined ? false : url.up === true;
  const wanted = useDeferredValue(url.find ?? '');
  const {services, overrides} = sampling;
  const shown = useMemo(
    () => sortSampling(findSampling(services, wanted), overrides, column, up),
    [services, overrides, wanted, column, up],
  );
  const open = new Set(url.open);
  const sort = (next: SamplingColumn): void => {
    const ascending = next === column ? !up : beginsUp(next);
    onChange({sort: next, up: ascending ? true : undefined});
  };
  const toggle = (service: string): void => {
    const rest = (url.open ?? []).filter((one) => one !== service);
    const next = open.has(service) ? rest : [...rest, service];
    onChange({open: next.length > 0 ? next : undefined});
  };
  if (services.length === 0) {
    return <QuietPanel icon={<IconServerOff size={26} />} title={text.nothing} hint={text.nothingHint} />;
  }
  return (
    <section>
      <div className={classes.head}>
        <h2>{text.services}</h2>
        <span className={classes.count} role="status">
          {format.count(shown.length)}
        </span>
        <TextInput
          ref={find}
          size="xs"
          className={classes.find}
          aria-label={text.find}
          placeholder={text.find}
          value={url.find ?? ''}
          spellCheck={false}
          leftSection={<IconSearch size={14} />}
          rightSection={<Keycap>/</Keycap>}
          onChange={(event) =>
            onChange({find: event.currentTarget.value === '' ? undefined : event.currentTarget.value})
          }
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            onChange({find: undefined});
            event.currentTarget.blur();
          }}
        />
      </div>
      {shown.length === 0 ? (
        <QuietPanel icon={<IconFilterOff size={26} />} title={text.noFit} />
      ) : (
        <div className={classes.frame}>
          <table className={classes.table}>
            <caption className="visually-hidden">{text.table}</caption>
            <thead>
              <tr>
                {samplingColumns.map((name) => {
                  const direction = name === column ? (up ? 'up' : 'down') : undefined;
                  return (
                    <th key={name} scope="col" aria-sort={ariaSort(direction)} data-column={name}>
                      <SortHeader title={text.columns[name]} direction={direction} onSort={() => sort(name)} />
                    </th>
                  );
                })}
                <th>
                  <span className="visually-hidden">{text.actions}</span>
                </th>
              </tr>
            </thead>
            {shown.map((service) => (
              <SamplingRow
                key={service.service}
                service={service}
                sampling={sampling}
                // A search among operations opens the services that have them.
                open={open.has(service.service) || (wanted !== '' && isPart(service, services))}
                onToggle={() => toggle(service.service)}
                onEdit={() => onChange({edit: service.service})}
              />
            ))}
          </table>
        </div>
      )}
    </section>
  );
}

/** Whether only some of its operations are in the list that was searched. */
const isPart = (service: SamplingResponse['services'][number], all: SamplingResponse['services']): boolean =>
  !all.includes(service);
