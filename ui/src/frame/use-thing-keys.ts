import {commandSet} from './command-set.ts';
import {useCommands} from './use-commands.ts';

export const thingCommands = commandSet()({
  id: 'thing',
  scope: 'everywhere',
  title: (text) => text.thing.menu,
  commands: {menu: {keys: ['m'], text: (text) => text.thing.menuKey, palette: false}},
});

/** The key that opens the menu of the thing with the focus, or under the pointer. */
export function useThingKeys(menu: () => void): void {
  useCommands(thingCommands, {menu});
}
