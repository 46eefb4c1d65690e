import {IconAdjustments} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import type {ServiceRed} from '../../api/index.ts';
import {writeDuration} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import type {RangeUrl} from '../../urls/index.ts';
import {Figure, ServiceName} from '../../widgets/index.ts';
import classes from './services-page.module.css';
import {errorShare} from './sort-services.ts';
import {servicesText} from './text/index.ts';

const MILLI = 1e6;

/** One service: each figure leads to the traces behind it. */
export function ServiceRow({
  service,
  seconds,
  range,
  largest,
}: {
  readonly service: ServiceRed;
  readonly seconds: number;
  readonly range: RangeUrl;
  readonly largest: Readonly<Record<'requests' | 'p50' | 'p95' | 'p99', number>>;
}) {
  const {services: text, common} = useText(servicesText);
  const format = useFormat();
  const share = errorShare(service);
  const search = {service: service.name, ...range};
  return (
    <tr>
      <th scope="row">
        <Link to="/" search={search} className={classes.name} title={common.showTraces(service.name)}>
          <ServiceName name={service.name} strong />
        </Link>
        <Link
          to="/sampling"
          search={{find: service.name, open: [service.name]}}
          className={classes.aside}
          title={text.showSampling(service.name)}
          aria-label={text.showSampling(service.name)}
        >
          <IconAdjustments size={14} />
        </Link>
      </th>
      <td title={text.requests(service.requests, format.count(service.requests), format.duration(seconds * 1e9))}>
        <Figure share={service.requests / largest.requests}>{format.rate(service.requests / seconds)}</Figure>
      </td>
      <td>
        {service.errors === 0 ? (
          <span className={classes.quiet}>
            <Figure share={0}>{format.percent(0)}</Figure>
          </span>
        ) : (
          <Link
            to="/"
            search={{...search, status: 'error'}}
            className={classes.errors}
            title={text.showErrors(service.name)}
          >
            <Figure share={share} tone="bad">
              {format.percent(share)}
            </Figure>
          </Link>
        )}
      </td>
      {(['p50', 'p95', 'p99'] as const).map((quantile) => (
        <td key={quantile}>
          <Link
            to="/"
            search={{...search, min: writeDuration(Number((service[quantile] * MILLI).toPrecision(3)))}}
            className={classes.plain}
            title={text.showSlow(service.name, text[quantile])}
          >
            <Figure share={service[quantile] / largest[quantile]}>{format.duration(service[quantile] * MILLI)}</Figure>
          </Link>
        </td>
      ))}
    </tr>
  );
}
