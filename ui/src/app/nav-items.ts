import {IconActivityHeartbeat, IconAdjustments, IconServer2, IconTimeline} from '@tabler/icons-react';
import type {ComponentType} from 'react';
import type {ShellText} from '../i18n/index.ts';

/** The places of the page, once: navigation, command palette and the number keys all read this. */
export const navItems = [
  {to: '/', name: (text) => text.nav.traces, Icon: IconTimeline, also: '/trace'},
  {to: '/services', name: (text) => text.nav.services, Icon: IconServer2},
  {to: '/sampling', name: (text) => text.nav.sampling, Icon: IconAdjustments},
  {to: '/status', name: (text) => text.nav.status, Icon: IconActivityHeartbeat},
] as const satisfies readonly NavItem[];

interface NavItem {
  readonly to: string;
  readonly name: (text: ShellText) => string;
  readonly Icon: ComponentType<{size?: number}>;
  /** Addresses below this one belong here too. */
  readonly also?: string;
}
