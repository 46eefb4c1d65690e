import {commandSet} from '../../frame/index.ts';
import {exploreText} from './text/index.ts';

export const exploreCommands = commandSet(exploreText)({
  id: 'explore',
  scope: 'page',
  title: (text) => text.explore.title,
  commands: {
    query: {keys: ['/'], text: (text) => text.commands.query},
    duration: {keys: ['d'], text: (text) => text.commands.duration},
    failed: {keys: ['e'], text: (text) => text.commands.failed},
  },
});
