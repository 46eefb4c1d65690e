/** Shares of a whole as a person writes them. */

/** Reads `12.5`, `12,5 %` (of a hundred), `1/50`: 0 to 1, or undefined when it is no share. */
export function parseShare(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.');
  const [, above, below] = /^(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)$/.exec(trimmed) ?? [];
  const [, percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*%?$/.exec(trimmed) ?? [];
  const share =
    above !== undefined ? Number(above) / Number(below) : percent !== undefined ? Number(percent) / 100 : Number.NaN;
  return share >= 0 && share <= 1 ? share : undefined;
}

/** In hundredths, for a field that `parseShare` reads; no digit is made up by binary fractions. */
export const writeShare = (share: number): string => String(Number((share * 100).toPrecision(12)));
