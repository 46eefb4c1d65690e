/** Entries of a W3C trace state. */
import {OttlError} from './faults.ts';
import {wantString} from './fields.ts';
import type {Frame, PathSource} from './frame.ts';
import type {Value} from './value.ts';

type Entry = readonly [key: string, value: string];

function parse(text: string): Entry[] {
  return text.split(',').flatMap((member): Entry[] => {
    const trimmed = member.trim();
    const at = trimmed.indexOf('=');
    return at <= 0 ? [] : [[trimmed.slice(0, at), trimmed.slice(at + 1)]];
  });
}

const keyPattern = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const valuePattern = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const maxMembers = 32;

/** `trace_state["key"]`: writing it puts the entry in front, as the specification says of an entry that is changed. */
export const traceStatePath = (state: PathSource, keys: (frame: Frame) => readonly Value[]): PathSource => ({
  get(frame) {
    const key = wantString(keys(frame)[0]);
    return parse(state.get(frame) as string).find(([each]) => each === key)?.[1] ?? '';
  },
  set(frame, value) {
    const key = wantString(keys(frame)[0]);
    const to = wantString(value);
    if (!keyPattern.test(key) || !valuePattern.test(to))
      throw new OttlError(`\`${key}=${to}\` cannot stand in a trace state`);
    const others = parse(state.get(frame) as string).filter(([each]) => each !== key);
    const all: readonly Entry[] = [[key, to], ...others.slice(0, maxMembers - 1)];
    state.set!(frame, all.map((entry) => entry.join('=')).join(','));
  },
});
