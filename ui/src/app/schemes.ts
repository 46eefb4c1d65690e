import {IconDeviceDesktop, IconMoon, IconSun} from '@tabler/icons-react';

/** The colour schemes to choose from, as Mantine calls them. */
export const schemes = [
  {value: 'light', Icon: IconSun},
  {value: 'dark', Icon: IconMoon},
  {value: 'auto', Icon: IconDeviceDesktop},
] as const;
