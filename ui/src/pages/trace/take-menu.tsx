import {ActionIcon} from '@mantine/core';
import {IconCopy, IconDownload} from '@tabler/icons-react';
import {useText} from '../../i18n/index.ts';
import {traceText} from '../../timeline/index.ts';
import {copyText, MenuButton, MenuItem, MenuLine} from '../../widgets/index.ts';

/** The whole trace to take along, as Jaeger and OpenTelemetry write it. */
export function TakeMenu({traceId}: {readonly traceId: string}) {
  const text = useText(traceText).trace;
  const jaeger = `/api/traces/${traceId}`;
  const otlp = async (): Promise<string> => otlpOf(await textAt(`/api/v3/traces/${traceId}`));
  return (
    <MenuButton
      label={text.take}
      end
      button={(props) => (
        <ActionIcon
          aria-label={text.take}
          title={text.take}
          variant="subtle"
          color="gray"
          size={24}
          {...(props as object)}
        >
          <IconDownload size={15} />
        </ActionIcon>
      )}
    >
      <MenuItem href={jaeger} download={`trace-${traceId}.json`} icon={<IconDownload size={14} />}>
        {text.download}
      </MenuItem>
      <MenuItem icon={<IconDownload size={14} />} onClick={() => void save(otlp(), `trace-${traceId}.otlp.json`)}>
        {text.downloadOtlp}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<IconCopy size={14} />} onClick={() => void copyText(textAt(jaeger))}>
        {text.copyJaeger}
      </MenuItem>
      <MenuItem icon={<IconCopy size={14} />} onClick={() => void copyText(otlp())}>
        {text.copyOtlp}
      </MenuItem>
    </MenuButton>
  );
}

async function textAt(address: string): Promise<string> {
  const response = await fetch(address);
  return response.text();
}

/** Jaeger's answer wraps what OTLP would send: without it, the text can be sent to any receiver as it is. */
const otlpOf = (answer: string): string => /^\{"result":(.*)\}\s*$/s.exec(answer)?.[1] ?? answer;

async function save(text: Promise<string>, name: string): Promise<void> {
  const address = URL.createObjectURL(new Blob([await text], {type: 'application/json'}));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
