import {IconCheck, IconCopy} from '@tabler/icons-react';
import {type ReactNode, useEffect, useState} from 'react';
import {useText} from '../i18n/index.ts';
import {copyText} from './copy-text.ts';
import {IconAction} from './icon-action.tsx';

/** Copies `value` (or what it returns) and says so for a moment. */
export function CopyAction({
  label,
  value,
  icon = <IconCopy size={14} />,
  size = 24,
}: {
  readonly label: string;
  readonly value: string | (() => string);
  readonly icon?: ReactNode;
  readonly size?: number;
}) {
  const text = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1200);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    await copyText(typeof value === 'string' ? value : value());
    setCopied(true);
  };
  return (
    <>
      <IconAction
        label={copied ? text.common.copied : label}
        icon={copied ? <IconCheck size={14} color="var(--ok)" /> : icon}
        onClick={() => void copy()}
        size={size}
      />
      <span role="status" className="visually-hidden">
        {copied ? text.common.copied : ''}
      </span>
    </>
  );
}
