import {catalogue} from '../../../i18n/index.ts';

export type {MetricsText} from './en.ts';

export const metricsText = catalogue({
  en: async () => (await import('./en.ts')).en,
  'zh-Hant': async () => (await import('./zh-hant.ts')).zhHant,
  'zh-Hans': async () => (await import('./zh-hans.ts')).zhHans,
});
