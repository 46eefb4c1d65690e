/**
 * Texts without what varies from one to the next, so that they can be counted: as steps that JavaScript and the store (RE2) take
 * alike, `[pattern, replacement]` over the whole text each. Patterns are in the syntax that both know.
 */
export type FoldSteps = readonly (readonly [pattern: string, replacement: string])[];

/** Without literals: texts, numbers and lists of placeholders become `?`. */
export const statementFold: FoldSteps = [
  [`'(?:[^']|'')*'|"[^"]*"`, '?'],
  [String.raw`\$\d+|\b\d+(?:\.\d+)?\b|:\w+`, '?'],
  [String.raw`\?(?:\s*,\s*\?)+`, '?'],
  [String.raw`\(\?\)(?:\s*,\s*\(\?\))+`, '(?)'],
  [String.raw`\s+`, ' '],
  ['^ | $', ''],
];

/** Of a cache's command: keys that differ in an id are the same place. */
export const commandFold: FoldSteps = [
  [String.raw`[\w-]*\d[\w-]*`, '?'],
  [String.raw`\s+`, ' '],
  ['^ | $', ''],
];

/** Of an error's message: ids, addresses, numbers and what is quoted. */
export const messageFold: FoldSteps = [
  [String.raw`"[^"]{0,200}"|'[^' ][^']{0,199}'|` + '`[^`]{0,200}`', '?'],
  [String.raw`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`, '?'],
  [String.raw`\b0x[0-9a-fA-F]+\b|\b[0-9a-fA-F]*[0-9][0-9a-fA-F]{11,}\b`, '?'],
  [String.raw`[\w-]*\d[\w.:-]*`, '?'],
  [String.raw`\?(?:\s*,\s*\?)+`, '?'],
  [String.raw`\s+`, ' '],
  ['^ | $', ''],
];

/** Longer statements, commands and messages are cut before they are folded. */
export const mostFolded = {statement: 2_000, command: 500, message: 1_000} as const;

export function fold(text: string, steps: FoldSteps): string {
  return steps.reduce((folded, [pattern, by]) => folded.replaceAll(new RegExp(pattern, 'g'), by), text);
}
