import {Menu, useMantineColorScheme} from '@mantine/core';
import {IconCheck} from '@tabler/icons-react';
import {languageNames, languages, useSpeech} from '../i18n/index.ts';
import {schemes} from './schemes.ts';
import {SettingsButton} from './settings.tsx';

/** Light, dark or the system's; and the language. */
export function SettingsMenu() {
  const {text, language, speak} = useSpeech();
  const {colorScheme, setColorScheme} = useMantineColorScheme();
  const check = <IconCheck size={14} />;
  return (
    <Menu position="right-end" defaultOpened>
      <Menu.Target>
        <SettingsButton />
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
