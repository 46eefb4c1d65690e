import {useState} from 'react';
import type {AttributeValue} from '../../../api/index.ts';
import {visibleBody} from '../../../format/index.ts';
import {useFormat, useText} from '../../../i18n/index.ts';
import {traceText} from '../../../timeline/index.ts';
import {webAddress} from '../../../urls/index.ts';
import {CopyAction} from '../../../widgets/index.ts';
import classes from './attribute-table.module.css';
import {valueText} from './attribute-text.ts';
import {cutAt} from './cut-text.ts';
import type {ValueShape} from './value-shape.ts';

/** As much is shown at first, and with each wish for more. */
const FIRST = {lines: 12, characters: 360};
const FIRST_BLOCK = {lines: 12, characters: 2_000};
const MORE = {lines: 1_000, characters: 20_000};

/** A value, shortened until asked for; what has lines of its own in a block, as sent on request. Copied, it is whole and as sent. */
export function AttributeValueText({value, shape}: {readonly value: AttributeValue; readonly shape: ValueShape}) {
  const text = useText(traceText);
  const sent = valueText(value);
  if (value.type === 'empty' || sent === '') return <span className={classes.empty}>{text.span.emptyValue}</span>;
  return shape.kind === 'text' ? (
    <Running value={value} words={shape.text} sent={sent} />
  ) : (
    <Block shape={shape} sent={sent} />
  );
}

function Running({
  value,
  words,
  sent,
}: {
  readonly value: AttributeValue;
  readonly words: string;
  readonly sent: string;
}) {
  const text = useText(traceText);
  const format = useFormat();
  const [steps, setSteps] = useState(0);
  const end = cutAt(words, grown(FIRST, steps));
  const rest = words.length - end;
  const address = value.type === 'string' ? webAddress(words) : undefined;
  const shown = visibleBody(rest > 0 ? `${words.slice(0, end)}…` : words);
  return (
    <bdi className={classes.value} data-type={value.type}>
      {address === undefined ? (
        shown
      ) : (
        <a href={address} target="_blank" rel="noopener noreferrer" title={text.span.openValue}>
          {shown}
        </a>
      )}
      {rest > 0 && (
        <button type="button" className={classes.more} onClick={() => setSteps(steps + 1)}>
          {text.span.moreCharacters(format.count(rest))}
        </button>
      )}
      {steps > 0 && (
        <button type="button" className={classes.more} onClick={() => setSteps(0)}>
          {text.common.showLess}
        </button>
      )}
      {words.length > FIRST.characters && <CopyAction label={text.span.copyValue} value={sent} size={24} />}
    </bdi>
  );
}

function Block({shape, sent}: {readonly shape: ValueShape; readonly sent: string}) {
  const text = useText(traceText);
  const format = useFormat();
  const [steps, setSteps] = useState(0);
  const [asSent, setAsSent] = useState(false);
  const words = asSent ? sent : shape.text;
  const end = cutAt(words, grown(FIRST_BLOCK, steps));
  const lines = words.slice(end).split('\n').length;
  return (
    <div className={classes.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className={classes.lines} tabIndex={0}>
        {visibleBody(words.slice(0, end))}
      </pre>
      <div className={classes.tools}>
        {end < words.length && (
          <button type="button" className={classes.more} onClick={() => setSteps(steps + 1)}>
            {lines > 1
              ? text.span.moreLines(format.count(lines))
              : text.span.moreCharacters(format.count(words.length - end))}
          </button>
        )}
        {steps > 0 && (
          <button type="button" className={classes.more} onClick={() => setSteps(0)}>
            {text.common.showLess}
          </button>
        )}
        {shape.text !== sent && (
          <button type="button" className={classes.more} aria-pressed={asSent} onClick={() => setAsSent(!asSent)}>
            {text.span.valueAsSent}
          </button>
        )}
        <CopyAction label={text.span.copyValue} value={sent} size={24} />
      </div>
    </div>
  );
}

const grown = (first: typeof FIRST, steps: number): typeof FIRST => ({
  lines: first.lines + steps * MORE.lines,
  characters: first.characters + steps * MORE.characters,
});
