/** The API's failures in the languages that the server does not speak; fetched when the first one is to be said. */
import type {FailureReason, PhraseName} from '@weft/server/api-types';
import {catalogue} from '../catalogue.ts';

/** As `server/src/api/failure-texts.ts`: `{name}` stands for a value. */
export interface ReasonText {
  readonly failures: Readonly<Record<FailureReason, {readonly message: string; readonly hint?: string}>>;
  readonly phrases: Readonly<Record<PhraseName, string>>;
}

/** Empty in English, which the answers themselves are in. */
export const reasonText = catalogue<Partial<ReasonText>>({
  en: async () => ({}),
  'zh-Hant': async () => (await import('./zh-hant.ts')).zhHant,
  'zh-Hans': async () => (await import('./zh-hans.ts')).zhHans,
});
