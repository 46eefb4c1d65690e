import {Link} from '@tanstack/react-router';
import {useState} from 'react';
import {useText, useVisible} from '../../i18n/index.ts';
import {writeQuestion, writeTerm} from '../../urls/index.ts';
import {Segmented} from '../../widgets/index.ts';
import classes from './ask-by.module.css';
import {exploreText} from './text/index.ts';
import type {Asked, ChangeAsked} from './use-explore-url.ts';

/** What could not be taken along from one form of a question to the other. */
export type TakenNote =
  | {readonly kind: 'refused'; readonly part: string}
  | {readonly kind: 'left'; readonly parts: readonly string[]}
  | {readonly kind: 'widened'; readonly names: readonly string[]};

/** The form or TraceQL: each turns into the other where it can, and says where it cannot. */
export function AskBy({
  asked: {context, question, url},
  draft,
  onChange,
  onNote,
}: {
  readonly asked: Asked;
  /** The query as it is being written. */
  readonly draft: string | undefined;
  readonly onChange: ChangeAsked;
  readonly onNote: (note: TakenNote | undefined) => void;
}) {
  const text = useText(exploreText).askBy;
  const [turning, setTurning] = useState(false);
  const turn = async (to: 'form' | 'traceql'): Promise<void> => {
    setTurning(true);
    try {
      const {toForm, toTraceql} = await import('./traceql/index.ts');
      if (to === 'traceql') {
        const {text: q, left} = toTraceql(question, context, url.results === 'spans' ? url : {});
        onNote(left.length === 0 ? undefined : {kind: 'left', parts: left.map(writeTerm)});
        onChange({
          ...nothingOfForm,
          q,
          results: url.by !== undefined ? 'groups' : url.results === 'spans' ? 'spans' : undefined,
        });
        return;
      }
      const form = toForm(draft ?? url.q ?? '');
      if (form.kind === 'none') return onNote({kind: 'refused', part: form.part});
      onNote(form.widened.length === 0 ? undefined : {kind: 'widened', names: form.widened});
      onChange({
        q: undefined,
        where: writeQuestion(form.question),
        ...form.context,
        results: url.results === 'spans' ? 'spans' : undefined,
      });
    } finally {
      setTurning(false);
    }
  };
  return (
    <span aria-busy={turning} className={classes.place}>
      <Segmented
        label={text.label}
        value={url.q === undefined ? 'form' : 'traceql'}
        choices={[
          {value: 'form', label: text.form},
          {value: 'traceql', label: 'TraceQL'},
        ]}
        onChange={(to) => void turn(to)}
      />
      <Link to="/sql" title={text.toSql}>
        SQL
      </Link>
      <Link to="/promql" title={text.toMetrics}>
        {text.metrics}
      </Link>
    </span>
  );
}

/** The form's part of the address, which a query takes the place of. */
export const nothingOfForm = {
  where: undefined,
  service: undefined,
  environment: undefined,
  sort: undefined,
  by: undefined,
  order: undefined,
  figures: undefined,
  columns: undefined,
  column: undefined,
} as const;

/** Says what was not taken along. */
export function TakenNoteLine({note, onClear}: {readonly note: TakenNote; readonly onClear: () => void}) {
  const text = useText(exploreText).askBy;
  const visible = useVisible();
  const said =
    note.kind === 'refused'
      ? text.refused(visible(shorten(note.part)))
      : note.kind === 'left'
        ? text.left(note.parts.map(visible).join(', '))
        : text.widened(note.names.map(visible).join(', '));
  return (
    <p role="status" className={classes.note}>
      {said}
      <button type="button" className={classes.clear} onClick={onClear}>
        {text.understood}
      </button>
    </p>
  );
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
