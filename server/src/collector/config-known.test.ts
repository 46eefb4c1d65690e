import {expect, test} from 'vitest';

import {elsewhere} from '../pipeline/index.ts';
import {registry} from './registry.ts';

test.each(Object.keys(elsewhere) as (keyof typeof elsewhere)[])(
  'configuration: no %s that Weft has are called missing',
  (kind) => {
    const present = Object.keys(registry[kind]);
    expect(elsewhere[kind].filter((type) => present.includes(type))).toEqual([]);
    expect(elsewhere[kind]).toEqual([...new Set(elsewhere[kind])].sort());
  },
);
