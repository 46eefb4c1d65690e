export {type Catalogue, catalogue, loadUsed} from './catalogue.ts';
export {chooseLanguage, type Language, languageNames, languages} from './languages.ts';
export {shellText} from './shell-text.ts';
export type {ShellText} from './text/en.ts';
export {type Speech, SpeechContext, useFormat, useSpeech, useText, useVisible} from './use-text.ts';
