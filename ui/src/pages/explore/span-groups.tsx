import {Button} from '@mantine/core';
import {IconLayoutList} from '@tabler/icons-react';
import {useMemo, useRef, useState} from 'react';
import type {SpanGroupsResponse} from '../../api/index.ts';
import {View} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {DataTable} from '../../table/index.ts';
import {type GroupOrder, groupOrders} from '../../urls/index.ts';
import {QuietPanel, Segmented} from '../../widgets/index.ts';
import {type GroupRow, groupColumns} from './group-columns.tsx';
import {GroupPicker, nameOfGroups, ungrouped} from './group-picker.tsx';
import {NoMatch} from './no-match.tsx';
import type {ResultsProps} from './result-kinds.ts';
import {useDown} from './span-list.tsx';
import {spanText} from './span-text/index.ts';
import {useKeptPlace} from './use-kept-place.ts';
import {useSpanGroups} from './use-spans.ts';
import {useUnasked} from './use-unasked.tsx';
import {WhileReading} from './while-reading.tsx';

/** All spans that fit, by one of their values: how many, how many of them failed, how long they took. */
export function SpanGroups({asked, entry, title, bar, down, by, onChange}: ResultsProps & {readonly by: string}) {
  const [hold, setHold] = useState(false);
  const query = useSpanGroups(asked, by, entry, hold);
  const table = {asked, by, entry, down, onChange};
  const unasked = useUnasked(asked.question, onChange);
  return (
    <View
      title={title}
      heading="hidden"
      bar={bar}
      unasked={unasked}
      answer={query}
      busy={asked.context.live !== true}
      // As what follows it, so that a menu opened before the answer stays open when it comes.
      skeleton={
        <WhileReading old={false} onHold={setHold}>
          <GroupTable {...table} data={undefined} old />
        </WhileReading>
      }
      empty={({groups, without}) =>
        groups.length > 0 || query.isPlaceholderData ? undefined : without === undefined ? (
          <NoMatch of="spans" asked={asked} onChange={onChange} />
        ) : (
          <NoGroup by={by} spans={without.spans} onChange={onChange} />
        )
      }
    >
      {(data) => (
        <WhileReading old={query.isPlaceholderData} onHold={setHold}>
          <GroupTable {...table} data={data} old={query.isPlaceholderData} />
        </WhileReading>
      )}
    </View>
  );
}

/** Spans fit, and none has a value to be grouped by. */
function NoGroup({
  by,
  spans,
  onChange,
}: {
  readonly by: string;
  readonly spans: number;
  readonly onChange: ResultsProps['onChange'];
}) {
  const all = useText(spanText);
  const format = useFormat();
  const visible = useVisible();
  const name = nameOfGroups(by, all, visible);
  return (
    <QuietPanel
      icon={<IconLayoutList size={26} />}
      title={all.groups.noneHas(name)}
      hint={all.groups.allWithout(spans, format.count(spans), name)}
    >
      <Button size="xs" variant="default" fw={400} onClick={() => onChange(ungrouped)}>
        {all.groups.showSpans}
      </Button>
    </QuietPanel>
  );
}

function GroupTable({
  asked,
  by,
  entry,
  down,
  data,
  old,
  onChange,
}: Pick<ResultsProps, 'asked' | 'entry' | 'down' | 'onChange'> & {
  readonly by: string;
  readonly data: SpanGroupsResponse | undefined;
  readonly old: boolean;
}) {
  const all = useText(spanText);
  const text = all.groups;
  const format = useFormat();
  const visible = useVisible();
  const scroller = useRef<HTMLDivElement>(null);
  useKeptPlace(scroller, entry, old);
  useDown(down, scroller);
  const order = asked.url.order ?? 'spans';
  const name = nameOfGroups(by, all, visible);
  const rows = useMemo(() => data && rowsOf(data), [data]);
  const columns = useMemo(
    () =>
      groupColumns({
        text: all,
        format,
        by,
        name,
        rows: rows ?? [],
        exact: data?.percentiles !== 'estimated',
        question: asked.question,
      }),
    [all, format, by, name, rows, data, asked.question],
  );
  const sort = (next: GroupOrder): void => onChange({order: next === 'spans' ? undefined : next}, 'replace');
  const {groups = 0, spans = 0, errors = 0} = data?.others ?? {};
  return (
    <DataTable
      id="groups"
      label={text.list(name)}
      columns={columns}
      rows={rows}
      rowId={rowId}
      height={{one: 32, two: 54}}
      twoLinesBelow={620}
      sort={{column: order, up: false}}
      onSort={({column}) => sort(groupOrders.find((one) => one === column) ?? 'spans')}
      sorted
      chosen={asked.url.figures}
      onChosen={(figures) => onChange({figures}, 'replace')}
      pageKeys={!old}
      scroller={scroller}
      counted={
        data === undefined ? '' : text.count(data.groups.length + groups, format.count(data.groups.length + groups))
      }
      tools={
        <>
          <Segmented
            label={text.order}
            value={order as (typeof firstOrders)[number]}
            choices={firstOrders.map((value) => ({value, label: text.orders[value]}))}
            onChange={sort}
          />
          <GroupPicker asked={asked} onChange={onChange} />
        </>
      }
      footer={groups === 0 ? undefined : text.others(format.count(groups), format.count(spans), format.count(errors))}
    />
  );
}

/** What a reader wants most; the other orders are in the heads. */
const firstOrders = ['spans', 'errors', 'p95'] as const satisfies readonly GroupOrder[];

const rowId = ({value}: GroupRow): string => (value === undefined ? 'without' : `value ${value}`);

/** The spans without a value come last: they are no group. */
const rowsOf = ({groups, without}: SpanGroupsResponse): readonly GroupRow[] => [
  ...groups,
  ...(without === undefined ? [] : [{...without, value: undefined}]),
];
