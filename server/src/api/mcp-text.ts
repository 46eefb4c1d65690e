/** Answers for a model: few lines, nothing that telemetry could say in Weft's place. */

/** A longer answer costs a model more than it tells. */
const maxAnswer = 20_000;
const widestCell = 200;

/** Joins what there is to say; cut off where it would be too long, which the last line says. */
export function lines(...said: readonly (string | false | undefined)[]): string {
  const text = said.filter((line) => typeof line === 'string').join('\n');
  if (text.length <= maxAnswer) return text;
  return `${text.slice(0, text.lastIndexOf('\n', maxAnswer))}\n… cut off here; ask for less.`;
}

/** On one line, without control characters: names and messages are whatever an application sent. */
export function oneLine(text: string, widest = 2000): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return plain.length > widest ? `${plain.slice(0, widest - 1)}…` : plain;
}

/** A table in Markdown; nothing where there are no rows. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => oneLine(cell, widestCell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)];
}

export const rateText = (perSecond: number): string =>
  perSecond === 0 ? '0' : perSecond < 0.01 ? '<0.01' : String(Number(perSecond.toPrecision(3)));

export const shareText = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
