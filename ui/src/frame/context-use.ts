/** Which parts of the context a page looks at: a route says so, the bar shows the others as they are, calm and out of use. */
import {useMatches} from '@tanstack/react-router';

export const contextParts = ['time', 'compare', 'service', 'environment', 'live'] as const;
export type ContextPart = (typeof contextParts)[number];

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** Of what the address asks for, where that makes a difference. */
    readonly contextUse?: readonly ContextPart[] | ((search: object) => readonly ContextPart[]);
  }
}

/** Every part, where the page says nothing. */
export function useContextUse(): readonly ContextPart[] {
  const used = useMatches({
    select: (matches) => {
      const last = matches.at(-1);
      const use = last?.staticData.contextUse;
      return typeof use === 'function' ? use(last?.search ?? {}) : use;
    },
  });
  return used ?? contextParts;
}
