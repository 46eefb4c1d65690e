import {expect, test} from 'vitest';
import type {Kind} from '../pipeline/component.ts';
import {elsewhere} from '../pipeline/config-known.ts';
import {registry} from './registry.ts';

test.each(Object.keys(elsewhere) as Kind[])('configuration: no %s that Weft has are called missing', (kind) => {
  const present = Object.keys(registry[kind]);
  expect(elsewhere[kind].filter((type) => present.includes(type))).toEqual([]);
  expect(elsewhere[kind]).toEqual([...new Set(elsewhere[kind])].sort());
});
