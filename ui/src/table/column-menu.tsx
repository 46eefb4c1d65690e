import {Menu} from '@mantine/core';
import {IconColumns3, IconRestore} from '@tabler/icons-react';
import {useText} from '../i18n/index.ts';
import type {Column} from './column.ts';
import classes from './data-table.module.css';

/** Which columns are on show. The menu stays open, so that several can be chosen. */
export function ColumnMenu<Row>({
  columns,
  chosen,
  left,
  changed,
  onChoose,
}: {
  readonly columns: readonly Column<Row>[];
  readonly chosen: readonly string[];
  /** Chosen, but without room. */
  readonly left: readonly Column<Row>[];
  readonly changed: boolean;
  /** Undefined brings back those that are on show at first. */
  readonly onChoose: (ids: readonly string[] | undefined) => void;
}) {
  const text = useText().table;
  const toggle = (id: string): void => {
    const next = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    onChoose(columns.filter((column) => next.includes(column.id)).map((column) => column.id));
  };
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className={classes.choose} aria-label={text.columns} title={text.columns}>
          <IconColumns3 size={15} aria-hidden="true" />
          <span>{text.columns}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.slice(1).map((column) => (
          <Menu.CheckboxItem key={column.id} checked={chosen.includes(column.id)} onChange={() => toggle(column.id)}>
            {column.header}
            {left.includes(column) && <span className={classes.noRoom}>{text.noRoom}</span>}
          </Menu.CheckboxItem>
        ))}
        {changed && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconRestore size={14} />} onClick={() => onChoose(undefined)}>
              {text.columnsAtFirst}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
