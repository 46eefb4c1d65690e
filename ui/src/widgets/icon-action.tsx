import {ActionIcon} from '@mantine/core';
import type {ReactNode} from 'react';

export interface IconActionProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly onClick?: (() => void) | undefined;
  /** Shown in the tooltip. */
  readonly keys?: string | undefined;
  readonly pressed?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  readonly size?: number | undefined;
}

/** A quiet square button with its name in a tooltip. */
export function IconAction({label, icon, onClick, keys, pressed, disabled = false, size = 26}: IconActionProps) {
  return (
    <ActionIcon
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys})`}
      aria-pressed={pressed}
      variant={pressed ? 'light' : 'subtle'}
      color={pressed ? 'indigo' : 'gray'}
      size={size}
      disabled={disabled}
      onClick={onClick}
    >
      {icon}
    </ActionIcon>
  );
}
