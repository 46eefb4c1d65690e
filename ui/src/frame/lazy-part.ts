import {createElement, type FunctionComponent, type ReactNode, use} from 'react';

/** A component whose code is fetched when it is first wanted; `preload` fetches it before, and never rejects. */
export type LazyPart<P> = ((props: P) => ReactNode) & {readonly preload: () => Promise<void>};

/** React draws again what waited for a promise: within this time it must find the same failure, or it would ask for ever. */
const FAILURE_STANDS = 500;

/**
 * `lazyPart(async () => (await import('./palette.tsx')).Palette)`. Other than React's `lazy` and the router's, it forgets a failure:
 * code that could not be fetched is fetched again when it is drawn again.
 */
export function lazyPart<P extends object>(load: () => Promise<FunctionComponent<P>>): LazyPart<P> {
  let coming: Promise<FunctionComponent<P>> | undefined;
  const fetch = (): Promise<FunctionComponent<P>> => {
    if (coming !== undefined) return coming;
    const promise = load();
    coming = promise;
    promise.then(
      // As React itself notes it: `use` then gives it at once. It must be called each time, also where nothing is waited for any more.
      (value) => Object.assign(promise, {status: 'fulfilled', value}),
      () =>
        setTimeout(() => {
          coming = undefined;
        }, FAILURE_STANDS),
    );
    return promise;
  };
  return Object.assign((props: P): ReactNode => createElement(use(fetch()), props), {
    preload: async (): Promise<void> => {
      await fetch().catch(() => undefined);
    },
  });
}
