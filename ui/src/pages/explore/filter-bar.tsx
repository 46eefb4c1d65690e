import {IconAdjustments, IconRefresh} from '@tabler/icons-react';
import {type KeyboardEvent, type ReactNode, useRef, useState} from 'react';
import {flushSync} from 'react-dom';
import {useCommands} from '../../frame/index.ts';
import {useText} from '../../i18n/index.ts';
import {setField} from '../../urls/index.ts';
import {IconAction} from '../../widgets/index.ts';
import {exploreCommands} from './explore-commands.ts';
import classes from './filter-bar.module.css';
import {QueryField} from './query-field.tsx';
import {QuickFields} from './quick-fields.tsx';
import {exploreText} from './text/index.ts';
import {type Asked, asksFor, type ChangeAsked} from './use-explore-url.ts';

/** The question, in words and in fields. Each change searches at once; there is no button to press. */
export function FilterBar({
  kinds,
  tools,
  asked,
  onChange,
  onRefresh,
  onDown,
}: {
  /** Chooses what is found: stands before the query. */
  readonly kinds: ReactNode;
  /** Stands behind it. */
  readonly tools: ReactNode;
  readonly asked: Asked;
  readonly onChange: ChangeAsked;
  readonly onRefresh: () => void;
  /** Into the results. */
  readonly onDown: () => void;
}) {
  const text = useText(exploreText).explore;
  const bar = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const {context, question} = asked;
  const [all, setAll] = useState(false);
  const focusField = (label: string) => (): void => {
    flushSync(() => setAll(true));
    bar.current?.querySelector<HTMLInputElement>(`input[aria-label="${CSS.escape(label)}"]`)?.focus();
  };
  useCommands(exploreCommands, {
    query: () => field.current?.focus(),
    duration: focusField(`${text.duration}: ${text.min}`),
    failed: () => {
      const failed = question.some((one) => one.field === 'outcome' && one.value === 'failed' && one.op === '=');
      onChange(
        asksFor(setField(question, 'outcome', failed ? undefined : {field: 'outcome', op: '=', value: 'failed'})),
      );
    },
  });
  return (
    <search
      ref={bar}
      className={classes.bar}
      aria-label={text.filters}
      onKeyDown={(event) => leaveField(event, onDown)}
    >
      <div className={classes.line}>
        {kinds}
        <div className={classes.grow}>
          <QueryField
            field={field}
            question={question}
            context={context}
            onChange={(next, also) => onChange(asksFor(next, also))}
          />
        </div>
        {tools}
        <IconAction label={text.refresh} icon={<IconRefresh size={16} />} onClick={onRefresh} size={30} />
      </div>
      <div className={`${classes.line} ${classes.quick}`} data-all={all}>
        <QuickFields asked={asked} onChange={onChange} />
        <button type="button" className={classes.more} aria-expanded={all} onClick={() => setAll(!all)}>
          <IconAdjustments size={15} aria-hidden="true" />
          {all ? text.fewerFields : text.moreFields}
        </button>
      </div>
    </search>
  );
}

/** Escape leaves a field for the keys of the page, and so does ↓ where it means nothing to the field. */
function leaveField(event: KeyboardEvent, down: () => void): void {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || event.defaultPrevented || event.nativeEvent.isComposing) return;
  if (event.key === 'Escape' && field.ariaExpanded !== 'true') field.blur();
  else if (event.key === 'ArrowDown' && field.type === 'text' && !isList(field)) {
    event.preventDefault();
    down();
  }
}
const isList = (field: HTMLElement): boolean => field.role === 'combobox' || field.ariaHasPopup !== null;
