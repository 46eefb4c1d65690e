import type {UseQueryResult} from '@tanstack/react-query';
import {failureOf, type ServicesRedResponse} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import type {CompareWith} from '../../urls/index.ts';
import {useFailureText} from '../../widgets/index.ts';
import {coveredSeconds, isShort} from './covered-time.ts';
import {servicesText} from './text/index.ts';

/** Says what the figures are compared with, and how much of that there is. */
export function CompareNote({
  compare,
  other,
}: {
  readonly compare: CompareWith | undefined;
  readonly other: UseQueryResult<ServicesRedResponse>;
}) {
  const text = useText(servicesText).services;
  const format = useFormat();
  const failed = useFailureText(other.error === null ? undefined : failureOf(other.error));
  if (compare === undefined) return undefined;
  if (failed !== undefined) return <span role="status">{text.thenFailed(failed.detail ?? failed.title)}</span>;
  if (other.data === undefined) return undefined;
  const {start, end, services} = other.data;
  const [from, to] = [format.time(nanosToMs(start)), format.time(nanosToMs(end))];
  const said =
    compare === 'before' || compare === 'yesterday'
      ? text.than[compare](from, to)
      : text.than.version(compare.slice('version:'.length));
  const rest =
    services.length === 0
      ? text.thenNothing
      : isShort(other.data)
        ? text.thenShort(format.duration(coveredSeconds(other.data) * 1e9))
        : '';
  return (
    <span role="status">
      {said} {rest}
    </span>
  );
}
