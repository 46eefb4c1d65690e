import {commandSet} from '../../frame/index.ts';
import {pipelineText} from './text/index.ts';

export const pipelineCommands = commandSet(pipelineText)({
  id: 'pipeline',
  scope: 'page',
  title: (text) => text.pipeline.title,
  commands: {
    close: {keys: ['Escape'], text: (text) => text.pipeline.keys.close, palette: false},
  },
});
