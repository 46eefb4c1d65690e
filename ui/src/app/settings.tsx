import {ActionIcon} from '@mantine/core';
import {IconAdjustmentsHorizontal} from '@tabler/icons-react';
import {lazy, type Ref, Suspense, useState} from 'react';
import {useText} from '../i18n/index.ts';

const SettingsMenu = lazy(() => import('./settings-menu.tsx').then((module) => ({default: module.SettingsMenu})));

/** The button for appearance and language; its menu is fetched when it is first wanted. */
export function Settings() {
  const [wanted, setWanted] = useState(false);
  if (!wanted) return <SettingsButton onClick={() => setWanted(true)} />;
  return (
    <Suspense fallback={<SettingsButton />}>
      <SettingsMenu />
    </Suspense>
  );
}

export function SettingsButton({ref, ...rest}: {readonly ref?: Ref<HTMLButtonElement>; readonly onClick?: () => void}) {
  const text = useText().settings;
  return (
    <ActionIcon
      ref={ref ?? null}
      variant="subtle"
      color="gray"
      size={30}
      aria-label={text.label}
      title={text.label}
      {...rest}
    >
      <IconAdjustmentsHorizontal size={18} />
    </ActionIcon>
  );
}
