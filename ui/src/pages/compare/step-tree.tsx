import {IconChevronDown, IconChevronRight} from '@tabler/icons-react';
import {Link, useNavigate} from '@tanstack/react-router';
import {useMemo, useRef, useState} from 'react';
import {useCommands} from '../../frame/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import type {LinkTarget} from '../../urls/index.ts';
import {ServiceName} from '../../widgets/index.ts';
import {stepCommands} from './compare-commands.ts';
import {isOpen, type Stepped, shapeOf, shownRows} from './step-rows.ts';
import classes from './step-tree.module.css';
import {compareText} from './text/index.ts';

export interface StepRow extends Stepped {
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  /** Of this side and of the other one; undefined where a side has no such step. */
  readonly nanos: readonly [here: number | undefined, other: number | undefined];
  /** As many as `columns`. */
  readonly cells: readonly string[];
  readonly tags: readonly {readonly text: string; readonly tone: 'bad' | 'good' | 'plain'}[];
  /** More of it, for a pointer and for screen readers. */
  readonly about: string;
  readonly link?: LinkTarget | undefined;
}

/** Steps of two sides as one tree, a row each with a bar for either side. Rows beneath which nothing differs begin folded. */
export function StepTree({
  label,
  sides,
  columns,
  rows,
}: {
  readonly label: string;
  readonly sides: readonly [here: string, other: string];
  readonly columns: readonly {readonly label: string; readonly title?: string}[];
  readonly rows: readonly StepRow[];
}) {
  const text = useText(compareText).compare;
  const navigate = useNavigate();
  const shape = useMemo(() => shapeOf(rows), [rows]);
  const [turned, setTurned] = useState<ReadonlySet<number>>(new Set());
  const [only, setOnly] = useState(false);
  const [standing, setStanding] = useState(0);
  const table = useRef<HTMLTableElement>(null);
  const shown = useMemo(() => shownRows(rows, shape, turned, only), [rows, shape, turned, only]);
  const most = useMemo(() => Math.max(1, ...rows.flatMap(({nanos: [a = 0, b = 0]}) => [a, b])), [rows]);
  const open = (row: number): boolean => isOpen(shape, turned, row);
  const toggle = (row: number): void =>
    setTurned((before) => new Set(before.has(row) ? [...before].filter((one) => one !== row) : [...before, row]));
  const stand = (row: number | undefined): void => {
    if (row === undefined) return;
    setStanding(row);
    table.current?.querySelector<HTMLElement>(`[data-row="${row}"]`)?.focus();
  };
  const at = Math.max(0, shown.indexOf(standing));
  const here = shown[at] ?? 0;
  useCommands(stepCommands, {
    down: () => stand(shown[at + 1]),
    up: () => stand(shown[at - 1]),
    left: () => (open(here) ? toggle(here) : stand(rows[here]!.parent < 0 ? undefined : rows[here]!.parent)),
    right: () => {
      if (shape.children[here] === 0) return;
      if (open(here)) stand(shown[at + 1]);
      else toggle(here);
    },
    open: () => {
      const link = rows[here]?.link;
      if (link !== undefined) void navigate(link as never);
    },
    all: () => setOnly(!only),
  });
  return (
    <div className={classes.frame}>
      <div className={classes.tools}>
        <span className={classes.legend}>
          <i data-side="here" /> {sides[0]}
        </span>
        <span className={classes.legend}>
          <i data-side="other" /> {sides[1]}
        </span>
        <button type="button" className={classes.only} aria-pressed={only} onClick={() => setOnly(!only)}>
          {only ? text.all : text.onlyTelling}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose rows fold is a treegrid, as ARIA in HTML has it */}
      <table ref={table} role="treegrid" aria-label={label} className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{text.step}</th>
            <th scope="col">
              <span className="visually-hidden">{sides.join(', ')}</span>
            </th>
            {columns.map((column) => (
              <th key={column.label} scope="col" className={classes.number} title={column.title}>
                {column.label}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">{text.differs}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((index) => (
            <StepLine
              key={index}
              index={index}
              row={rows[index]!}
              most={most}
              columns={columns}
              open={shape.children[index]! > 0 ? open(index) : undefined}
              standing={index === here}
              onStand={() => setStanding(index)}
              onToggle={() => toggle(index)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function StepLine({
  index,
  row,
  most,
  columns,
  open,
  standing,
  onStand,
  onToggle,
}: {
  readonly index: number;
  readonly row: StepRow;
  /** Nanoseconds that a whole bar stands for. */
  readonly most: number;
  readonly columns: readonly {readonly label: string}[];
  /** Undefined where nothing is below it. */
  readonly open: boolean | undefined;
  readonly standing: boolean;
  readonly onStand: () => void;
  readonly onToggle: () => void;
}) {
  const text = useText(compareText).compare;
  const name = useVisible()(row.name);
  const [mine, other] = row.nanos;
  return (
    <tr
      data-row={index}
      aria-level={row.depth + 1}
      aria-expanded={open}
      data-telling={row.telling || undefined}
      tabIndex={standing ? 0 : -1}
      title={row.about}
      onFocus={onStand}
    >
      <td>
        <div
          className={classes.name}
          style={{paddingInlineStart: `calc(${Math.min(row.depth, 30)} * var(--step-indent))`}}
        >
          {open === undefined ? (
            <span className={classes.fold} />
          ) : (
            <button
              type="button"
              tabIndex={-1}
              className={classes.fold}
              aria-label={open ? text.keys.left : text.keys.right}
              onClick={onToggle}
            >
              {open ? <IconChevronDown size={13} /> : <IconChevronRight size={13} />}
            </button>
          )}
          <span className={classes.service}>
            <ServiceName name={row.service} titled={false} />
          </span>
          {row.link === undefined ? (
            <bdi className={classes.operation}>{name}</bdi>
          ) : (
            <Link {...row.link} tabIndex={-1} className={classes.operation}>
              <bdi>{name}</bdi>
            </Link>
          )}
        </div>
      </td>
      <td>
        <div className={classes.bars}>
          <i data-side="here" data-none={mine === undefined} style={{width: `${(100 * (mine ?? 0)) / most}%`}} />
          <i data-side="other" data-none={other === undefined} style={{width: `${(100 * (other ?? 0)) / most}%`}} />
        </div>
      </td>
      {row.cells.map((cell, column) => (
        <td key={columns[column]?.label} className={classes.number}>
          {cell}
        </td>
      ))}
      <td>
        <div className={classes.tags}>
          {row.tags.map((tag) => (
            <span key={tag.text} className={classes.tag} data-tone={tag.tone}>
              {tag.text}
            </span>
          ))}
        </div>
      </td>
    </tr>
  );
}
