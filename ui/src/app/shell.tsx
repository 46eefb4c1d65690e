import {Outlet, useNavigate} from '@tanstack/react-router';
import {lazy, Suspense, useEffect, useState} from 'react';
import {useText} from '../i18n/index.ts';
import {useKeys} from '../widgets/index.ts';
import {navItems} from './nav-items.ts';
import {Navigation} from './navigation.tsx';
import classes from './shell.module.css';

const Palette = lazy(() => import('./palette.tsx').then((module) => ({default: module.Palette})));
const KeyboardHelp = lazy(() => import('./keyboard-help.tsx').then((module) => ({default: module.KeyboardHelp})));

/** Navigation on the left, the page on the right, and the two dialogs that open from anywhere. */
export function Shell() {
  const text = useText();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'palette' | 'help' | undefined>();
  const close = (): void => setDialog(undefined);

  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setDialog((open) => (open === 'palette' ? undefined : 'palette'));
      }
    };
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
  useKeys({
    '?': () => setDialog('help'),
    ...Object.fromEntries(navItems.map((item, index) => [String(index + 1), () => void navigate({to: item.to})])),
  });

  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        {text.skipToContent}
      </a>
      <Navigation onPalette={() => setDialog('palette')} onHelp={() => setDialog('help')} />
      <main id="content" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense>
        {dialog === 'palette' && <Palette onClose={close} onHelp={() => setDialog('help')} />}
        {dialog === 'help' && <KeyboardHelp onClose={close} />}
      </Suspense>
    </div>
  );
}
