import {IconArrowDown, IconArrowUp, IconX} from '@tabler/icons-react';
import {useRef} from 'react';
import type {Failure} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {isGroup, placeIn, type TraceModel, type TraceText, traceText} from '../../timeline/index.ts';
import {type SelectReason, selectReasons} from '../../urls/index.ts';
import {IconAction, Keycap, useFailureText, useRoving} from '../../widgets/index.ts';
import type {FindFault} from './find-text.ts';
import classes from './selection-strip.module.css';
import type {TraceView} from './use-trace-view.ts';

function faultText(fault: FindFault, text: TraceText['trace']['findFault']): string {
  if (fault.kind === 'waits') return text.waits[fault.for];
  switch (fault.why) {
    case 'long':
    case 'many':
      return text[fault.why](fault.limit);
    case 'duration':
    case 'number':
      return text[fault.why](fault.value);
    case 'one-of':
      return text.oneOf(fault.field, fault.values.join(', '));
    case 'equality':
      return text.equality(fault.field);
    case 'of-trace':
      return text.ofTrace(fault.field);
    case 'regex':
      return text.regex;
  }
}

const keyOf: Readonly<Record<SelectReason, string>> = {errors: 'e', origins: 'b', work: 'w', path: 'p'};

/** Ways to select spans, in words; which selection is in force, how many spans it has, and what can be done with it. */
export function SelectionStrip({model, view}: {readonly model: TraceModel; readonly view: TraceView}) {
  const text = useText(traceText).trace;
  const bar = useRef<HTMLDivElement>(null);
  const roving = useRoving(bar);
  const offered = selectReasons.filter((why) => model.errors > 0 || (why !== 'errors' && why !== 'origins'));
  return (
    <div ref={bar} role="toolbar" aria-label={text.choose} className={classes.strip} onKeyDown={roving}>
      {offered.map((why) => (
        <button
          key={why}
          type="button"
          className={classes.reason}
          data-why={why}
          aria-pressed={view.selection?.why === why}
          title={text.reasonTip[why]}
          onClick={() => {
            if (view.selection?.why === why) return view.clear();
            if (view.url.tab !== undefined && view.url.tab !== 'flame') view.change({tab: undefined});
            view.choose(why);
          }}
        >
          {text.reason[why]}
          <Keycap>{keyOf[why]}</Keycap>
        </button>
      ))}
      <State view={view} />
    </div>
  );
}

/** Why the text could not be looked for. */
function Refused({failure}: {readonly failure: Failure}) {
  const {title, detail, hint} = useFailureText(failure);
  return (
    <span role="status" className={classes.refused}>
      {failure.kind === 'refused' && detail !== undefined ? `${detail} ${hint ?? ''}` : title}
    </span>
  );
}

function State({view}: {readonly view: TraceView}) {
  const all = useText(traceText);
  const text = all.trace;
  const format = useFormat();
  const {selection, standing, found} = view;
  if (found.failure !== undefined) {
    return <Refused failure={found.failure} />;
  }
  const count = selection?.spans.length ?? 0;
  if (found.fault !== undefined && count === 0) {
    return (
      <div className={classes.state}>
        <span role="status" className={found.fault.kind === 'waits' ? classes.count : classes.refused}>
          {faultText(found.fault, text.findFault)}
        </span>
        <IconAction label={text.clearSelection} keys="Esc" icon={<IconX size={14} />} size={24} onClick={view.clear} />
      </div>
    );
  }
  // A group stands for its members and is none of them.
  const at = selection === undefined || standing === undefined || isGroup(standing) ? -1 : placeIn(selection, standing);
  const total = format.count(count + found.beyond);
  const state =
    selection === undefined
      ? ''
      : count === 0
        ? found.looking
          ? text.looking
          : text.noMatch
        : text.selected(
            text.reason[selection.why],
            at < 0 ? all.common.spans(count + found.beyond, total) : text.matches(format.count(at + 1), total),
          );
  return (
    <div className={classes.state}>
      <span role="status" className={classes.count}>
        {state}
        {count > 0 && found.looking && ` ${text.looking}`}
        {found.beyond > 0 && ` (${text.foundMore(format.count(count))})`}
      </span>
      {selection !== undefined && count > 0 && (
        <>
          <IconAction
            label={text.previous}
            keys="N"
            icon={<IconArrowUp size={14} />}
            size={24}
            onClick={() => view.step(-1)}
          />
          <IconAction
            label={text.next}
            keys="n"
            icon={<IconArrowDown size={14} />}
            size={24}
            onClick={() => view.step(1)}
          />
          {view.url.tab === undefined && (
            <button
              type="button"
              className={classes.only}
              aria-pressed={view.only}
              title={text.onlyTheseTip}
              onClick={() => view.change({only: view.only ? undefined : true})}
            >
              {text.onlyThese}
              <Keycap>o</Keycap>
            </button>
          )}
        </>
      )}
      {selection !== undefined && (
        <IconAction label={text.clearSelection} keys="Esc" icon={<IconX size={14} />} size={24} onClick={view.clear} />
      )}
    </div>
  );
}
