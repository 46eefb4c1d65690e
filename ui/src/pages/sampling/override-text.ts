import type {Override} from '../../api/index.ts';
import type {Format} from '../../format/index.ts';
import type {Messages} from '../../i18n/index.ts';

/** `debug`, or `12.5 %`. */
export function valueText({what, value}: Override, text: Messages['sampling'], format: Format): string {
  return what === 'logLevel' ? String(value) : text.keeps(format.percent(Number(value)));
}
