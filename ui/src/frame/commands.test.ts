import {expect, test, vi} from 'vitest';
import {createCommandRegistry, keyOf} from './command-registry.ts';
import {commandSet, type Scope} from './command-set.ts';

const key = (name: string, held: object = {}) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});
const set = (id: string, scope: Scope, keys: readonly string[], more: object = {}) =>
  commandSet()({id, scope, title: () => id, commands: {go: {keys, text: () => `go ${id}`, ...more}}});

test.each([
  ['e', {}, 'e'],
  ['E', {shiftKey: true}, 'E'],
  ['ArrowDown', {shiftKey: true}, 'Shift+ArrowDown'],
  ['K', {ctrlKey: true, shiftKey: true}, 'Mod+Shift+k'],
  ['k', {metaKey: true}, 'Mod+k'],
  ['k', {altKey: true}, undefined],
])('commands: key %s with %j is called %s', (name, held, called) => expect(keyOf(key(name, held))).toBe(called));

test('commands: a key means what is nearest to the reader, and again what is further away once that is gone', () => {
  const registry = createCommandRegistry();
  const run = () => undefined;
  registry.mount(set('pane', 'part', ['e']), () => ({go: run}));
  registry.mount(set('shell', 'everywhere', ['e']), () => ({go: run}));
  const gone = registry.mount(set('trace', 'page', ['e']), () => ({go: run}));
  expect(registry.find(key('e'), false)?.id).toBe('pane.go');
  expect(registry.list().map((one) => one.id)).toEqual(['pane.go', 'trace.go', 'shell.go']);
  gone();
  expect(registry.list().map((one) => one.id)).toEqual(['pane.go', 'shell.go']);
});

test('commands: what cannot be used now is neither listed nor meant by its key', () => {
  const registry = createCommandRegistry();
  const run = vi.fn();
  let usable = false;
  registry.mount(set('sampling', 'page', ['z']), () => ({go: usable ? run : undefined}));
  expect(registry.list()).toEqual([]);
  expect(registry.find(key('z'), false)).toBeUndefined();
  usable = true;
  registry.find(key('z'), false)?.run();
  expect(run).toHaveBeenCalledTimes(1);
});

test('commands: while a dialog is on its way only those that always hold take their keys', () => {
  const registry = createCommandRegistry();
  registry.mount(set('shell', 'everywhere', ['Mod+k'], {always: true}), () => ({go: () => undefined}));
  registry.mount(set('trace', 'page', ['e']), () => ({go: () => undefined}));
  const [arrived, alsoArrived] = [registry.hold(), registry.hold()];
  expect(registry.find(key('e'), false)).toBeUndefined();
  expect(registry.find(key('k', {ctrlKey: true}), false)?.id).toBe('shell.go');
  arrived();
  expect(registry.find(key('e'), false)).toBeUndefined();
  alsoArrived();
  expect(registry.find(key('e'), false)?.id).toBe('trace.go');
});

test('commands: while a text is being written only those that always hold take their keys', () => {
  const registry = createCommandRegistry();
  registry.mount(set('shell', 'everywhere', ['Mod+k'], {always: true}), () => ({go: () => undefined}));
  registry.mount(set('trace', 'page', ['e']), () => ({go: () => undefined}));
  expect(registry.find(key('e'), true)).toBeUndefined();
  expect(registry.find(key('k', {ctrlKey: true}), true)?.id).toBe('shell.go');
});
