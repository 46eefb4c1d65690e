import {Button} from '@mantine/core';
import {IconChevronDown, IconClock} from '@tabler/icons-react';
import {useId, useRef, useState} from 'react';
import {useFormat, useText} from '../i18n/index.ts';
import {
  absoluteRange,
  defaultLast,
  isAbsolute,
  type Last,
  type RangeUrl,
  rangeInMs,
  readLast,
  spansOfTime,
} from '../urls/index.ts';
import {Floating} from './floating.tsx';
import classes from './range-picker.module.css';
import {useLastText} from './use-last-text.ts';

/** Chooses a time range: one of the last minutes to days, or from and to. */
export function RangePicker({
  value,
  opened: open,
  unused,
  onOpened: setOpen,
  onChange,
}: {
  readonly value: RangeUrl;
  readonly opened: boolean;
  /** Why a time means nothing here: what is chosen is still said. */
  readonly unused?: string | undefined;
  readonly onOpened: (opened: boolean) => void;
  readonly onChange: (range: RangeUrl) => void;
}) {
  const text = useText().range;
  const format = useFormat();
  const sayLast = useLastText();
  const anchor = useRef<HTMLButtonElement>(null);
  const choose = (range: RangeUrl): void => {
    setOpen(false);
    onChange(range);
  };
  const chooseLast = (last: Last): void =>
    choose({last: last === defaultLast ? undefined : last, start: undefined, end: undefined});
  const chosen = isAbsolute(value) ? undefined : (value.last ?? defaultLast);
  const {from, to} = rangeInMs(value, Date.now());
  const name = isAbsolute(value) ? `${format.time(from)} – ${format.time(to)}` : sayLast(value.last ?? defaultLast);
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={classes.chip}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-disabled={unused !== undefined}
        aria-label={`${text.label}: ${name}`}
        title={unused ?? `${format.moment(from)} – ${format.moment(to)}`}
        onClick={() => unused === undefined && setOpen(!open)}
      >
        <IconClock size={14} aria-hidden="true" />
        <span className={classes.chosen}>{name}</span>
        <IconChevronDown size={12} className={classes.chevron} aria-hidden="true" />
      </button>
      {open && (
        <Floating anchor={anchor} end label={text.label} onClose={() => setOpen(false)}>
          <div className={classes.picker}>
            <div className={classes.list}>
              {spansOfTime.map((last) => (
                <button
                  key={last}
                  type="button"
                  data-autofocus={last === chosen ? true : undefined}
                  className={classes.choice}
                  aria-pressed={last === chosen}
                  onClick={() => chooseLast(last)}
                >
                  {sayLast(last)}
                </button>
              ))}
              <LengthForm
                chosen={chosen === undefined || isOffered(chosen) ? undefined : chosen}
                onApply={chooseLast}
              />
            </div>
            <AbsoluteForm from={from} to={to} onApply={choose} />
          </div>
        </Floating>
      )}
    </>
  );
}

const isOffered = (last: Last): boolean => spansOfTime.some((one) => one === last);

/** Any length up to now; `chosen`: the one on show, where it is none that is offered by name. */
function LengthForm({chosen, onApply}: {chosen: Last | undefined; onApply: (last: Last) => void}) {
  const text = useText().range;
  const id = useId();
  const [typed, setTyped] = useState<string>(chosen ?? '');
  const [refused, setRefused] = useState(false);
  return (
    <form
      className={classes.length}
      onSubmit={(event) => {
        event.preventDefault();
        const last = readLast(typed);
        setRefused(last === undefined);
        if (last !== undefined) onApply(last);
      }}
    >
      <label>
        {text.length}
        <input
          value={typed}
          placeholder="2h"
          autoComplete="off"
          spellCheck={false}
          maxLength={40}
          data-autofocus={chosen === undefined ? undefined : true}
          aria-invalid={refused}
          aria-describedby={refused ? id : undefined}
          onChange={(event) => {
            setTyped(event.target.value);
            setRefused(false);
          }}
        />
      </label>
      {refused && (
        <p id={id} role="alert" className={classes.wrong}>
          {text.lengthWrong}
        </p>
      )}
    </form>
  );
}

function AbsoluteForm({from, to, onApply}: {from: number; to: number; onApply: (range: RangeUrl) => void}) {
  const text = useText().range;
  const [start, setStart] = useState(() => localInput(from));
  const [end, setEnd] = useState(() => localInput(to));
  const fits = Date.parse(start) < Date.parse(end);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) onApply(absoluteRange(Date.parse(start), Date.parse(end)));
      }}
    >
      <h3 className={classes.title}>{text.absolute}</h3>
      <label>
        {text.from}
        <input type="datetime-local" step="1" value={start} onChange={(event) => setStart(event.target.value)} />
      </label>
      <label>
        {text.to}
        <input type="datetime-local" step="1" value={end} onChange={(event) => setEnd(event.target.value)} />
      </label>
      {!fits && (
        <p role="alert" className={classes.wrong}>
          {text.wrong}
        </p>
      )}
      <Button type="submit" size="xs" disabled={!fits}>
        {text.apply}
      </Button>
    </form>
  );
}

/** The reader's own clock, as `<input type=datetime-local>` wants it. */
function localInput(milliseconds: number): string {
  const shifted = milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000;
  return new Date(shifted).toISOString().slice(0, 19);
}
