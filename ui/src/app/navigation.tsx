import {IconCommand, IconKeyboard} from '@tabler/icons-react';
import {Link, useRouterState} from '@tanstack/react-router';
import {useText} from '../i18n/index.ts';
import {commandKey, IconAction} from '../widgets/index.ts';
import {searchOf} from './door-memory.ts';
import {doors, isHere} from './doors.ts';
import {Mark} from './mark.tsx';
import classes from './navigation.module.css';
import {Settings} from './settings.tsx';

/** The slim bar on the left. */
export function Navigation({onPalette, onHelp}: {readonly onPalette: () => void; readonly onHelp: () => void}) {
  const text = useText();
  const path = useRouterState({select: (state) => state.location.pathname});
  return (
    <nav className={classes.bar} aria-label={text.nav.label}>
      <Link to="/" className={classes.mark} aria-label={text.appName}>
        <Mark />
      </Link>
      <ul className={classes.items}>
        {doors.map((item, index) => {
          const here = isHere(item, path);
          return (
            <li key={item.id} data-first={index > 0 && item.group !== doors[index - 1]?.group}>
              <Link
                to={item.to}
                search={searchOf(item.id) as never}
                className={classes.item}
                data-here={here}
                aria-current={here ? 'page' : undefined}
              >
                <item.Icon size={19} />
                <span>{item.name(text)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
      <div className={classes.tools}>
        <IconAction
          label={text.nav.commands}
          keys={`${commandKey} K`}
          icon={<IconCommand size={17} />}
          onClick={onPalette}
          size={30}
        />
        <IconAction label={text.nav.help} keys="?" icon={<IconKeyboard size={18} />} onClick={onHelp} size={30} />
        <Settings />
      </div>
    </nav>
  );
}
