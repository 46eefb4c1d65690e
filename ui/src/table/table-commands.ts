import {commandSet} from '../frame/index.ts';

/** What a table takes from anywhere on its page; the keys that go on from a row are the row's own. */
export const tableCommands = commandSet()({
  id: 'table',
  scope: 'page',
  title: (text) => text.table.keys.title,
  commands: {
    next: {keys: ['ArrowDown'], text: (text) => text.table.keys.next, palette: false},
    previous: {keys: ['ArrowUp'], text: (text) => text.table.keys.previous, palette: false},
    find: {keys: ['/'], text: (text) => text.table.keys.find},
  },
});
