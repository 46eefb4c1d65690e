/** The languages of the page. */
export const languages = {
  en: {name: 'English'},
  'zh-Hant': {name: '繁體中文'},
  'zh-Hans': {name: '简体中文'},
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

/** The reader's own region where it is one of the language: `en-GB` writes dates otherwise than `en` does. */
export function localeOf(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => fit(tag) === language && isLocale(tag)) ?? language;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

function fit(tag: string): Language | undefined {
  const [base, ...rest] = tag.toLowerCase().split('-');
  if (base === 'en') return 'en';
  if (base !== 'zh') return undefined;
  const traditional =
    rest.includes('hant') || (!rest.includes('hans') && rest.some((part) => ['tw', 'hk', 'mo'].includes(part)));
  return traditional ? 'zh-Hant' : 'zh-Hans';
}
