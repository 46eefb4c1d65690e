import {commandSet} from '../../../frame/index.ts';
import {serviceText} from './text/index.ts';

/** The keys of the page of a service. */
export const serviceCommands = commandSet(serviceText)({
  id: 'service',
  scope: 'page',
  title: ({service}) => service.keys.title,
  commands: {
    next: {keys: [']'], text: ({service}) => service.keys.next},
    previous: {keys: ['['], text: ({service}) => service.keys.previous},
    whole: {keys: ['w'], text: ({service}) => service.keys.whole},
    changes: {keys: ['x'], text: ({service}) => service.keys.changes},
  },
});
