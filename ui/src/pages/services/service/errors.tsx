import {IconCircleCheck} from '@tabler/icons-react';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useMemo} from 'react';
import type {ErrorGroup} from '../../../api/index.ts';
import {nanosToMs} from '../../../format/index.ts';
import {useOwnAddress, usePageContext} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {linkTo, type ServiceUrl, servicePage} from '../../../urls/index.ts';
import {QuietPanel, Sparkline} from '../../../widgets/index.ts';
import {errorWord} from './change-text.ts';
import {Part} from './part.tsx';
import {type PlainColumn, PlainTable} from './plain-table.tsx';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';
import {useServicePart} from './use-service.ts';

const route = getRouteApi('/services/$service');
const idOf = ({id}: ErrorGroup): string => id;

/** What failed, alike together: of the whole service, or of the operation that is chosen. */
export function Errors({service, comparing}: {readonly service: string; readonly comparing: boolean}) {
  const {service: words} = useText(serviceText);
  const text = words.errors;
  const format = useFormat();
  const url = route.useSearch();
  const change = useOwnAddress<ServiceUrl>();
  const {operation} = url;
  const answer = useServicePart('service/errors', service, {more: {operation, points: 30}});
  const columns = useColumns(comparing);
  return (
    <Part
      answer={answer}
      label={text.label}
      empty={({groups}) =>
        groups.length === 0 ? (
          <QuietPanel
            icon={<IconCircleCheck size={26} />}
            title={operation === undefined ? text.none : text.noneOf}
            hint={text.noneHint}
          />
        ) : undefined
      }
    >
      {(data) => (
        <>
          <PlainTable
            label={text.label}
            columns={columns}
            rows={data?.groups}
            rowId={idOf}
            sort={{column: url.sort ?? 'count', up: url.up === true}}
            onSort={(sort, up) => change({sort, up: up ? true : undefined})}
          />
          <p className={classes.foot}>
            {data !== undefined && data.omitted > 0 && text.omitted(format.count(data.omitted))}{' '}
            {data?.share !== undefined && words.share(format.count(data.share))}
          </p>
        </>
      )}
    </Part>
  );
}

function useColumns(comparing: boolean): readonly PlainColumn<ErrorGroup>[] {
  const {service: words} = useText(serviceText);
  const text = words.errors;
  const format = useFormat();
  const visible = useVisible();
  const [context] = usePageContext();
  return useMemo(() => {
    const time = (nanos: string): string => format.time(nanosToMs(nanos));
    return [
      {
        id: 'name',
        header: text.error,
        draw: (group) => (
          <span className={classes.stack}>
            <span>
              {(group.error !== 'unknown' || group.type === '') && (
                <strong className={classes.bad}>{errorWord(group.error, text.kinds)} </strong>
              )}
              {group.type !== '' && <code className={classes.type}>{visible(group.type)}</code>}
              {comparing && group.baseline === null && <b className={classes.fresh}>{text.isNew}</b>}
            </span>
            {group.message !== '' && <span className={classes.message}>{visible(group.message)}</span>}
            <small>
              {visible(group.operation)}
              {group.from !== undefined && (
                <>
                  {' · '}
                  <Link {...servicePage(group.from, {context, shown: {part: 'errors'}})}>
                    {text.from(visible(group.from))}
                  </Link>
                </>
              )}
              {' · '}
              <Link
                {...linkTo({kind: 'span', ...group.example}, {context})}
                aria-label={text.open(visible(group.type || group.message || group.operation))}
              >
                {text.example}
              </Link>
            </small>
          </span>
        ),
      },
      {
        id: 'trend',
        header: text.trend,
        rank: 2,
        draw: ({series}) =>
          series === undefined ? undefined : (
            <span className={classes.spark}>
              <Sparkline points={series} />
            </span>
          ),
      },
      {
        id: 'count',
        header: text.count,
        align: 'end',
        value: ({count}) => count,
        draw: ({count, baseline}) => (
          <>
            {format.count(count)}
            {baseline != null && <small className={classes.was}>{text.times(format.count(baseline.count))}</small>}
          </>
        ),
      },
      {id: 'share', header: text.share, align: 'end', rank: 1, draw: ({share}) => format.percent(share)},
      {
        id: 'first',
        header: text.first,
        align: 'end',
        rank: 3,
        value: ({firstUnixNano}) => nanosToMs(firstUnixNano),
        draw: ({firstUnixNano}) => time(firstUnixNano),
      },
      {
        id: 'last',
        header: text.last,
        align: 'end',
        rank: 1,
        value: ({lastUnixNano}) => nanosToMs(lastUnixNano),
        draw: ({lastUnixNano}) => time(lastUnixNano),
      },
    ];
  }, [comparing, text, format, visible, context]);
}
