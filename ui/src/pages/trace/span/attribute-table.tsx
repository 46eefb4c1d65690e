import {Fragment, type ReactNode, useState} from 'react';
import type {Attribute, AttributeValue} from '../../../api/index.ts';
import {visibleBody} from '../../../format/index.ts';
import {thingOf} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {traceText} from '../../../timeline/index.ts';
import {webAddress} from '../../../urls/index.ts';
import classes from './attribute-table.module.css';
import {searchToken, valueText} from './attribute-text.ts';
import {groupAttributes} from './group-attributes.ts';

/** Longer values are shortened until asked for. */
const LONG = 360;
/** More rows than an SDK lets a span have are shown when asked for. */
const MANY = 200;

/**
 * Attributes in groups. Each row is a thing with the page's menu: copied, looked for, left out. A row costs no more than its text,
 * since a span may have 128 of them and as many in each of 128 events. `at`: when it was seen; without it, only to be copied.
 */
export function AttributeTable({
  attributes,
  dropped,
  owner,
  at,
}: {
  readonly attributes: readonly Attribute[];
  readonly dropped: number;
  readonly owner: 'span' | 'resource';
  readonly at?: number;
}) {
  const text = useText(traceText).span;
  const format = useFormat();
  const [shown, setShown] = useState(MANY);
  const hidden = attributes.length - shown;
  return (
    <>
      {groupAttributes(hidden > 0 ? attributes.slice(0, shown) : attributes).map((group) => (
        <table key={group.prefix ?? ''} className={classes.table}>
          <tbody>
            {group.attributes.map((attribute) => (
              <Row key={attribute.key} attribute={attribute} owner={owner} at={at} />
            ))}
          </tbody>
        </table>
      ))}
      {hidden > 0 && (
        <button type="button" className={classes.all} onClick={() => setShown(shown + 5 * MANY)}>
          {text.moreAttributes(format.count(Math.min(hidden, 5 * MANY)))}
        </button>
      )}
      {dropped > 0 && <p className={classes.dropped}>{text.dropped(format.count(dropped))}</p>}
    </>
  );
}

function Row({
  attribute,
  owner,
  at,
}: {
  readonly attribute: Attribute;
  readonly owner: 'span' | 'resource';
  readonly at: number | undefined;
}) {
  const {key, value} = attribute;
  const visible = useVisible();
  const token = at === undefined ? undefined : searchToken(attribute);
  const thing =
    token === undefined
      ? ({kind: 'text', value: valueText(value)} as const)
      : ({kind: 'attribute', key, value: token.slice(key.length + 1), owner} as const);
  return (
    <tr tabIndex={-1} data-row-stop="true" {...thingOf(thing, {at})}>
      <th scope="row">{breakable(visible(key))}</th>
      <td>
        <div className={classes.cell}>
          <Value value={value} />
          {value.type !== 'string' && <span className={classes.type}>{value.type}</span>}
        </div>
      </td>
    </tr>
  );
}

/** A long key breaks after its dots and underscores rather than within a word; copied, it is as it was. */
function breakable(key: string): ReactNode {
  return key.split(/(?<=[._])/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a key stay where they are
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

function Value({value}: {readonly value: AttributeValue}) {
  const text = useText(traceText);
  const [whole, setWhole] = useState(false);
  const words = valueText(value);
  if (value.type === 'empty' || words === '') return <span className={classes.empty}>{text.span.emptyValue}</span>;
  const long = words.length > LONG;
  const address = value.type === 'string' ? webAddress(words) : undefined;
  const shown = visibleBody(long && !whole ? `${words.slice(0, LONG)}…` : words);
  return (
    <bdi className={classes.value} data-type={value.type}>
      {address === undefined ? (
        shown
      ) : (
        <a href={address} target="_blank" rel="noopener noreferrer" title={text.span.openValue}>
          {shown}
        </a>
      )}
      {long && (
        <button type="button" className={classes.more} onClick={() => setWhole(!whole)}>
          {whole ? text.common.showLess : text.common.showMore}
        </button>
      )}
    </bdi>
  );
}
