import {commandSet} from '../../frame/index.ts';
import {samplingText} from './text/index.ts';

export const samplingCommands = commandSet(samplingText)({
  id: 'sampling',
  scope: 'page',
  title: (text) => text.sampling.title,
  commands: {
    set: {keys: ['o'], text: (text) => text.sampling.keys.set, palette: false},
    setAll: {keys: ['a'], text: (text) => text.sampling.setForAll},
    undo: {keys: ['z'], text: (text) => text.sampling.keys.undo},
  },
});
