import {IconColumns3} from '@tabler/icons-react';
import {type ComponentProps, useState} from 'react';
import {DialogBoundary, lazyPart} from '../frame/index.ts';
import {useText} from '../i18n/index.ts';
import type {ColumnMenu} from './column-menu.tsx';
import classes from './data-table.module.css';

type Props = Omit<ComponentProps<typeof ColumnMenu>, 'button'>;
const Menu = lazyPart(async () => (await import('./column-menu.tsx')).ColumnMenu);

/** The button that leads to the choice of columns; the menu is fetched when it is first wanted. */
export function ColumnChoice(props: Props) {
  const [wanted, setWanted] = useState(false);
  if (!wanted) return <ChooseButton onClick={() => setWanted(true)} />;
  return (
    <DialogBoundary onFault={() => setWanted(false)} fallback={<ChooseButton />}>
      <Menu {...props} button={<ChooseButton />} />
    </DialogBoundary>
  );
}

function ChooseButton({className = '', ...rest}: ComponentProps<'button'>) {
  const text = useText().table;
  return (
    <button
      type="button"
      className={`${classes.choose} ${className}`}
      aria-label={text.columns}
      title={text.columns}
      {...rest}
    >
      <IconColumns3 size={15} aria-hidden="true" />
      <span>{text.columns}</span>
    </button>
  );
}
