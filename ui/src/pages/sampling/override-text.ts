import type {Override} from '../../api/index.ts';
import type {Format} from '../../format/index.ts';
import type {SamplingText} from './text/index.ts';

/** `debug`, or `12.5 %`. */
export function valueText({what, value}: Override, text: SamplingText['sampling'], format: Format): string {
  return what === 'logLevel' ? String(value) : text.keeps(format.percent(Number(value)));
}
