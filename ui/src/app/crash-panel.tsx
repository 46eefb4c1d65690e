import {Button} from '@mantine/core';
import {IconBug, IconRefresh} from '@tabler/icons-react';
import type {ErrorComponentProps} from '@tanstack/react-router';
import {useText} from '../i18n/index.ts';
import {QuietPanel} from '../widgets/index.ts';

/** Stands in place of a view that threw. */
export function CrashPanel({error, reset}: ErrorComponentProps) {
  const text = useText();
  return (
    <div role="alert">
      <QuietPanel icon={<IconBug size={24} />} title={text.failure.crashed} hint={text.failure.crashedHint}>
        <code>{error instanceof Error ? error.message : String(error)}</code>
        <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} onClick={reset}>
          {text.common.retry}
        </Button>
      </QuietPanel>
    </div>
  );
}
