import {IconCheck, IconCopy} from '@tabler/icons-react';
import {type ReactNode, useEffect, useState} from 'react';
import {useText} from '../i18n/index.ts';
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

/** Pages served over plain HTTP from another host have no clipboard API: a hidden field serves there. */
async function copyText(value: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(value);
  const field = document.createElement('textarea');
  field.value = value;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
