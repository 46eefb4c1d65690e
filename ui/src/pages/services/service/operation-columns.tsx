import {IconDots} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {useMemo} from 'react';
import {writeDuration} from '../../../format/index.ts';
import {thingOf, usePageContext} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import type {Column} from '../../../table/index.ts';
import {linkTo, servicePage, writeTerm} from '../../../urls/index.ts';
import {Figure, MenuButton, menuItem, Sparkline} from '../../../widgets/index.ts';
import {ChangeNote} from '../change-note.tsx';
import {type FigureName, figureNames} from '../compare-services.ts';
import {servicesText} from '../text/index.ts';
import {useFigureText} from '../use-figure-text.ts';
import type {ComparedOperation} from './figures.ts';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';

const ranks: Readonly<Record<FigureName, number>> = {rate: 0, errors: 1, p99: 4, p95: 2, p50: 5};

export function useOperationColumns({
  service,
  rows,
  seconds,
  comparing,
}: {
  readonly service: string;
  readonly rows: readonly ComparedOperation[];
  readonly seconds: number;
  readonly comparing: boolean;
}): readonly Column<ComparedOperation>[] {
  const {services: words} = useText(servicesText);
  const {service: own} = useText(serviceText);
  const text = own.operations;
  const format = useFormat();
  const visible = useVisible();
  const write = useFigureText();
  const [context] = usePageContext();
  return useMemo(() => {
    const busiest = Math.max(...rows.map(({now}) => now?.rate ?? 0), Number.MIN_VALUE);
    const figures = figureNames.map(
      (figure): Column<ComparedOperation> => ({
        id: figure,
        header: words[figure],
        hint: words.hints[figure],
        align: 'end',
        value: ({now}) => now?.[figure],
        width: {share: 1, min: 62},
        rank: ranks[figure],
        draw: (row) => {
          const {now} = row;
          if (now === undefined) return <span className={classes.quiet}>–</span>;
          const share = comparing || figure !== 'rate' ? 0 : now.rate / busiest;
          const told =
            figure === 'rate'
              ? words.served(now.requests, format.count(now.requests), format.duration(seconds * 1e9))
              : undefined;
          return (
            <span className={classes.cell} title={told}>
              <Figure share={share} tone={figure === 'errors' && now.errors > 0 ? 'bad' : 'plain'}>
                {write(figure, now)}
              </Figure>
              {comparing && <ChangeNote service={row} figure={figure} />}
            </span>
          );
        },
      }),
    );
    return [
      {
        id: 'name',
        header: text.name,
        value: ({name}) => name,
        up: true,
        width: {share: 3, min: 130},
        draw: ({name, kind}, main) => (
          <span className={classes.operation} {...thingOf({kind: 'endpoint', service, operation: name})}>
            <Link
              {...servicePage(service, {context, shown: {}})}
              search={(before) => ({...before, operation: name, kind: kind === 'server' ? undefined : kind})}
              title={text.choose(visible(name))}
              {...main}
            >
              {visible(name)}
            </Link>
            {kind !== 'server' && <span className={classes.kind}>{kind}</span>}
          </span>
        ),
      },
      {
        id: 'trend',
        header: text.trend,
        hint: text.trendHint,
        width: {fixed: 110},
        rank: 3,
        draw: ({series}) =>
          series === undefined ? undefined : (
            <span className={classes.spark}>
              <Sparkline points={series.requests} />
            </span>
          ),
      },
      ...figures,
      {
        id: 'requests',
        header: text.requests,
        align: 'end',
        hidden: true,
        value: ({now}) => now?.requests,
        width: {share: 1, min: 70},
        rank: 6,
        draw: ({now}) => (now === undefined ? '–' : format.count(now.requests)),
      },
      {
        id: 'more',
        header: text.more,
        width: {fixed: 52},
        align: 'end',
        draw: (row) => <Behind service={service} row={row} />,
      },
    ];
  }, [service, rows, seconds, comparing, words, text, format, visible, write, context]);
}

/** The ways from an operation to what lies behind its figures. */
function Behind({service, row}: {readonly service: string; readonly row: ComparedOperation}) {
  const {service: own} = useText(serviceText);
  const text = own.operations;
  const format = useFormat();
  const visible = useVisible();
  const [context] = usePageContext();
  const {name, now} = row;
  const to = linkTo({kind: 'endpoint', service, operation: name}, {context});
  const term = writeTerm({field: 'operation', op: '=', value: name});
  const slow = now === undefined ? undefined : Number((now.p95 * 1e6).toPrecision(3));
  const slowTerm = `span.duration>=${writeDuration(slow ?? 0)}`;
  const ways = (where: readonly string[], against?: 'same') => ({...to, search: {...to.search, where, against}});
  return (
    <MenuButton
      end
      label={text.actions(visible(name))}
      button={(props) => (
        <button {...props} type="button" className={classes.dots} aria-label={text.actions(visible(name))}>
          <IconDots size={15} aria-hidden="true" />
        </button>
      )}
    >
      <Link {...menuItem} {...ways([term])}>
        {text.toTraces}
      </Link>
      {slow !== undefined && slow > 0 && (
        <>
          <Link {...menuItem} {...ways([term, slowTerm])}>
            {text.toSlow(format.duration(slow))}
          </Link>
          <Link {...menuItem} {...ways([term, slowTerm], 'same')}>
            {text.whySlow}
          </Link>
        </>
      )}
      {now !== undefined && now.errors > 0 && (
        <>
          <Link {...menuItem} {...ways([term, 'status=error'])}>
            {text.toFailed}
          </Link>
          <Link {...menuItem} {...ways([term, 'status=error'], 'same')}>
            {text.whyFailed}
          </Link>
        </>
      )}
      <Link {...menuItem} to="/mend" search={{...context, service, operation: name}}>
        {text.mend}
      </Link>
    </MenuButton>
  );
}
