import {useComputedColorScheme} from '@mantine/core';
import {useMemo} from 'react';

/** Resolves `var(--…)` to a colour that a canvas understands; a new function whenever the scheme changes. */
export function useCanvasColours(): (token: string) => string {
  const scheme = useComputedColorScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme decides what the tokens resolve to
  return useMemo(() => {
    const known = new Map<string, string>();
    return (token: string): string => {
      const name = token.startsWith('var(') ? token.slice(4, -1) : token;
      let colour = known.get(name);
      if (colour === undefined) {
        colour = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        known.set(name, colour);
      }
      return colour;
    };
  }, [scheme]);
}
