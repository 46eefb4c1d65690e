import {catalogue} from '../../../../i18n/index.ts';

export type {ServiceText} from './en.ts';

export const serviceText = catalogue({
  en: async () => (await import('./en.ts')).en,
  'zh-Hant': async () => (await import('./zh-hant.ts')).zhHant,
  'zh-Hans': async () => (await import('./zh-hans.ts')).zhHans,
});
