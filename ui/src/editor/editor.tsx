import {completionKeymap} from '@codemirror/autocomplete';
import {defaultKeymap, history, historyKeymap} from '@codemirror/commands';
import {lintKeymap, setDiagnostics} from '@codemirror/lint';
import {Compartment, EditorState, Prec} from '@codemirror/state';
import {EditorView, keymap, placeholder as placeholderOf} from '@codemirror/view';
import {useEffect, useEffectEvent, useId, useRef, useState} from 'react';
import {completionBy} from './completion.ts';
import classes from './editor.module.css';
import type {EditorFault, EditorLanguage} from './language.ts';
import {marksOf} from './marks.ts';
import {editorTheme} from './theme.ts';

/** How long a text rests before it is said what is wrong with it, in ms. */
const REST = 350;

export interface EditorProps {
  readonly label: string;
  readonly language: EditorLanguage;
  readonly value: string;
  readonly placeholder: string;
  /** Lines that it is high at least. */
  readonly lines: number;
  /** Enter alone runs too; Shift-Enter begins a line. */
  readonly enterRuns?: boolean | undefined;
  /** What only an answer tells of the text as it was asked. */
  readonly answered?: EditorFault | undefined;
  readonly onChange: (value: string) => void;
  readonly onRun: (value: string) => void;
  /** Given what takes a text in at the cursor, and what gives the editor the focus. */
  readonly handle?: {current: EditorHandle | undefined} | undefined;
}

export interface EditorHandle {
  readonly insert: (text: string) => void;
  readonly focus: () => void;
}

/** A field for a language: painted, completed, its faults underlined and said below. Tab leads out of it, as of every field. */
export function Editor(props: EditorProps) {
  const {label, language, value, placeholder, lines, answered, handle} = props;
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const [attributes] = useState(() => new Compartment());
  const [painted] = useState(() => new Compartment());
  const faultId = useId();
  const [faults, setFaults] = useState<readonly EditorFault[]>([]);
  const change = useEffectEvent((text: string) => props.onChange(text));
  const run = useEffectEvent((one: EditorView): boolean => {
    props.onRun(one.state.doc.toString());
    return true;
  });
  const enter = useEffectEvent((one: EditorView): boolean => {
    // What completion takes Enter for does not come here.
    return props.enterRuns === true && run(one);
  });
  const speak = useEffectEvent(() => language);

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; another value is written into it
  useEffect(() => {
    const editor = new EditorView({
      parent: holder.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          Prec.highest(keymap.of([{key: 'Mod-Enter', run: (one) => run(one)}])),
          completionBy(
            () => speak(),
            () => undefined,
          ),
          Prec.high(keymap.of([{key: 'Enter', run: (one) => enter(one)}])),
          history(),
          keymap.of([...completionKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
          EditorView.lineWrapping,
          painted.of([]),
          attributes.of([]),
          editorTheme,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) change(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = undefined;
    };
  }, [attributes, painted]);

  useEffect(() => {
    const editor = view.current!;
    if (editor.state.doc.toString() !== value)
      editor.dispatch({changes: {from: 0, to: editor.state.doc.length, insert: value}});
  }, [value]);

  useEffect(() => view.current?.dispatch({effects: painted.reconfigure(marksOf(language))}), [language, painted]);

  // Those of the words that are written, once they rest, or those that the answer told of them.
  useEffect(() => {
    const show = (found: readonly EditorFault[]): void => {
      const editor = view.current;
      if (editor === undefined) return;
      setFaults(found);
      const {length} = editor.state.doc;
      const diagnostics = found.map(({at, end, message}) => ({
        from: Math.min(at, length),
        to: Math.min(Math.max(end, at), length),
        severity: 'error' as const,
        message,
      }));
      editor.dispatch(setDiagnostics(editor.state, diagnostics));
    };
    const resting = setTimeout(() => {
      const own = language.faults(value);
      show(own.length === 0 && answered !== undefined ? [answered] : own);
    }, REST);
    return () => clearTimeout(resting);
  }, [value, language, answered]);

  const [first] = faults;
  useEffect(() => {
    const named = {
      'aria-label': label,
      spellcheck: 'false',
      autocapitalize: 'off',
      'aria-invalid': String(first !== undefined),
      ...(first === undefined ? {} : {'aria-describedby': faultId}),
    };
    view.current?.dispatch({
      effects: attributes.reconfigure([EditorView.contentAttributes.of(named), placeholderOf(placeholder)]),
    });
  }, [attributes, label, placeholder, first, faultId]);

  useEffect(() => {
    if (handle === undefined) return;
    handle.current = {
      insert: (text) => {
        const editor = view.current;
        if (editor === undefined) return;
        editor.dispatch(editor.state.replaceSelection(text));
        editor.focus();
      },
      focus: () => view.current?.focus(),
    };
    return () => {
      handle.current = undefined;
    };
  }, [handle]);

  return (
    <div className={classes.place}>
      <div ref={holder} style={{minHeight: lineHeight(lines)}} className={classes.holder} />
      <p id={faultId} role="status" className={classes.fault} hidden={first === undefined}>
        {first?.message}
      </p>
    </div>
  );
}

/** As the theme has it: lines of 1.5 × 13 px, padding, border. */
export const lineHeight = (lines: number): number => Math.ceil(lines * 19.5) + 10;
