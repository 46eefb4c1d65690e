import {Button} from '@mantine/core';
import {IconArrowUp} from '@tabler/icons-react';
import {useFormat, useText} from '../../i18n/index.ts';
import {defaultLimit, type SearchUrl, sorts} from '../../urls/index.ts';
import {Segmented} from '../../widgets/index.ts';
import classes from './results-bar.module.css';
import {searchText} from './text/index.ts';

/** How many were found, whether there are more, and in which order they stand. */
export function ResultsBar({
  count,
  more,
  url,
  waiting,
  onShowWaiting,
  onChange,
}: {
  readonly count: number;
  readonly more: boolean;
  readonly url: SearchUrl;
  readonly waiting: number;
  readonly onShowWaiting: () => void;
  readonly onChange: (change: Partial<SearchUrl>, history?: 'keep' | 'replace') => void;
}) {
  const text = useText(searchText).search;
  const format = useFormat();
  return (
    <div className={classes.bar}>
      <strong role="status">{text.results(count, format.count(count))}</strong>
      {more && (
        <span className={classes.more} data-partial={url.sort !== undefined}>
          {(url.sort === undefined ? text.moreExist : text.sortedOnly)(format.count(url.limit ?? defaultLimit))}
        </span>
      )}
      {waiting > 0 && (
        <Button size="compact-xs" variant="light" leftSection={<IconArrowUp size={12} />} onClick={onShowWaiting}>
          {text.newTraces(waiting, format.count(waiting))}
        </Button>
      )}
      <span className={classes.push} />
      <Segmented
        label={text.sort}
        value={url.sort ?? 'newest'}
        choices={sorts.map((sort) => ({value: sort, label: text.sorts[sort]}))}
        onChange={(sort) => onChange({sort: sort === 'newest' ? undefined : sort}, 'replace')}
      />
    </div>
  );
}
