import {createContext, use, useCallback} from 'react';
import {createFormat, type Format, visibleText} from '../format/index.ts';
import type {Catalogue} from './catalogue.ts';
import type {Language} from './languages.ts';
import {en, type ShellText} from './text/en.ts';

export interface Speech {
  readonly language: Language;
  readonly text: ShellText;
  readonly format: Format;
  readonly speak: (language: Language) => void;
}

export const SpeechContext = createContext<Speech>({
  language: 'en',
  text: en,
  format: createFormat('en'),
  speak: () => undefined,
});

export const useSpeech = (): Speech => use(SpeechContext);
/** Numbers, durations and moments in the reader's language. */
export const useFormat = (): Format => useSpeech().format;

/** A name as it may be shown: `visibleText`, with the reader's words for a blank one. */
export function useVisible(): (name: string) => string {
  const {noName} = useSpeech().text.common;
  return useCallback((name) => visibleText(name, noName), [noName]);
}

/** The texts that every part of the page shares, and those of `catalogue`; suspends while these are still being fetched. */
export function useText(): ShellText;
export function useText<T extends object>(catalogue: Catalogue<T>): ShellText & T;
export function useText<T extends object>(catalogue?: Catalogue<T>): ShellText | (ShellText & T) {
  const {language, text} = useSpeech();
  if (catalogue === undefined) return text;
  // Always called: React counts on it for what once waited.
  return join(text, use(catalogue.load(language)));
}

const joined = new WeakMap<object, {readonly shell: ShellText; readonly all: object}>();

function join<T extends object>(shell: ShellText, own: T): ShellText & T {
  const before = joined.get(own);
  if (before?.shell === shell) return before.all as ShellText & T;
  const all = {...shell, ...own};
  joined.set(own, {shell, all});
  return all;
}
