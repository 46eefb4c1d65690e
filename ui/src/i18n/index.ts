export type {Messages} from './en.ts';
export {chooseLanguage, type Language, languageNames, languages} from './languages.ts';
export {type Speech, SpeechContext, useFormat, useSpeech, useText} from './use-text.ts';
