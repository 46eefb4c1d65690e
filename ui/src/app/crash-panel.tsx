import {Button} from '@mantine/core';
import {IconBug, IconCloudOff, IconRefresh} from '@tabler/icons-react';
import {type ErrorComponentProps, useRouter} from '@tanstack/react-router';
import {useEffect, useState} from 'react';
import {connection} from '../api/index.ts';
import {useConnection} from '../frame/index.ts';
import {useText} from '../i18n/index.ts';
import {QuietPanel} from '../widgets/index.ts';
import {isLostCode} from './lost-code.ts';

/** Stands in place of a view that threw, or whose code could not be fetched. */
export function CrashPanel({error, reset}: ErrorComponentProps) {
  const text = useText();
  const router = useRouter();
  const gone = useConnection().kind === 'gone';
  const lost = isLostCode(error);
  const known = useKnownConnection();
  const again = (): void => {
    if (gone) return connection.tryNow();
    // The address says all that was on show.
    if (lost) return location.reload();
    reset();
    // What the view was fetched with failed too, or may have.
    void router.invalidate();
  };
  return (
    <div role="alert">
      <QuietPanel
        icon={lost ? <IconCloudOff size={24} /> : <IconBug size={24} />}
        title={lost ? (gone ? text.failure.unreachable : text.failure.lost) : text.failure.crashed}
        hint={
          lost ? (gone ? text.failure.codeHint : known ? text.failure.lostHint : undefined) : text.failure.crashedHint
        }
      >
        {!lost && <code>{error instanceof Error ? error.message : String(error)}</code>}
        <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} onClick={again}>
          {lost && !gone ? text.failure.reload : text.common.retry}
        </Button>
      </QuietPanel>
    </div>
  );
}

/** False until Weft has said, or failed to say, that it is there: before, nobody knows why code did not come. */
function useKnownConnection(): boolean {
  const [known, setKnown] = useState(false);
  useEffect(() => {
    let wanted = true;
    void connection.doubt().then(() => wanted && setKnown(true));
    return () => {
      wanted = false;
    };
  }, []);
  return known;
}
