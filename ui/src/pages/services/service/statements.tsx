import {IconDatabaseOff} from '@tabler/icons-react';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useMemo, useState} from 'react';
import type {StatementFigures} from '../../../api/index.ts';
import {useOwnAddress, usePageContext} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {linkTo, type ServiceUrl} from '../../../urls/index.ts';
import {Figure, QuietPanel} from '../../../widgets/index.ts';
import {Part} from './part.tsx';
import {type PlainColumn, PlainTable} from './plain-table.tsx';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';
import {useServicePart} from './use-service.ts';

const route = getRouteApi('/services/$service');
const idOf = ({id}: StatementFigures): string => id;
/** Longer ones have a button that unfolds them. */
const LONG = 90;

/** What the service asked of databases and caches, by where its time goes. */
export function Statements({service, comparing}: {readonly service: string; readonly comparing: boolean}) {
  const {service: words} = useText(serviceText);
  const text = words.statements;
  const format = useFormat();
  const url = route.useSearch();
  const change = useOwnAddress<ServiceUrl>();
  const answer = useServicePart('service/statements', service);
  const columns = useColumns(comparing);
  return (
    <Part
      answer={answer}
      label={text.label}
      empty={({statements}) =>
        statements.length === 0 ? (
          <QuietPanel icon={<IconDatabaseOff size={26} />} title={text.none} hint={text.noneHint} />
        ) : undefined
      }
    >
      {(data) => (
        <>
          <PlainTable
            label={text.label}
            columns={columns}
            rows={data?.statements}
            rowId={idOf}
            sort={{column: url.sort ?? 'time', up: url.up === true}}
            onSort={(sort, up) => change({sort, up: up ? true : undefined})}
          />
          <p className={classes.foot}>
            {data !== undefined && text.total(format.duration(data.totalMs * 1e6))}{' '}
            {data !== undefined && data.omitted > 0 && text.omitted(format.count(data.omitted))}{' '}
            {data?.share !== undefined && words.share(format.count(data.share))}
          </p>
        </>
      )}
    </Part>
  );
}

function useColumns(comparing: boolean): readonly PlainColumn<StatementFigures>[] {
  const {service: words} = useText(serviceText);
  const text = words.statements;
  const format = useFormat();
  return useMemo(() => {
    const millis = (value: number): string => format.duration(value * 1e6);
    const time = (id: 'mean' | 'p95', of: 'meanMs' | 'p95Ms', rank?: 1): PlainColumn<StatementFigures> => ({
      id,
      header: text[id],
      align: 'end',
      ...(rank === undefined ? {} : {rank}),
      value: (one) => one[of],
      draw: (one) => (
        <>
          {millis(one[of])}
          {one.baseline != null && (
            <small className={classes.was}>{words.errors.times(millis(one.baseline[of]))}</small>
          )}
        </>
      ),
    });
    return [
      {id: 'name', header: text.statement, draw: (one) => <Statement of={one} comparing={comparing} />},
      {
        id: 'time',
        header: text.time,
        hint: text.timeHint,
        align: 'end',
        value: ({timeShare}) => timeShare,
        draw: ({timeShare}) => (
          <span className={classes.timeShare}>
            <Figure share={timeShare}>{format.percent(timeShare)}</Figure>
          </span>
        ),
      },
      {
        id: 'calls',
        header: text.calls,
        align: 'end',
        rank: 1,
        value: ({calls}) => calls,
        draw: ({calls, errors}) => (
          <>
            {format.count(calls)}
            {errors > 0 && <small className={classes.bad}> {text.failed(format.count(errors))}</small>}
          </>
        ),
      },
      {
        id: 'requests',
        header: text.perRequest,
        align: 'end',
        rank: 3,
        value: ({callsPerRequest}) => callsPerRequest,
        draw: ({callsPerRequest: each}) => (each === undefined ? '–' : format.decimal(each, each < 9.95 ? 1 : 0)),
      },
      time('mean', 'meanMs', 1),
      time('p95', 'p95Ms'),
      {id: 'max', header: text.max, align: 'end', rank: 2, draw: (one) => <Slowest of={one} />},
    ];
  }, [comparing, text, words, format]);
}

function Slowest({of: {example, maxMs}}: {readonly of: StatementFigures}) {
  const {service: words} = useText(serviceText);
  const format = useFormat();
  const [context] = usePageContext();
  return (
    <Link {...linkTo({kind: 'span', ...example}, {context})} title={words.statements.open}>
      {format.duration(maxMs * 1e6)}
    </Link>
  );
}

/** In one line; what is longer unfolds. */
function Statement({of, comparing}: {readonly of: StatementFigures; readonly comparing: boolean}) {
  const {service: words} = useText(serviceText);
  const text = words.statements;
  const visible = useVisible();
  const [context] = usePageContext();
  const [open, setOpen] = useState(false);
  const {statement, system, database, baseline, example} = of;
  const long = statement.length > LONG || statement.includes('\n');
  return (
    <span className={classes.stack}>
      <code className={classes.statement} data-open={open} title={open ? undefined : statement}>
        {visible(open ? statement : statement.replace(/\s+/g, ' '))}
      </code>
      <small>
        {[system, database]
          .filter((one) => one !== '')
          .map(visible)
          .join(' · ')}
        {comparing && baseline === null && <b className={classes.fresh}> {text.isNew}</b>}
        {' · '}
        <Link {...linkTo({kind: 'span', ...example}, {context})} title={text.open}>
          {visible(example.operation)}
        </Link>
        {long && (
          <>
            {' · '}
            <button type="button" className={classes.link} aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? text.fold : text.unfold}
            </button>
          </>
        )}
      </small>
    </span>
  );
}
