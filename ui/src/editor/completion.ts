import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete';
import type {Extension} from '@codemirror/state';
import type {EditorView} from '@codemirror/view';
import type {EditorLanguage, Option} from './language.ts';

/** Completion by the language: as one types, and with Ctrl-Space. Enter takes what is chosen; Tab stays the way out of the field. */
export function completionBy(language: () => EditorLanguage, failed: (error: unknown) => void): Extension {
  const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const gone = new AbortController();
    context.addEventListener('abort', () => gone.abort());
    try {
      const text = context.state.doc.toString();
      const offered = await language().complete(text, context.pos, context.explicit, gone.signal);
      if (offered === undefined || context.aborted) return null;
      // What fits is found anew at each letter: a value is looked up by what has been typed of it.
      return {from: offered.from, filter: false, options: offered.options.map(completionOf)};
    } catch (error) {
      if (!gone.signal.aborted) failed(error);
      return null;
    }
  };
  return autocompletion({
    override: [source],
    icons: false,
    activateOnTypingDelay: 60,
    maxRenderedOptions: 60,
    activateOnCompletion: (completion) => goingOn.has(completion),
  });
}

/** Those behind which the list opens again. */
const goingOn = new WeakSet<Completion>();

function completionOf(option: Option): Completion {
  const {label, text = label, cursor = text.length, detail, group, goesOn} = option;
  const completion: Completion = {
    label,
    ...(detail === undefined ? {} : {detail}),
    ...(group === undefined ? {} : {section: group}),
    apply: (view: EditorView, picked: Completion, from: number, to: number) => {
      view.dispatch({
        changes: {from, to, insert: text},
        selection: {anchor: from + cursor},
        userEvent: 'input.complete',
        annotations: pickedCompletion.of(picked),
      });
    },
  };
  if (goesOn === true) goingOn.add(completion);
  return completion;
}
