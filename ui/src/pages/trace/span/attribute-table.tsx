import {Fragment, type ReactNode, useMemo, useState} from 'react';
import type {Attribute} from '../../../api/index.ts';
import {thingOf} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {traceText} from '../../../timeline/index.ts';
import classes from './attribute-table.module.css';
import {searchToken, valueText} from './attribute-text.ts';
import {AttributeValueText} from './attribute-value.tsx';
import {groupAttributes} from './group-attributes.ts';
import {shapeOf} from './value-shape.ts';

/** Values of more characters stand below their key, as wide as the pane. */
const WIDE = 160;
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
        // biome-ignore lint/a11y/noRedundantRoles: as that of a row
        <table key={group.prefix ?? ''} role="table" className={classes.table}>
          {/* biome-ignore lint/a11y/noRedundantRoles: as that of a row */}
          <tbody role="rowgroup">
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
  const shape = useMemo(() => shapeOf(key, value), [key, value]);
  const token = at === undefined ? undefined : searchToken(attribute);
  const thing =
    token === undefined
      ? ({kind: 'text', value: valueText(value)} as const)
      : ({kind: 'attribute', key, value: token.slice(key.length + 1), owner} as const);
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: a table that is laid out otherwise loses its roles in Safari
    <tr
      role="row"
      tabIndex={-1}
      data-row-stop="true"
      data-wide={shape.kind !== 'text' || shape.text.length > WIDE || undefined}
      {...thingOf(thing, {at})}
    >
      <th scope="row" role="rowheader">
        {breakable(visible(key))}
      </th>
      <td role="cell">
        <div className={classes.cell}>
          <AttributeValueText value={value} shape={shape} />
          {value.type !== 'string' && <span className={classes.type}>{value.type}</span>}
        </div>
      </td>
    </tr>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
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
