import {IconServer2} from '@tabler/icons-react';
import {getRouteApi} from '@tanstack/react-router';
import {useMemo} from 'react';
import type {InstanceAttribute, InstanceAttributeName, InstanceFigures} from '../../../api/index.ts';
import {nanosToMs} from '../../../format/index.ts';
import {thingOf, useOwnAddress} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import type {ServiceUrl} from '../../../urls/index.ts';
import {QuietPanel, Segmented} from '../../../widgets/index.ts';
import {figuresOf} from '../compare-services.ts';
import {coveredSeconds} from '../covered-time.ts';
import {servicesText} from '../text/index.ts';
import {useFigureText} from '../use-figure-text.ts';
import {Part} from './part.tsx';
import {type PlainColumn, PlainTable} from './plain-table.tsx';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';
import {useServicePart} from './use-service.ts';

const route = getRouteApi('/services/$service');
const idOf = ({value}: InstanceFigures): string => value;

/** What the service ran as: by version, environment, instance, host and so on. */
export function Instances({service}: {readonly service: string}) {
  const {service: words} = useText(serviceText);
  const text = words.instances;
  const format = useFormat();
  const url = route.useSearch();
  const change = useOwnAddress<ServiceUrl>();
  const answer = useServicePart('service/instances', service, {baseline: false});
  const attributes = answer.data?.attributes ?? none;
  const shown = attributes.find(({attribute}) => attribute === url.by) ?? attributes[0];
  const columns = useColumns(shown, answer.data === undefined ? 1 : coveredSeconds(answer.data));
  return (
    <Part
      answer={answer}
      label={text.label}
      empty={(data) =>
        data.attributes.length === 0 ? (
          <QuietPanel icon={<IconServer2 size={26} />} title={text.none} hint={text.noneHint} />
        ) : undefined
      }
    >
      {(data) => (
        <>
          <div className={classes.by}>
            {shown !== undefined && (
              <Segmented<InstanceAttributeName>
                label={text.by}
                value={shown.attribute}
                choices={attributes.map(({attribute}) => ({value: attribute, label: text.attributes[attribute]}))}
                onChange={(by) => change({by: by === attributes[0]?.attribute ? undefined : by})}
              />
            )}
          </div>
          <PlainTable
            label={text.label}
            columns={columns}
            rows={data === undefined ? undefined : shown?.values}
            rowId={idOf}
            sort={{column: url.sort, up: url.up === true}}
            onSort={(sort, up) => change({sort, up: up ? true : undefined})}
          />
          <p className={classes.foot}>
            {shown !== undefined && shown.without > 0 && text.without(format.count(shown.without))}{' '}
            {shown?.omitted !== undefined && text.omitted(format.count(shown.omitted))}{' '}
            {data?.share !== undefined && words.share(format.count(data.share))}
          </p>
        </>
      )}
    </Part>
  );
}

const none: readonly InstanceAttribute[] = [];

function useColumns(shown: InstanceAttribute | undefined, seconds: number): readonly PlainColumn<InstanceFigures>[] {
  const {service: words} = useText(serviceText);
  const {services} = useText(servicesText);
  const text = words.instances;
  const format = useFormat();
  const visible = useVisible();
  const write = useFigureText();
  const key = shown?.key ?? '';
  const attribute = shown?.attribute ?? 'version';
  return useMemo(() => {
    const time = (nanos: string): string => format.time(nanosToMs(nanos));
    const percentile = (name: 'p50' | 'p95' | 'p99', rank?: 2): PlainColumn<InstanceFigures> => ({
      id: name,
      header: services[name],
      align: 'end',
      ...(rank === undefined ? {} : {rank}),
      value: (one) => (one.requests === 0 ? undefined : one[name]),
      draw: (one) => (one.requests === 0 ? '–' : write(name, figuresOf(one, seconds))),
    });
    return [
      {
        id: 'name',
        header: text.attributes[attribute],
        hint: key,
        up: true,
        value: ({value}) => value,
        draw: ({value, versions}) => (
          <span className={classes.stack}>
            <span
              className={classes.instance}
              title={`${key} = ${value}`}
              {...thingOf({kind: 'attribute', key, value, owner: 'resource'})}
            >
              {visible(value)}
            </span>
            {versions !== undefined && (
              <small>
                {text.versions}: {versions.map(visible).join(' → ')}
              </small>
            )}
          </span>
        ),
      },
      {
        id: 'rate',
        header: text.rate,
        align: 'end',
        value: ({requests}) => requests,
        draw: ({requests}) => format.rate(requests / seconds),
      },
      {
        id: 'errors',
        header: text.errors,
        align: 'end',
        value: ({requests, errors}) => (requests === 0 ? 0 : errors / requests),
        draw: ({requests, errors}) => (
          <span className={errors > 0 ? classes.bad : classes.quiet}>
            {format.percent(requests === 0 ? 0 : errors / requests)}
          </span>
        ),
      },
      percentile('p50', 2),
      percentile('p95'),
      percentile('p99', 2),
      {
        id: 'first',
        header: text.first,
        align: 'end',
        rank: 1,
        value: ({firstUnixNano}) => nanosToMs(firstUnixNano),
        draw: ({firstUnixNano}) => time(firstUnixNano),
      },
      {
        id: 'last',
        header: text.last,
        align: 'end',
        rank: 1,
        value: ({lastUnixNano}) => nanosToMs(lastUnixNano),
        draw: ({lastUnixNano}) => time(lastUnixNano),
      },
    ];
  }, [key, attribute, seconds, services, text, format, visible, write]);
}
