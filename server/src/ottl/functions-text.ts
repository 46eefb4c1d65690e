/** Converters of texts. */
import {converter, type FunctionDefinition, may, needs} from './function.ts';
import {regexpArgument} from './patterns.ts';
import {likeString} from './text.ts';
import {isList} from './value.ts';

export const textConverters: readonly FunctionDefinition[] = [
  converter(
    'IsMatch',
    'Whether the value as text matches a regular expression; false for nil.',
    {target: needs('any'), pattern: needs('string')},
    ({target, pattern}) => {
      const regexp = regexpArgument('pattern', pattern);
      return (frame) => {
        const text = likeString(target.get(frame));
        return text !== undefined && regexp(frame).test(text);
      };
    },
  ),
  converter(
    'Concat',
    'The values as texts, with a delimiter between them; lists and maps are left out.',
    {values: needs('list'), delimiter: needs('string')},
    ({values, delimiter}) =>
      (frame) =>
        values
          .get(frame)
          .flatMap((each) => {
            if (each instanceof Map || isList(each)) return [];
            return each === undefined ? ['<nil>'] : [likeString(each) as string];
          })
          .join(delimiter.get(frame)),
  ),
  converter(
    'HasPrefix',
    'Whether a string begins with another.',
    {value: needs('string'), prefix: needs('string')},
    ({value, prefix}) =>
      (frame) =>
        value.get(frame).startsWith(prefix.get(frame)),
  ),
  converter(
    'HasSuffix',
    'Whether a string ends with another.',
    {value: needs('string'), suffix: needs('string')},
    ({value, suffix}) =>
      (frame) =>
        value.get(frame).endsWith(suffix.get(frame)),
  ),
  converter(
    'Split',
    'The parts of a string between delimiters.',
    {target: needs('string'), delimiter: needs('literal string')},
    ({target, delimiter}) =>
      (frame) =>
        target.get(frame).split(delimiter),
  ),
  converter(
    'Trim',
    'A string without the given characters (a space) at its ends.',
    {target: needs('string'), replacement: may('literal string')},
    ({target, replacement = ' '}) => {
      const cut = new Set(replacement);
      return (frame) => {
        const characters = [...target.get(frame)];
        let from = 0;
        let to = characters.length;
        while (from < to && cut.has(characters[from] as string)) from++;
        while (to > from && cut.has(characters[to - 1] as string)) to--;
        return characters.slice(from, to).join('');
      };
    },
  ),
];
