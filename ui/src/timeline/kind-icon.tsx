import {IconArrowBarToRight, IconArrowUpRight, IconInbox, IconSend} from '@tabler/icons-react';
import type {SpanKindName} from '../api/index.ts';
import {useText} from '../i18n/index.ts';

/** In the order of the API's numbers. */
export const kindNames = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
] as const satisfies SpanKindName[];

const icons = {server: IconArrowBarToRight, client: IconArrowUpRight, producer: IconSend, consumer: IconInbox};

/** A span that crosses a process boundary gets a sign, every other none. */
export function KindIcon({kind, size = 13}: {readonly kind: SpanKindName; readonly size?: number}) {
  const text = useText().kind;
  if (kind === 'internal' || kind === 'unspecified') return undefined;
  const Icon = icons[kind];
  return <Icon size={size} role="img" aria-label={text[kind]} />;
}
