/** The languages of the page. English is always there; another is fetched when chosen. */
import {en, type Messages} from './en.ts';

export const languages = {
  en: {name: 'English', load: async (): Promise<Messages> => en},
  'zh-Hant': {name: '繁體中文', load: async (): Promise<Messages> => (await import('./zh-hant.ts')).zhHant},
  'zh-Hans': {name: '简体中文', load: async (): Promise<Messages> => (await import('./zh-hans.ts')).zhHans},
} as const;
export type Language = keyof typeof languages;
export const languageNames = Object.keys(languages) as Language[];

/** The first of the reader's languages that the page speaks; English otherwise. */
export function chooseLanguage(stored: string | undefined, preferred: readonly string[]): Language {
  for (const tag of stored === undefined ? preferred : [stored, ...preferred]) {
    const language = fit(tag);
    if (language !== undefined) return language;
  }
  return 'en';
}

function fit(tag: string): Language | undefined {
  const [base, ...rest] = tag.toLowerCase().split('-');
  if (base === 'en') return 'en';
  if (base !== 'zh') return undefined;
  const traditional =
    rest.includes('hant') || (!rest.includes('hans') && rest.some((part) => ['tw', 'hk', 'mo'].includes(part)));
  return traditional ? 'zh-Hant' : 'zh-Hans';
}
