import {getRouteApi} from '@tanstack/react-router';
import {type RefObject, useMemo} from 'react';
import type {OperationsRedResponse} from '../../../api/index.ts';
import {useOwnAddress} from '../../../frame/index.ts';
import {useText, useVisible} from '../../../i18n/index.ts';
import {DataTable} from '../../../table/index.ts';
import type {ServiceUrl} from '../../../urls/index.ts';
import {coveredSeconds} from '../covered-time.ts';
import {type ComparedOperation, comparedOperations, idOf, isRequest} from './figures.ts';
import {useOperationColumns} from './operation-columns.tsx';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';

const route = getRouteApi('/services/$service');
const rowId = ({id}: ComparedOperation): string => id;
const nameOf = ({name}: ComparedOperation): string => name;

/** Every operation with its figures: a click shows its curves above, the menu at its end leads to what lies behind. */
export function Operations({
  service,
  red,
  other,
  scroller,
}: {
  readonly service: string;
  readonly red: OperationsRedResponse | undefined;
  readonly other: OperationsRedResponse | undefined;
  readonly scroller: RefObject<HTMLDivElement | null>;
}) {
  const {service: words} = useText(serviceText);
  const text = words.operations;
  const visible = useVisible();
  const url = route.useSearch();
  const change = useOwnAddress<ServiceUrl>();
  // A worker may serve no requests at all, and still have much to show.
  const serves = red?.operations.some(({kind}) => isRequest(kind)) !== false;
  const all = url.all === true || !serves;
  const rows = useMemo(() => (red === undefined ? undefined : comparedOperations(red, other, all)), [red, other, all]);
  const comparing = (red?.service?.baseline?.requests ?? 0) > 0 || (other?.operations.length ?? 0) > 0;
  const columns = useOperationColumns({
    service,
    rows: rows ?? none,
    seconds: red === undefined ? 1 : coveredSeconds(red),
    comparing,
  });
  const chosen = url.operation === undefined ? undefined : idOf({name: url.operation, kind: url.kind ?? 'server'});
  return (
    <section className={classes.part} aria-label={words.parts.operations}>
      <DataTable
        id="service-operations"
        label={text.label}
        columns={columns}
        rows={rows}
        rowId={rowId}
        rowName={({name}) => visible(name)}
        height={comparing ? {one: 44} : {one: 36}}
        sort={{column: url.sort ?? 'rate', up: url.up === true}}
        onSort={(next) => change({sort: next.column, up: next.up ? true : undefined})}
        chosen={url.columns}
        onChosen={(columnsChosen) => change({columns: columnsChosen}, 'replace')}
        find={{value: url.find, onChange: (find) => change({find}, 'replace'), label: text.find, text: nameOf}}
        mark={({id}) => ({chosen: id === chosen})}
        within={scroller}
        pageKeys={false}
        tools={
          serves && (
            <button
              type="button"
              className={classes.plain}
              aria-pressed={url.all === true}
              onClick={() => change({all: url.all === true ? undefined : true})}
            >
              {url.all === true ? text.requestsOnly : text.inner}
            </button>
          )
        }
        empty={text.empty}
        {...(red?.more ? {footer: text.first} : {})}
      />
    </section>
  );
}

const none: readonly ComparedOperation[] = [];
