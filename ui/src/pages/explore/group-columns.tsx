import {Link} from '@tanstack/react-router';
import type {ReactNode} from 'react';
import type {SpanFigures} from '../../api/index.ts';
import type {Format} from '../../format/index.ts';
import {thingOf} from '../../frame/index.ts';
import {type ShellText, useText, useVisible} from '../../i18n/index.ts';
import type {Column, MainProps} from '../../table/index.ts';
import {
  addTerm,
  attributeKey,
  type GroupColumnId,
  isGroupField,
  type PageContext,
  type Question,
  type Thing,
  termOf,
  writeQuestion,
} from '../../urls/index.ts';
import {Figure, ServiceName} from '../../widgets/index.ts';
import {ungrouped} from './group-picker.tsx';
import classes from './span-columns.module.css';
import {type SpanText, spanText} from './span-text/index.ts';

/** Undefined: the spans that have no such value. */
export interface GroupRow extends SpanFigures {
  readonly value: string | undefined;
}

const MILLI = 1e6;
const percentiles = ['p50', 'p95', 'p99'] as const;

/** The value, which leads to its spans, and their figures. */
export function groupColumns({
  text: {groups: text},
  format,
  by,
  name,
  rows,
  exact,
  question,
}: {
  readonly text: ShellText & SpanText;
  readonly format: Format;
  readonly by: string;
  /** Of what the groups are by. */
  readonly name: string;
  readonly rows: readonly GroupRow[];
  readonly exact: boolean;
  readonly question: Question;
}): readonly Column<GroupRow>[] {
  const most = (figure: (row: GroupRow) => number): number => Math.max(...rows.map(figure), Number.MIN_VALUE);
  const largest = {spans: most(({spans}) => spans), rate: most(({rate}) => rate)};
  const slowest = Object.fromEntries(percentiles.map((one) => [one, most((row) => row[one])]));
  const figure = (
    id: GroupColumnId,
    header: string,
    draw: (row: GroupRow) => ReactNode,
    more: Partial<Column<GroupRow>> = {},
  ) => ({
    id,
    header,
    draw,
    sortable: true,
    align: 'end' as const,
    width: {share: 1, min: 66},
    ...more,
  });
  return [
    {
      id: 'value',
      header: name,
      width: {share: 3, min: 180},
      draw: ({value}, main) => <Value by={by} name={name} value={value} question={question} main={main} />,
    },
    figure('spans', text.spans, ({spans}) => <Figure share={spans / largest.spans}>{format.count(spans)}</Figure>, {
      hint: text.spansHint,
    }),
    figure(
      'errors',
      text.errors,
      ({errors}) => (errors === 0 ? <span className={classes.quiet}>–</span> : format.count(errors)),
      {rank: 2},
    ),
    figure(
      'errorRate',
      text.errorRate,
      ({errors, spans}) =>
        errors === 0 ? (
          <span className={classes.quiet}>{format.percent(0)}</span>
        ) : (
          <Figure share={errors / spans} tone="bad">
            {format.percent(errors / spans)}
          </Figure>
        ),
      {rank: 1, width: {share: 1, min: 84}},
    ),
    figure('rate', text.rate, ({rate}) => <Figure share={rate / largest.rate}>{format.rate(rate)}</Figure>, {
      hint: text.rateHint,
      rank: 5,
    }),
    ...percentiles.map((one) =>
      figure(
        one,
        one.toUpperCase(),
        (row) => <Figure share={row[one] / (slowest[one] as number)}>{format.duration(row[one] * MILLI)}</Figure>,
        {
          hint: exact ? text.exact : text.estimated,
          rank: {p50: 4, p95: 0, p99: 3}[one],
        },
      ),
    ),
  ];
}

function Value({
  by,
  name,
  value,
  question,
  main,
}: {
  readonly by: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly question: Question;
  readonly main: MainProps;
}) {
  const text = useText(spanText);
  const visible = useVisible();
  const thing: GroupThing = value === undefined ? {kind: 'absent', by} : thingOfGroup(by, value);
  const words = value === undefined ? text.groups.without(name) : (shown(by, value, text) ?? visible(value));
  const label =
    value === undefined ? (
      <span className={classes.quiet}>{words}</span>
    ) : by === 'service' ? (
      <ServiceName name={value} strong titled={false} />
    ) : (
      <bdi className={classes.mono}>{words}</bdi>
    );
  // No address can ask for a longer one.
  if (value !== undefined && value.length > 1_000) return <span {...main}>{label}</span>;
  return (
    <span className={classes.group} {...thingOf(thing)}>
      <Link
        {...main}
        from="/"
        to="/"
        search={(before) => ({...before, ...ungrouped, ...narrowed(thing, by, question)})}
        title={value === undefined ? text.groups.showWithout(name) : text.groups.show(`${name} = ${words}`)}
      >
        {label}
      </Link>
    </span>
  );
}

function shown(by: string, value: string, {spans, groups}: SpanText): string | undefined {
  if (value === '' && !isGroupField(by)) return groups.empty;
  if (by === 'kind') return spans.kinds[value as keyof typeof spans.kinds];
  return by === 'status' ? spans.statuses[value as keyof typeof spans.statuses] : undefined;
}

type GroupThing = Extract<Thing, {kind: 'service' | 'field' | 'attribute' | 'absent'}>;

function thingOfGroup(by: string, value: string): GroupThing {
  switch (by) {
    case 'service':
      return {kind: 'service', service: value};
    case 'operation':
    case 'kind':
    case 'status':
      return {kind: 'field', field: by, value};
    case 'environment':
      return {kind: 'attribute', key: 'deployment.environment.name', value, owner: 'resource'};
    case 'version':
      return {kind: 'attribute', key: 'service.version', value, owner: 'resource'};
    default:
      return {kind: 'attribute', key: attributeKey(by) ?? by, value, owner: 'span'};
  }
}

/** The question or the scope with the group's value. */
function narrowed(
  thing: GroupThing,
  by: string,
  question: Question,
): Partial<PageContext> & {readonly where?: readonly string[] | undefined} {
  if (thing.kind === 'service') return {service: thing.service};
  if (thing.kind === 'attribute' && by === 'environment') return {environment: thing.value};
  return {where: writeQuestion(addTerm(question, termOf(thing)))};
}
