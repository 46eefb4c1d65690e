/** Converters of the filter processor: whether any point of a metric has an attribute. */
import {utf8Bytes} from '../base/index.ts';
import {findAttribute, type MetricBatch} from '../model/index.ts';
import {rowIsText} from './attributes.ts';
import type {Frame} from './frame.ts';
import {converter, type FunctionDefinition, needs} from './function.ts';
import {pointsOf} from './points.ts';

function anyPoint(frame: Frame, key: Uint8Array, is: (attribute: number) => boolean): boolean {
  const batch = frame.batch as MetricBatch;
  const {attributes} = batch.points.columns;
  return pointsOf(batch, frame.row).some((point) => {
    const found = findAttribute(batch, attributes, point, key);
    return found >= 0 && is(found);
  });
}

export const filterConverters: readonly FunctionDefinition[] = [
  converter(
    'HasAttrKeyOnDatapoint',
    'Whether any point of the metric has the attribute.',
    {key: needs('literal string')},
    ({key}) => {
      const bytes = utf8Bytes(key);
      return (frame) => anyPoint(frame, bytes, () => true);
    },
    {contexts: ['metric'], varies: true},
  ),
  converter(
    'HasAttrOnDatapoint',
    'Whether any point of the metric has the attribute with this string value.',
    {key: needs('literal string'), expectedVal: needs('literal string')},
    ({key, expectedVal}) => {
      const bytes = utf8Bytes(key);
      const value = utf8Bytes(expectedVal);
      return (frame) => anyPoint(frame, bytes, (at) => rowIsText(frame.batch, at, value));
    },
    {contexts: ['metric'], varies: true},
  ),
];
