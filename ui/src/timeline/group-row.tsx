import {IconAlertCircleFilled} from '@tabler/icons-react';
import {memo} from 'react';
import {useFormat, useText, useVisible} from '../i18n/index.ts';
import {useServicePaint} from '../theme/index.ts';
import type {Zoom} from '../urls/index.ts';
import {groupBar, labelWidth} from './bar-style.ts';
import {KindIcon, kindNames} from './kind-icon.tsx';
import {groupFacts} from './sibling-groups.ts';
import {traceText} from './text/index.ts';
import type {TraceModel} from './trace-model.ts';
import {groupRow} from './visible-rows.ts';
import classes from './waterfall.module.css';
import {ROW_HEIGHT, RowName, RowTime} from './waterfall-row.tsx';

/** Equal siblings as one row: how many, their sum and their longest, when the first began and the last ended. */
export const GroupRow = memo(function GroupRow({
  model,
  head,
  row,
  level,
  zoom,
  timeWidth,
  narrow,
  spread,
  standing,
  marks,
  onToggle,
}: {
  readonly model: TraceModel;
  /** The first of them. */
  readonly head: number;
  readonly row: number;
  readonly level: number;
  readonly zoom: Zoom;
  readonly timeWidth: number;
  /** The longest is left out. */
  readonly narrow: boolean;
  /** Its members follow, one by one. */
  readonly spread: boolean;
  readonly standing: boolean;
  /** 1 for each selected span. */
  readonly marks: Uint8Array | undefined;
  readonly onToggle: (row: number) => void;
}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const visible = useVisible();
  const paint = useServicePaint();
  const {trace, layout} = model;
  const {spans} = trace;
  const facts = groupFacts(model, head);
  const raw = trace.services[spans.service[head]!]!;
  const service = visible(raw);
  const name = visible(trace.names[spans.name[head]!]!);
  const up = layout.parent[head]!;
  const count = format.count(facts.members.length);
  const failed = facts.failed > 0;
  const failedText = text.groupFailed(facts.failed, format.count(facts.failed));
  const sum = format.duration(facts.sum);
  const longest = format.duration(facts.longest);
  const label = narrow ? `Σ ${sum}` : `Σ ${sum} · ${text.groupLongest(longest)}`;
  return (
    <div
      id={`group-${spans.spanId[head]}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={level + 1}
      aria-expanded={spread}
      aria-selected={standing}
      aria-label={[text.groupLabel(count, service, name, sum, longest), ...(failed ? [failedText] : [])].join(', ')}
      className={classes.row}
      data-row={groupRow(head)}
      data-group="true"
      data-selected={!spread && marks !== undefined && facts.members.some((member) => marks[member] === 1)}
      style={{top: row * ROW_HEIGHT}}
    >
      <RowName
        service={service}
        raw={raw}
        named={spans.service[up] !== spans.service[head]}
        name={name}
        times={text.times(count)}
        level={level}
        open={spread}
        toggleText={spread ? text.gatherRow : text.spreadRow}
        onToggle={() => onToggle(groupRow(head))}
      >
        <KindIcon kind={kindNames[spans.kind[head]!] ?? 'unspecified'} />
        {failed && (
          <span title={failedText} className={classes.failedMembers}>
            <IconAlertCircleFilled size={14} />
            {format.count(facts.failed)}
          </span>
        )}
      </RowName>
      <RowTime
        bar={groupBar(model, facts, zoom, paint(raw), labelWidth(label) / timeWidth)}
        failed={failed}
        label={
          <>
            Σ {sum}
            {!narrow && <span>· {text.groupLongest(longest)}</span>}
          </>
        }
      />
    </div>
  );
});
