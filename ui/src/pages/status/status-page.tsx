import {useQuery} from '@tanstack/react-query';
import {type ReactNode, useRef} from 'react';
import {queries, type StatusResponse} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {View} from '../../frame/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {useNow} from '../../widgets/index.ts';
import {Addresses} from './addresses.tsx';
import classes from './status-page.module.css';
import {statusText} from './text/index.ts';
import {useArrivalRates} from './use-arrival-rates.ts';

/** Shows the version that runs here, where it listens, and the data it holds. */
export function StatusPage() {
  const text = useText(statusText);
  const answer = useQuery(queries.status());
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <View title={text.status.title} answer={answer}>
      {(status) => (
        <div ref={scroller} className={classes.scroller}>
          <div className={classes.page}>
            <Process status={status} />
            <Addresses endpoints={status.endpoints} within={scroller} />
            <Store store={status.store} at={answer.dataUpdatedAt} />
          </div>
        </div>
      )}
    </View>
  );
}

function Process({status}: {readonly status: StatusResponse}) {
  const text = useText(statusText).status;
  const format = useFormat();
  const now = useNow(1_000);
  const started = nanosToMs(status.startedUnixNano);
  return (
    <dl className={classes.facts}>
      <Fact name={text.version}>{status.version}</Fact>
      <Fact name={text.uptime} note={text.since(format.time(started, now))}>
        {format.duration(Math.max(0, Math.floor((now - started) / 1000)) * 1e9)}
      </Fact>
    </dl>
  );
}

function Store({store, at}: {readonly store: StatusResponse['store']; readonly at: number}) {
  const text = useText(statusText).status;
  const format = useFormat();
  const rates = useArrivalRates(store, at);
  const counted = [
    ['spans', text.spans],
    ['logs', text.logs],
    ['metricPoints', text.metricPoints],
  ] as const;
  return (
    <section>
      <h2 className={classes.heading}>
        {text.store}
        <span className={classes.state} data-state={store.state}>
          {text.state[store.state]}
        </span>
        <span className={classes.quiet}>{text.storeKind[store.kind]}</span>
      </h2>
      {store.state === 'unavailable' && <p role="alert">{text.stateHint}</p>}
      <dl className={classes.facts}>
        {counted.map(([key, name]) => (
          <Fact key={key} name={name} note={rates === undefined ? undefined : text.arriving(format.rate(rates[key]))}>
            {format.count(store[key])}
          </Fact>
        ))}
        <Fact
          name={text.disk}
          note={store.spans > 0 ? text.perSpan(`${format.decimal(store.diskBytes / store.spans, 1)} B`) : undefined}
        >
          {format.bytes(store.diskBytes)}
        </Fact>
        <Fact name={text.spooled} note={text.spooledHint}>
          {format.bytes(store.spooledBytes)}
        </Fact>
      </dl>
    </section>
  );
}

function Fact({
  name,
  note,
  children,
}: {
  readonly name: string;
  readonly note?: string | undefined;
  readonly children: ReactNode;
}) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
      {note !== undefined && <dd className={classes.note}>{note}</dd>}
    </div>
  );
}
