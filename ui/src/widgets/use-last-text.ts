import {useCallback} from 'react';
import {useFormat, useText} from '../i18n/index.ts';
import {type Last, splitLast} from '../urls/index.ts';

/** A length of time up to now in the reader's language: "Last 90 minutes". */
export function useLastText(): (last: Last) => string {
  const words = useText().range.last;
  const format = useFormat();
  return useCallback(
    (last) => {
      const {count, unit} = splitLast(last);
      return words[unit](count, format.count(count));
    },
    [words, format],
  );
}
