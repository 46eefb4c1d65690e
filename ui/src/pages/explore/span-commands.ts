import {commandSet} from '../../frame/index.ts';
import {spanText} from './span-text/index.ts';

export const spanCommands = commandSet(spanText)({
  id: 'explore-spans',
  scope: 'page',
  title: (text) => text.commands.title,
  commands: {group: {keys: ['g'], text: (text) => text.commands.group}},
});
