import {Menu} from '@mantine/core';
import {
  IconAdjustments,
  IconArrowRight,
  IconCopy,
  IconExternalLink,
  IconFilter,
  IconFilterOff,
  IconFocus2,
  IconGitCompare,
  IconLayoutList,
  IconMathEqualGreater,
  IconServer2,
  IconTimeline,
} from '@tabler/icons-react';
import {useRouter, useSearch} from '@tanstack/react-router';
import type {ComponentType, MouseEvent} from 'react';
import {visibleText} from '../format/index.ts';
import {useText} from '../i18n/index.ts';
import {questionOf, readExploreUrl, type Thing} from '../urls/index.ts';
import {copyText} from '../widgets/index.ts';
import {useSay} from './notice.ts';
import {actionsOf, type ThingAction, type ThingActionName} from './thing-actions.ts';
import classes from './thing-menu.module.css';
import type {OpenThing} from './thing-menu.tsx';
import {usePageContext} from './use-page-context.ts';

const icons: Readonly<Record<ThingActionName, ComponentType<{size?: number}>>> = {
  open: IconArrowRight,
  service: IconServer2,
  filter: IconFilter,
  exclude: IconFilterOff,
  withValue: IconFilterOff,
  withoutValue: IconFilter,
  groupBy: IconLayoutList,
  traces: IconTimeline,
  scope: IconFocus2,
  sampling: IconAdjustments,
  mend: IconGitCompare,
  atLeast: IconMathEqualGreater,
  follow: IconExternalLink,
  copy: IconCopy,
  copyPair: IconCopy,
  copyTraceId: IconCopy,
};

/** What can be done with a thing, at the point where it was asked for. */
export function ThingMenuList({open, onClose}: {readonly open: OpenThing; readonly onClose: () => void}) {
  const text = useText();
  const say = useSay();
  const router = useRouter();
  const [context, change] = usePageContext();
  const search = useSearch({strict: false});
  const {found} = open;
  const {q, where, ...shown} = router.state.location.pathname === '/' ? readExploreUrl({...search}) : {};
  // A query of TraceQL takes no further conditions: from it, as from other pages, the way leads to a search of its own.
  const exploring = router.state.location.pathname === '/' && q === undefined;
  const actions = actionsOf(found, {
    context,
    ...(exploring ? {question: questionOf({where}), shown} : {question: undefined}),
  });
  const copy = async (value: string): Promise<void> => {
    await copyText(value);
    say(text.common.copied);
  };
  return (
    <Menu
      opened
      onClose={onClose}
      position="bottom-start"
      offset={2}
      withinPortal
      zIndex={500}
      trapFocus
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <span className={classes.anchor} aria-hidden="true" style={{left: open.x, top: open.y}} />
      </Menu.Target>
      <Menu.Dropdown aria-label={text.thing.menu} className={classes.menu ?? ''}>
        <Menu.Label className={classes.subject ?? ''}>{nameOf(found.thing)}</Menu.Label>
        {actions.map((action) => {
          const Icon = icons[action.name];
          const common = {leftSection: <Icon size={15} />, children: text.thing.actions[action.name]};
          const {href, onClick} = doing(action);
          return href === undefined ? (
            <Menu.Item key={action.name} {...common} onClick={onClick} />
          ) : (
            <Menu.Item key={action.name} {...common} component="a" {...outside(action)} href={href} onClick={onClick} />
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );

  /** Ways to other places are links, so that they open in another tab as every link does. */
  function doing(action: ThingAction): {href?: string; onClick?: (event: MouseEvent) => void} {
    switch (action.does) {
      case 'copy':
        return {onClick: () => void copy(action.text)};
      case 'change':
        return {onClick: () => change(action.context)};
      case 'follow':
        return {href: action.href};
      case 'go': {
        const {href} = router.buildLocation(action.link as never);
        return {
          href,
          onClick: (event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            void router.navigate(action.link as never);
          },
        };
      }
    }
  }
}

const outside = (action: ThingAction): object =>
  action.does === 'follow' ? {target: '_blank', rel: 'noopener noreferrer'} : {};

function nameOf(thing: Thing): string {
  return visibleText(fullName(thing).slice(0, 300), '–');
}

function fullName(thing: Thing): string {
  switch (thing.kind) {
    case 'trace':
      return thing.traceId;
    case 'span':
      return thing.spanId;
    case 'service':
      return thing.service;
    case 'endpoint':
      return thing.operation;
    case 'field':
      return `${thing.field} = ${thing.value}`;
    case 'attribute':
      return `${thing.key} = ${thing.value}`;
    case 'absent':
      return `has != ${thing.by}`;
    case 'text':
      return thing.value;
  }
}
