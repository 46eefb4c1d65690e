/** The keys of the flame graph. */
import {commandSet} from '../frame/index.ts';
import {traceText} from './text/index.ts';

export const flameCommands = commandSet(traceText)({
  id: 'flame',
  scope: 'part',
  title: (text) => text.trace.tabs.flame,
  commands: {
    up: {keys: ['ArrowUp'], text: (text) => text.flame.keys.up, palette: false},
    down: {keys: ['ArrowDown'], text: (text) => text.flame.keys.down, palette: false},
    left: {keys: ['ArrowLeft'], text: (text) => text.flame.keys.left, palette: false},
    right: {keys: ['ArrowRight'], text: (text) => text.flame.keys.right, palette: false},
    focus: {keys: ['Enter'], text: (text) => text.flame.keys.focus, palette: false},
    reset: {keys: ['Escape', '0'], text: (text) => text.flame.reset},
  },
});
