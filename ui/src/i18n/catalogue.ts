/** Texts of one part of the page, in every language; fetched with the part, and only in the reader's language. */
import type {Language} from './languages.ts';

export interface Catalogue<T extends object> {
  /** Fetches it once per language; what failed is fetched again by the next call. */
  load(language: Language): Promise<T>;
  /** The texts, where they have been fetched. */
  read(language: Language): T | undefined;
}

/** Those that are in use, which a change of language fetches before it shows. */
const used = new Set<Catalogue<object>>();

export function catalogue<T extends object>(loaders: Readonly<Record<Language, () => Promise<T>>>): Catalogue<T> {
  const ready = new Map<Language, T>();
  const coming = new Map<Language, Promise<T>>();
  const self: Catalogue<T> = {
    load(language) {
      used.add(self);
      const before = coming.get(language);
      if (before !== undefined) return before;
      const promise = loaders[language]();
      coming.set(language, promise);
      promise.then(
        (value) => {
          ready.set(language, value);
          // As React itself notes it: `use` then gives it at once.
          Object.assign(promise, {status: 'fulfilled', value});
        },
        // Who waits for it is drawn once more, and must find the failure instead of asking for ever.
        () => setTimeout(() => coming.delete(language), 500),
      );
      return promise;
    },
    read: (language) => ready.get(language),
  };
  return self;
}

/** Resolves when everything that is on show can be said in `language`. */
export const loadUsed = (language: Language): Promise<unknown> =>
  Promise.all([...used].map((one) => one.load(language)));
