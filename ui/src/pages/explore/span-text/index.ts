import {catalogue} from '../../../i18n/index.ts';

export type {SpanText} from './en.ts';

/** Of the results that are spans: fetched with them. */
export const spanText = catalogue({
  en: async () => (await import('./en.ts')).en,
  'zh-Hant': async () => (await import('./zh-hant.ts')).zhHant,
  'zh-Hans': async () => (await import('./zh-hans.ts')).zhHans,
});
