/** Explains for `weft doctor` how sampling keeps traces from appearing. */
import type {SamplingResponse} from '../api/index.ts';
import {describeOverride, nameOf, percent} from './api-client.ts';

export interface SamplingNote {
  readonly text: string;
  readonly fix: string;
}

/** One for each reason for which services keep less than everything. */
export function sampledAway(
  {mode, probability, budget, services, overrides}: SamplingResponse,
  now: number,
): SamplingNote[] {
  const notes: SamplingNote[] = [];
  for (const override of overrides) {
    if (override.what !== 'sampling' || override.value === 1) continue;
    const name = override.service === '*' ? '--all' : override.service;
    notes.push({text: describeOverride(override, now), fix: `./weft sampling clear ${name} ends it.`});
  }
  const fix = './weft sampling tells what is kept of each operation, and why.';
  if (mode === 'fixed' && probability < 1) {
    notes.push({text: `services that ask are told to keep ${percent(probability)} of their traces`, fix});
  }
  if (mode === 'file') notes.push({text: 'services that ask are told what to keep by a strategies file', fix});
  const held = services.filter(({reason}) => reason.kind === 'held');
  if (held.length > 0) {
    const names = held.slice(0, 5).map(({service}) => nameOf(service || 'others'));
    notes.push({text: `adaptive sampling holds ${names.join(', ')} to their shares of ${budget} traces a second`, fix});
  }
  return notes;
}
