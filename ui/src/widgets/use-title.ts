import {useEffect} from 'react';

/** The browser tab's title while the caller is on show. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
