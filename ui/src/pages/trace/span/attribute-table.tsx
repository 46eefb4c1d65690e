import {IconSearch} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {Fragment, type ReactNode, useState} from 'react';
import type {Attribute, AttributeValue} from '../../../api/index.ts';
import {useFormat, useText} from '../../../i18n/index.ts';
import {traceText} from '../../../timeline/index.ts';
import type {RangeUrl} from '../../../urls/index.ts';
import {CopyAction} from '../../../widgets/index.ts';
import classes from './attribute-table.module.css';
import {searchToken, valueText} from './attribute-text.ts';
import {groupAttributes} from './group-attributes.ts';

/** Longer values are shortened until asked for. */
const LONG = 360;

/** Attributes in groups; each can be copied and, where a search can ask for it, searched for within `range`. */
export function AttributeTable({
  attributes,
  dropped,
  range,
}: {
  readonly attributes: readonly Attribute[];
  readonly dropped: number;
  readonly range?: RangeUrl;
}) {
  const text = useText(traceText).span;
  const format = useFormat();
  return (
    <>
      {groupAttributes(attributes).map((group) => (
        <table key={group.prefix ?? ''} className={classes.table}>
          <tbody>
            {group.attributes.map((attribute) => (
              <Row key={attribute.key} attribute={attribute} range={range} />
            ))}
          </tbody>
        </table>
      ))}
      {dropped > 0 && <p className={classes.dropped}>{text.dropped(format.count(dropped))}</p>}
    </>
  );
}

function Row({attribute, range}: {readonly attribute: Attribute; readonly range: RangeUrl | undefined}) {
  const text = useText(traceText).span;
  const token = searchToken(attribute);
  const {key, value} = attribute;
  return (
    <tr>
      <th scope="row">{breakable(key)}</th>
      <td>
        <div className={classes.cell}>
          <Value value={value} />
          {value.type !== 'string' && <span className={classes.type}>{value.type}</span>}
          <span className={classes.actions}>
            {token !== undefined && range !== undefined && (
              <Link
                to="/"
                search={{...range, attribute: [token]}}
                className={classes.search}
                title={text.searchFor(key)}
                aria-label={text.searchFor(key)}
              >
                <IconSearch size={13} />
              </Link>
            )}
            <CopyAction label={text.copyValue(key)} value={valueText(value)} size={20} />
          </span>
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
  return (
    <span className={classes.value} data-type={value.type}>
      {long && !whole ? `${words.slice(0, LONG)}…` : words}
      {long && (
        <button type="button" className={classes.more} onClick={() => setWhole(!whole)}>
          {whole ? text.common.showLess : text.common.showMore}
        </button>
      )}
    </span>
  );
}
