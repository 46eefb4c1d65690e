import {IconArrowsDiff, IconServer2, IconWorld} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {queries} from '../api/index.ts';
import {useText} from '../i18n/index.ts';
import type {CompareWith} from '../urls/index.ts';
import {type Choice, ChoicePicker, ServiceName} from '../widgets/index.ts';

interface PickerProps<T extends string> {
  readonly value: T | undefined;
  readonly opened: boolean;
  readonly unused: string | undefined;
  readonly onOpened: (opened: boolean) => void;
  readonly onChoose: (value: T | undefined) => void;
}

export function ServicePicker(props: PickerProps<string>) {
  const text = useText().context;
  const {data} = useQuery(queries.services());
  const names = withChosen(data?.services.map((service) => service.name) ?? [], props.value);
  return (
    <ChoicePicker
      {...props}
      label={text.service}
      icon={props.value === undefined ? <IconServer2 size={14} aria-hidden="true" /> : undefined}
      nothing={text.noServices}
      choices={[
        {value: undefined, name: text.allServices},
        ...names.map((name) => ({value: name, name, label: <ServiceName name={name} />})),
      ]}
    />
  );
}

export function EnvironmentPicker({service, ...props}: PickerProps<string> & {readonly service: string | undefined}) {
  const text = useText().context;
  const enabled = props.opened;
  // The key of today's semantic conventions, and the one before it.
  const now = useQuery({...queries.attributeValues('deployment.environment.name', service, ''), enabled});
  const before = useQuery({...queries.attributeValues('deployment.environment', service, ''), enabled});
  const values = [...(now.data?.values ?? []), ...(before.data?.values ?? [])].map(({value}) => value);
  const names = withChosen([...new Set(values)], props.value);
  return (
    <ChoicePicker
      {...props}
      label={text.environment}
      compact
      icon={<IconWorld size={14} aria-hidden="true" />}
      choices={[{value: undefined, name: text.allEnvironments}, ...names.map((name) => ({value: name, name}))]}
    />
  );
}

/** Off, another time, or another version of what is looked at. */
export function ComparePicker({service, ...props}: PickerProps<CompareWith> & {readonly service: string | undefined}) {
  const text = useText().context;
  const {data} = useQuery({...queries.attributeValues('service.version', service, ''), enabled: props.opened});
  const chosen = props.value?.startsWith('version:') ? props.value.slice('version:'.length) : undefined;
  const versions = withChosen(data?.values.map(({value}) => value) ?? [], chosen);
  const choices: Choice<CompareWith>[] = [
    {value: undefined, name: text.compareOff},
    {value: 'before', name: text.compareBefore},
    {value: 'yesterday', name: text.compareYesterday},
    ...versions.map((version) => ({
      value: `version:${version}` as const,
      name: text.compareVersion(version),
      group: text.versions,
    })),
  ];
  return (
    <ChoicePicker
      {...props}
      label={text.compare}
      compact
      icon={<IconArrowsDiff size={14} aria-hidden="true" />}
      choices={choices}
    />
  );
}

/** What is chosen stays choosable, before the list has come and when it is not on it. */
function withChosen(names: readonly string[], chosen: string | undefined): readonly string[] {
  return chosen === undefined || names.includes(chosen) ? names : [chosen, ...names];
}
