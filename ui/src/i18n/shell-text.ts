import {catalogue} from './catalogue.ts';
import {en} from './text/en.ts';

/** What the shell and every page say. English is always here, the others are fetched when chosen. */
export const shellText = catalogue({
  en: async () => en,
  'zh-Hant': async () => (await import('./text/zh-hant.ts')).zhHant,
  'zh-Hans': async () => (await import('./text/zh-hans.ts')).zhHans,
});
