/** The keys of a tree of steps. */
import {commandSet} from '../../frame/index.ts';
import {compareText} from './text/index.ts';

export const stepCommands = commandSet(compareText)({
  id: 'steps',
  scope: 'page',
  title: (text) => text.compare.keys.title,
  commands: {
    down: {keys: ['ArrowDown'], text: (text) => text.compare.keys.down, palette: false},
    up: {keys: ['ArrowUp'], text: (text) => text.compare.keys.up, palette: false},
    left: {keys: ['ArrowLeft'], text: (text) => text.compare.keys.left, palette: false},
    right: {keys: ['ArrowRight'], text: (text) => text.compare.keys.right, palette: false},
    open: {keys: ['Enter'], text: (text) => text.compare.keys.open, palette: false},
    all: {keys: ['o'], text: (text) => text.compare.keys.all},
  },
});
