import {Menu} from '@mantine/core';
import {IconRestore} from '@tabler/icons-react';
import type {ReactElement} from 'react';
import {useText} from '../i18n/index.ts';
import type {Column} from './column.ts';
import classes from './data-table.module.css';

/** As much of a column as its choice needs. */
type Shown = Pick<Column<never>, 'id' | 'header'>;

/** Which columns are on show. The menu is open at first and stays so, so that several can be chosen. */
export function ColumnMenu({
  button,
  columns,
  chosen,
  left,
  changed,
  onChoose,
}: {
  readonly button: ReactElement;
  readonly columns: readonly Shown[];
  readonly chosen: readonly string[];
  /** Chosen, but without room. */
  readonly left: readonly Shown[];
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
    <Menu position="bottom-end" withInitialFocusPlaceholder={false} defaultOpened>
      <Menu.Target>{button}</Menu.Target>
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
