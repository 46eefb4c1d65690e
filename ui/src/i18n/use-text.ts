import {createContext, useContext} from 'react';
import {createFormat, type Format} from '../format/index.ts';
import {en, type Messages} from './en.ts';
import type {Language} from './languages.ts';

export interface Speech {
  readonly language: Language;
  readonly text: Messages;
  readonly format: Format;
  readonly speak: (language: Language) => void;
}

export const SpeechContext = createContext<Speech>({
  language: 'en',
  text: en,
  format: createFormat('en'),
  speak: () => undefined,
});

export const useSpeech = (): Speech => useContext(SpeechContext);
/** The texts of the page in the reader's language. */
export const useText = (): Messages => useSpeech().text;
/** Numbers, durations and moments in the reader's language. */
export const useFormat = (): Format => useSpeech().format;
