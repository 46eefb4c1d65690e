import {catalogue} from '../../i18n/index.ts';

export type {TraceText} from './en.ts';

export const traceText = catalogue({
  en: async () => (await import('./en.ts')).en,
  'zh-Hant': async () => (await import('./zh-hant.ts')).zhHant,
  'zh-Hans': async () => (await import('./zh-hans.ts')).zhHans,
});
