/** The keys of the trace page: of every view of it, and of its timeline. */
import {commandSet} from '../../frame/index.ts';
import {traceText} from '../../timeline/text/index.ts';

export const traceCommands = commandSet(traceText)({
  id: 'trace',
  scope: 'page',
  title: (text) => text.trace.keys.title,
  commands: {
    find: {keys: ['/'], text: (text) => text.trace.findLabel},
    nextView: {keys: ['v'], text: (text) => text.trace.keys.nextView},
    errors: {keys: ['e'], text: (text) => text.trace.keys.errors},
    errorsBack: {keys: ['E'], text: (text) => text.trace.keys.errorsBack, palette: false},
    origins: {keys: ['b'], text: (text) => text.trace.keys.origins},
    originsBack: {keys: ['B'], text: (text) => text.trace.keys.originsBack, palette: false},
    work: {keys: ['w'], text: (text) => text.trace.keys.work},
    workBack: {keys: ['W'], text: (text) => text.trace.keys.workBack, palette: false},
    path: {keys: ['p'], text: (text) => text.trace.keys.path},
    pathBack: {keys: ['P'], text: (text) => text.trace.keys.pathBack, palette: false},
    findings: {keys: ['x'], text: (text) => text.trace.keys.findings},
    findingsBack: {keys: ['X'], text: (text) => text.trace.keys.findingsBack, palette: false},
    next: {keys: ['n'], text: (text) => text.trace.keys.next, palette: false},
    previous: {keys: ['N'], text: (text) => text.trace.keys.previous, palette: false},
    only: {keys: ['o'], text: (text) => text.trace.keys.only},
    compare: {keys: ['C'], text: (text) => text.trace.compare},
    nextTrace: {keys: ['j'], text: (text) => text.trace.nextTrace},
    previousTrace: {keys: ['k'], text: (text) => text.trace.previousTrace},
  },
});

export const timelineCommands = commandSet(traceText)({
  id: 'timeline',
  scope: 'page',
  title: (text) => text.trace.tabs.timeline,
  commands: {
    down: {keys: ['ArrowDown'], text: (text) => text.trace.keys.down, palette: false},
    up: {keys: ['ArrowUp'], text: (text) => text.trace.keys.up, palette: false},
    pageDown: {keys: ['PageDown'], text: (text) => text.trace.keys.pageDown, palette: false},
    pageUp: {keys: ['PageUp'], text: (text) => text.trace.keys.pageUp, palette: false},
    left: {keys: ['ArrowLeft'], text: (text) => text.trace.keys.left, palette: false},
    right: {keys: ['ArrowRight'], text: (text) => text.trace.keys.right, palette: false},
    details: {keys: ['Enter'], text: (text) => text.trace.keys.details, palette: false},
    pane: {keys: ['i'], text: (text) => text.trace.keys.pane, palette: false},
    escape: {keys: ['Escape'], text: (text) => text.trace.keys.escape, palette: false},
    group: {keys: ['g'], text: (text) => text.trace.keys.group, palette: false},
    groups: {keys: ['G'], text: (text) => text.trace.keys.groups},
    foldAll: {keys: ['['], text: (text) => text.trace.foldAll},
    unfoldAll: {keys: [']'], text: (text) => text.trace.unfoldAll},
    zoomIn: {keys: ['+', '='], text: (text) => text.trace.zoomIn, palette: false},
    zoomOut: {keys: ['-'], text: (text) => text.trace.zoomOut, palette: false},
    zoomAll: {keys: ['0'], text: (text) => text.trace.zoomAll},
    panLeft: {keys: ['a'], text: (text) => text.trace.keys.panLeft, palette: false},
    panRight: {keys: ['d'], text: (text) => text.trace.keys.panRight, palette: false},
  },
});
