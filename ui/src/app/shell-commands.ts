import {commandSet} from '../frame/index.ts';
import {doors} from './doors.ts';

/** In force on every page. */
export const shellCommands = commandSet()({
  id: 'shell',
  scope: 'everywhere',
  title: (text) => text.keys.everywhere,
  commands: {
    palette: {keys: ['Mod+k'], text: (text) => text.palette.label, palette: false, always: true},
    map: {text: (text) => text.palette.map},
    metrics: {text: (text) => text.palette.metrics},
    mend: {text: (text) => text.palette.mend},
    help: {keys: ['?'], text: (text) => text.keys.help},
  },
});

/** One for each door, by its number. */
export const doorCommands = commandSet()({
  id: 'doors',
  scope: 'everywhere',
  title: (text) => text.keys.doors,
  commands: Object.fromEntries(
    doors.map((door, index) => [door.id, {keys: [String(index + 1)], text: door.name, palette: false} as const]),
  ),
});
