import {ActionIcon, Menu, useMantineColorScheme} from '@mantine/core';
import {IconAdjustmentsHorizontal, IconCheck, IconDeviceDesktop, IconMoon, IconSun} from '@tabler/icons-react';
import {languageNames, languages, useSpeech} from '../i18n/index.ts';

export const schemes = [
  {value: 'light', Icon: IconSun},
  {value: 'dark', Icon: IconMoon},
  {value: 'auto', Icon: IconDeviceDesktop},
] as const;

/** Light, dark or the system's; and the language. */
export function SettingsMenu() {
  const {text, language, speak} = useSpeech();
  const {colorScheme, setColorScheme} = useMantineColorScheme();
  const check = <IconCheck size={14} />;
  return (
    <Menu position="right-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={30}
          aria-label={text.settings.label}
          title={text.settings.label}
        >
          <IconAdjustmentsHorizontal size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{text.settings.appearance}</Menu.Label>
        {schemes.map(({value, Icon}) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={15} />}
            rightSection={colorScheme === value ? check : undefined}
            aria-current={colorScheme === value}
            onClick={() => setColorScheme(value)}
          >
            {text.settings[value === 'auto' ? 'system' : value]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{text.settings.language}</Menu.Label>
        {languageNames.map((name) => (
          <Menu.Item
            key={name}
            lang={name}
            rightSection={language === name ? check : undefined}
            aria-current={language === name}
            onClick={() => speak(name)}
          >
            {languages[name].name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
