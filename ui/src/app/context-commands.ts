import {commandSet} from '../frame/index.ts';

/** The keys of the bar that every page has. */
export const contextCommands = commandSet()({
  id: 'context',
  scope: 'everywhere',
  title: (text) => text.context.label,
  commands: {
    service: {keys: ['s'], text: (text) => text.context.chooseService},
    environment: {text: (text) => text.context.chooseEnvironment},
    time: {keys: ['t'], text: (text) => text.context.chooseTime},
    earlier: {keys: [','], text: (text) => text.context.earlier},
    later: {keys: ['.'], text: (text) => text.context.later},
    compare: {keys: ['c'], text: (text) => text.context.chooseCompare},
    live: {keys: ['l'], text: (text) => text.context.toggleLive},
    clear: {text: (text) => text.context.clear},
    copyLink: {keys: ['y'], text: (text) => text.context.copyLink},
    copyLiveLink: {keys: ['Y'], text: (text) => text.context.copyLiveLink},
  },
});
