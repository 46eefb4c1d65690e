export {type Catalogue, catalogue, loadUsed} from './catalogue.ts';
export {chooseLanguage, type Language, languageNames, languages, localeOf} from './languages.ts';
export {type ReasonText, reasonText} from './reasons/index.ts';
export {shellText} from './shell-text.ts';
export type {ShellText} from './text/en.ts';
export {type Speech, SpeechContext, useFormat, useSpeech, useText, useVisible} from './use-text.ts';
