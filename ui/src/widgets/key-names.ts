import {commandKey} from './keycap.tsx';

const names: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Enter: '↵',
  Escape: 'Esc',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  ' ': '␣',
  '-': '−',
};

/** A key as it is written on keycaps, those that are held first: `Mod+k` is `Ctrl`, `K` (or `⌘`, `K`). */
export function keyNames(key: string, mod: string = commandKey): readonly string[] {
  const parts = key.length > 1 ? key.split('+') : [key];
  const last = parts.at(-1) as string;
  const held = parts.slice(0, -1).map((part) => (part === 'Mod' ? mod : part === 'Shift' ? '⇧' : part));
  return [...held, names[last] ?? (held.length > 0 && last.length === 1 ? last.toUpperCase() : last)];
}
