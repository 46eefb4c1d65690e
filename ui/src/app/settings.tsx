import {ActionIcon} from '@mantine/core';
import {IconAdjustmentsHorizontal} from '@tabler/icons-react';
import {type Ref, useState} from 'react';
import {DialogBoundary, lazyPart} from '../frame/index.ts';
import {useText} from '../i18n/index.ts';

const SettingsMenu = lazyPart(async () => (await import('./settings-menu.tsx')).SettingsMenu);

/** The button for appearance and language; its menu is fetched when it is first wanted. */
export function Settings() {
  const [wanted, setWanted] = useState(false);
  if (!wanted) return <SettingsButton onClick={() => setWanted(true)} />;
  return (
    <DialogBoundary onFault={() => setWanted(false)} fallback={<SettingsButton />}>
      <SettingsMenu />
    </DialogBoundary>
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
