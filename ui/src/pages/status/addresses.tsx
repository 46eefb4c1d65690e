import {IconCopy} from '@tabler/icons-react';
import {type RefObject, useCallback, useMemo} from 'react';
import type {StatusResponse} from '../../api/index.ts';
import {thingOf, useSay} from '../../frame/index.ts';
import {useText} from '../../i18n/index.ts';
import {type Column, DataTable} from '../../table/index.ts';
import {receivers} from '../../urls/index.ts';
import {copyText} from '../../widgets/index.ts';
import classes from './status-page.module.css';
import {statusText} from './text/index.ts';

interface Address {
  /** As in `endpoints.json`. */
  readonly name: string;
  readonly url: string;
}
const idOf = ({name}: Address): string => name;

/** Where this Weft listens, as clients want it: that which most look for first. */
export function Addresses({
  endpoints,
  within,
}: {
  readonly endpoints: StatusResponse['endpoints'];
  readonly within: RefObject<HTMLElement | null>;
}) {
  const text = useText(statusText);
  const say = useSay();
  const rows = useMemo((): readonly Address[] => {
    const {data, sampling} = receivers(endpoints, location.hostname);
    return [...data, {name: 'http', url: location.origin}, ...sampling];
  }, [endpoints]);
  const copy = useCallback(
    async (url: string): Promise<void> => {
      await copyText(url);
      say(text.common.copied);
    },
    [say, text],
  );
  const columns = useMemo(
    (): readonly Column<Address>[] => [
      {
        id: 'use',
        header: text.status.use,
        width: {share: 2, min: 160},
        draw: ({name, url}, main) => (
          <button type="button" {...main} title={text.status.copyAddress} onClick={() => void copy(url)}>
            {text.endpointNames[name] ?? name}
          </button>
        ),
      },
      {
        id: 'address',
        header: text.status.address,
        width: {share: 4, min: 220},
        draw: ({url}) => (
          <code className={classes.address} {...thingOf({kind: 'text', value: url}, {button: false})}>
            {url}
          </code>
        ),
      },
      {
        id: 'name',
        header: text.status.name,
        hint: text.status.nameHint,
        width: {share: 2, min: 130},
        rank: 1,
        draw: ({name}) => <code className={classes.quiet}>{name}</code>,
      },
      {
        id: 'copy',
        header: '',
        width: {fixed: 24},
        rank: 2,
        draw: () => <IconCopy size={14} className={classes.quiet} aria-hidden="true" />,
      },
    ],
    [text, copy],
  );
  return (
    <DataTable
      id="addresses"
      label={text.status.endpoints}
      columns={columns}
      rows={rows}
      rowId={idOf}
      rowName={({name}) => text.endpointNames[name] ?? name}
      height={{one: 32, two: 54}}
      twoLinesBelow={480}
      title={<h2 className={classes.title}>{text.status.endpoints}</h2>}
      within={within}
    />
  );
}
