export type {EditorHandle, EditorProps} from './editor.tsx';
export type {EditorFault, EditorLanguage, Mark, Marked, Offered, Option} from './language.ts';
export {LazyEditor} from './lazy-editor.tsx';
