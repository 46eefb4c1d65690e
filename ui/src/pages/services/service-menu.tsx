import {Menu} from '@mantine/core';
import {IconAdjustments, IconAlertTriangle, IconClockExclamation, IconCopy, IconListSearch} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {useFormat, useText} from '../../i18n/index.ts';
import {copyText} from '../../widgets/index.ts';
import type {ComparedService} from './compare-services.ts';
import {slowerThan} from './service-columns.tsx';
import {servicesText} from './text/index.ts';
import {MILLI} from './use-figure-text.ts';

/** Where a service leads to. */
export function ServiceMenu({service: {name, now}}: {readonly service: ComparedService}) {
  const {services: text, common} = useText(servicesText);
  const format = useFormat();
  return (
    <>
      <Menu.Item
        renderRoot={(props) => <Link {...props} to="/" search={{service: name}} />}
        leftSection={<IconListSearch size={15} />}
      >
        {common.traces}
      </Menu.Item>
      {now !== undefined && now.errors > 0 && (
        <Menu.Item
          renderRoot={(props) => <Link {...props} to="/" search={{service: name, status: 'error'}} />}
          leftSection={<IconAlertTriangle size={15} />}
        >
          {text.failedTraces}
        </Menu.Item>
      )}
      {now !== undefined && (
        <Menu.Item
          renderRoot={(props) => <Link {...props} to="/" search={{service: name, min: slowerThan(now.p95)}} />}
          leftSection={<IconClockExclamation size={15} />}
        >
          {text.slowTraces(format.duration(now.p95 * MILLI))}
        </Menu.Item>
      )}
      <Menu.Item
        renderRoot={(props) => <Link {...props} to="/sampling" search={{find: name, open: [name]}} />}
        leftSection={<IconAdjustments size={15} />}
      >
        {text.sampling}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => void copyText(name)}>
        {common.copyName}
      </Menu.Item>
    </>
  );
}
