import {IconActivityHeartbeat, IconRoute, IconServer2, IconTimeline} from '@tabler/icons-react';
import type {ComponentType} from 'react';
import type {ShellText} from '../i18n/index.ts';
import {exploreKeys} from '../urls/index.ts';

const tableKeys = ['sort', 'up', 'columns', 'find', 'open'] as const;

/**
 * The places of the page, once: navigation, palette and number keys all read this. A view that comes adds its line here, in this
 * order: Home, Explore, Services | SLOs and alerts, Dashboards | Pipeline, Status.
 */
export const doors = [
  {
    id: 'explore',
    to: '/',
    group: 'look',
    name: (text) => text.nav.explore,
    Icon: IconTimeline,
    also: ['/trace', '/sql', '/promql'],
    keeps: exploreKeys,
  },
  {
    id: 'services',
    to: '/services',
    group: 'look',
    name: (text) => text.nav.services,
    Icon: IconServer2,
    also: ['/map', '/mend'],
    keeps: [...tableKeys, 'view', 'focus', 'edge', 'all'],
  },
  {
    id: 'pipeline',
    to: '/pipeline',
    group: 'run',
    name: (text) => text.nav.pipeline,
    Icon: IconRoute,
    also: ['/sampling'],
    keeps: ['component'],
  },
  {id: 'status', to: '/status', group: 'run', name: (text) => text.nav.status, Icon: IconActivityHeartbeat, keeps: []},
] as const satisfies readonly Door[];

interface Door {
  readonly id: string;
  readonly to: string;
  /** Doors of a group stand together: what is looked at, what watches by itself, what runs Weft. */
  readonly group: 'look' | 'watch' | 'run';
  readonly name: (text: ShellText) => string;
  readonly Icon: ComponentType<{size?: number}>;
  /** Addresses below this one belong here too. */
  readonly also?: readonly string[];
  /** Parts of its address that are there again when a reader comes back. */
  readonly keeps: readonly string[];
}

export type DoorId = (typeof doors)[number]['id'];

export const isHere = (door: Door, path: string): boolean =>
  [door.to, ...(door.also ?? [])].some((one) => path === one || (one !== '/' && path.startsWith(`${one}/`)));
