/** Of some names the one that was probably meant: it differs in a letter or three, or begins alike. */
export function likeName(written: string, names: Iterable<string>): string | undefined {
  const lower = written.toLowerCase().slice(0, 64);
  let best: string | undefined;
  let least = Math.min(4, Math.ceil(lower.length / 2));
  for (const name of names) {
    const other = name.toLowerCase();
    const starts = lower.length >= 4 && (other.startsWith(lower) || lower.startsWith(other));
    const distance = starts ? 0.5 + Math.abs(other.length - lower.length) / 100 : edits(lower, other);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** How many letters must be put in, taken out or changed. */
function edits(a: string, b: string): number {
  let previous = Array.from({length: b.length + 1}, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
}
