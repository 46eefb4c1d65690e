/** Which parts of the context a page looks at: a route says so, the bar shows the others as they are, calm and out of use. */
import {useMatches} from '@tanstack/react-router';

export const contextParts = ['time', 'compare', 'service', 'environment', 'live'] as const;
export type ContextPart = (typeof contextParts)[number];

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    readonly contextUse?: readonly ContextPart[];
  }
}

/** Every part, where the page says nothing. */
export function useContextUse(): readonly ContextPart[] {
  return useMatches({select: (matches) => matches.at(-1)?.staticData.contextUse}) ?? contextParts;
}
