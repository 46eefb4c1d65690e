/** All cases; their names are unique. */
import type {Case} from './case.ts';
import {attributeCases} from './cases-attributes.ts';
import {connectorCases} from './cases-connectors.ts';
import {converterCases} from './cases-converters.ts';
import {filterCases} from './cases-filter.ts';
import {metricCases} from './cases-metrics.ts';
import {protocolCases} from './cases-protocols.ts';
import {samplingCases} from './cases-sampling.ts';
import {statementCases} from './cases-statements.ts';

export const cases: readonly Case[] = [
  ...attributeCases,
  ...filterCases,
  ...converterCases,
  ...statementCases,
  ...metricCases,
  ...samplingCases,
  ...connectorCases,
  ...protocolCases,
];
