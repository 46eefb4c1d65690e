import type {FailureValue} from '@weft/server/api-types';
import {useEffect, useState} from 'react';
import type {Failure, Fault} from '../api/index.ts';
import type {Format} from '../format/index.ts';
import {type ReasonText, reasonText, type ShellText, useSpeech} from '../i18n/index.ts';

export interface FailureWords {
  readonly title: string;
  /** What exactly was wrong. */
  readonly detail?: string | undefined;
  /** How to mend it. */
  readonly hint?: string | undefined;
  /** The same of whatever else was wrong. */
  readonly others?: readonly Pick<FailureWords, 'detail' | 'hint'>[];
}

/** A failure in the reader's language, the API's by its reason; undefined where there is none. */
export function useFailureText(failure: Failure): FailureWords;
export function useFailureText(failure: Failure | undefined): FailureWords | undefined;
export function useFailureText(failure: Failure | undefined): FailureWords | undefined {
  const {language, text, format} = useSpeech();
  const said = reasonText.read(language);
  const wanted = failure?.kind === 'refused' && said === undefined;
  const [missing, setMissing] = useState<string | undefined>();
  useEffect(() => {
    if (!wanted) return;
    // Drawn once more with the texts, or without them in the server's own words.
    void reasonText.load(language).then(
      () => setMissing(''),
      () => setMissing(language),
    );
  }, [wanted, language]);
  if (failure === undefined) return undefined;
  // A moment without the detail, lest it be said in one language and then in another.
  if (wanted && missing !== language && failure.kind === 'refused') return {title: text.failure.codes[failure.code]};
  return failureText(failure, text, said, format);
}

/** `said`: the API's failures in the reader's language; one that is not there is said as the server has it, in English. */
export function failureText(
  failure: Failure,
  {failure: text}: ShellText,
  said: Partial<ReasonText> | undefined,
  format: Format,
): FailureWords {
  switch (failure.kind) {
    case 'unreachable':
      return {title: text.unreachable, hint: text.unreachableHint};
    case 'long':
      return {title: text.long, hint: text.longHint};
    case 'foreign':
      return {title: text.foreign, detail: failure.message, hint: text.foreignHint};
    case 'refused': {
      const first = faultText(failure, said, format);
      const title = failure.reason === undefined ? undefined : ofReason(text.titles, failure.reason);
      // What is said of all answers that are too large would be wrong of a request that is.
      const hint = title === undefined ? text.hints[failure.code] : undefined;
      return {
        title: title ?? text.codes[failure.code],
        detail: first.detail,
        hint: hint ?? first.hint,
        ...(failure.others === undefined ? {} : {others: failure.others.map((one) => faultText(one, said, format))}),
      };
    }
  }
}

function faultText(
  fault: Fault,
  said: Partial<ReasonText> | undefined,
  format: Format,
): {readonly detail: string; readonly hint: string | undefined} {
  const own = fault.reason === undefined ? undefined : ofReason(said?.failures, fault.reason);
  const fill = (template: string): string => fillHoles(template, fault.values ?? {}, said, format);
  return own === undefined
    ? {detail: fault.message, hint: fault.hint}
    : {detail: fill(own.message), hint: own.hint === undefined ? undefined : fill(own.hint)};
}

/** A newer Weft may know reasons that this page does not. */
const ofReason = <T>(texts: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  texts !== undefined && Object.hasOwn(texts, name) ? texts[name] : undefined;

function fillHoles(
  template: string,
  values: Readonly<Record<string, FailureValue>>,
  said: Partial<ReasonText> | undefined,
  format: Format,
): string {
  return template.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    if (value === undefined) return hole;
    if (typeof value === 'number') return Number.isInteger(value) ? format.count(value) : String(value);
    if (typeof value === 'string') return value;
    return fillHoles(ofReason(said?.phrases, value.phrase) ?? value.phrase, value.values, said, format);
  });
}
