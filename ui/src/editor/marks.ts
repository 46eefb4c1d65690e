import {RangeSetBuilder} from '@codemirror/state';
import {Decoration, type DecorationSet, type EditorView, ViewPlugin} from '@codemirror/view';
import type {EditorLanguage, Mark} from './language.ts';

const decorations = new Map<Mark, Decoration>();

function decorationOf(mark: Mark): Decoration {
  let found = decorations.get(mark);
  if (found === undefined) {
    found = Decoration.mark({class: `weft-${mark}`});
    decorations.set(mark, found);
  }
  return found;
}

/** Queries are short: all of one is painted at each change. */
function paint({state}: EditorView, language: EditorLanguage): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const {at, end, mark} of language.marks(state.doc.toString()))
    if (mark !== undefined && end > at) builder.add(at, end, decorationOf(mark));
  return builder.finish();
}

export const marksOf = (language: EditorLanguage) =>
  ViewPlugin.define(
    (view) => ({
      painted: paint(view, language),
      update(update) {
        if (update.docChanged) this.painted = paint(update.view, language);
      },
    }),
    {decorations: (plugin) => plugin.painted},
  );
