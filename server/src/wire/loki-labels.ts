/** The labels of a stream as Loki's protobuf has them: a text `{app="web", level='warn'}` with the strings of Go. */
import {goEscapes} from '../base/index.ts';

const pair = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)\s*(?:,|(?=\}))/y;
const end = /\s*\}\s*$/y;

/** Far above Loki's own default limits, 15 labels of 1,024 and 2,048 bytes. */
const longest = 1 << 16;

/** Undefined where the text is not of this form, or longer than 64 Ki. The same name twice: the later value. */
export function parseLokiLabels(text: string): (readonly [name: string, value: string])[] | undefined {
  if (text.length > longest || !text.startsWith('{')) return undefined;
  const labels = new Map<string, string>();
  for (let at = 1; ; at = pair.lastIndex) {
    end.lastIndex = at;
    if (end.test(text)) return [...labels];
    pair.lastIndex = at;
    const [, name, quoted] = pair.exec(text) ?? [];
    const value = quoted === undefined ? undefined : unquoted(quoted);
    if (name === undefined || value === undefined) return undefined;
    labels.set(name, value);
  }
}

const escapes = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g;

/** Undefined where an escape is none of Go's. A byte beyond ASCII is no text by itself and becomes U+FFFD. */
function unquoted(quoted: string): string | undefined {
  const text = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return text;
  let isGo = true;
  const value = text.replace(escapes, (_, hex, short, long, octal, letter) => {
    const byte =
      hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : undefined;
    if (byte !== undefined) return byte < 0x80 ? String.fromCharCode(byte) : '\ufffd';
    const point = short ?? long;
    if (point !== undefined) {
      const code = Number.parseInt(point, 16);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
    }
    const meant = letter === "'" ? letter : goEscapes[letter ?? ''];
    if (meant === undefined) isGo = false;
    return meant ?? '';
  });
  return isGo ? value : undefined;
}
