import {IconChevronDown, IconChevronUp} from '@tabler/icons-react';
import {useText} from '../i18n/index.ts';
import classes from './sort-header.module.css';

/** A column head that sorts; belongs in a `th` with `aria-sort`. */
export function SortHeader({
  title,
  hint,
  direction,
  onSort,
}: {
  readonly title: string;
  /** Stands in the tooltip instead of "sort by". */
  readonly hint?: string | undefined;
  readonly direction: 'up' | 'down' | undefined;
  readonly onSort: () => void;
}) {
  const text = useText();
  return (
    <button
      type="button"
      className={classes.sort}
      onClick={onSort}
      title={hint ?? text.common.sortBy(title)}
      data-sorted={direction}
    >
      <span>{title}</span>
      {direction === 'up' ? <IconChevronUp size={12} /> : <IconChevronDown size={12} />}
    </button>
  );
}

export function ariaSort(direction: 'up' | 'down' | undefined): 'ascending' | 'descending' | 'none' {
  return direction === 'up' ? 'ascending' : direction === 'down' ? 'descending' : 'none';
}
