import {Button, Select} from '@mantine/core';
import {IconRefresh} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {type KeyboardEvent, useRef} from 'react';
import {failureOf, queries} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {defaultLimit, kinds, limits, listConditions, type SearchUrl, statuses} from '../../urls/index.ts';
import {IconAction, Segmented, ServiceName, useKeys} from '../../widgets/index.ts';
import {AttributeInput} from './attribute-input.tsx';
import {DurationField} from './duration-field.tsx';
import classes from './filter-bar.module.css';
import {stepTraces} from './step-traces.ts';
import {searchText} from './text/index.ts';

/** Every condition of a search. Each change searches at once; there is no button to press. */
export function FilterBar({
  url,
  failure,
  onChange,
  onRefresh,
}: {
  readonly url: SearchUrl;
  readonly failure: Error | undefined;
  readonly onChange: (change: Partial<SearchUrl>) => void;
  readonly onRefresh: () => void;
}) {
  const text = useText(searchText);
  const format = useFormat();
  const bar = useRef<HTMLElement>(null);
  const focusField = (label: string) => (): void => {
    bar.current?.querySelector<HTMLInputElement>(`input[aria-label="${CSS.escape(label)}"]`)?.focus();
  };
  const least = `${text.search.duration}: ${text.search.min}`;
  useKeys({
    d: focusField(least),
    e: () => onChange({status: url.status === 'error' ? undefined : 'error'}),
    ArrowDown: step(1),
    ArrowUp: step(-1),
  });
  const conditions = listConditions(url);
  const refused = failure === undefined ? undefined : failureOf(failure);
  const wrong = refused?.kind === 'refused' ? refused.parameter : undefined;
  return (
    <search ref={bar} className={classes.bar} aria-label={text.search.filters} onKeyDown={leaveField}>
      <div className={classes.line}>
        <ServiceSelect value={url.service} onChange={(service) => onChange({service, operation: undefined})} />
        <OperationSelect service={url.service} value={url.operation} onChange={(operation) => onChange({operation})} />
        <div className={classes.grow}>
          <AttributeInput
            value={url.attribute ?? []}
            service={url.service}
            onChange={(attribute) => onChange({attribute: attribute.length > 0 ? attribute : undefined})}
          />
        </div>
        <IconAction label={text.search.refresh} icon={<IconRefresh size={16} />} onClick={onRefresh} size={30} />
      </div>
      <div className={classes.line}>
        <Segmented
          label={text.search.status}
          value={url.status ?? 'any'}
          choices={[
            {value: 'any', label: text.common.any},
            ...statuses.map((status) => ({value: status, label: text.statusName[status]})),
          ]}
          onChange={(status) => onChange({status: status === 'any' ? undefined : status})}
        />
        <Select
          size="xs"
          w={120}
          aria-label={text.search.kind}
          placeholder={text.search.anyKind}
          data={kinds.map((kind) => ({value: kind, label: text.kind[kind]}))}
          value={url.kind ?? null}
          clearable
          onChange={(kind) => onChange({kind: kind ?? undefined})}
        />
        <span className={classes.pair}>
          <span className={classes.label}>{text.search.duration}</span>
          <DurationField
            label={least}
            placeholder={text.search.min}
            value={url.min}
            refused={wrong === 'minDuration'}
            onChange={(min) => onChange({min})}
          />
          –
          <DurationField
            label={`${text.search.duration}: ${text.search.max}`}
            placeholder={text.search.max}
            value={url.max}
            refused={wrong === 'maxDuration'}
            onChange={(max) => onChange({max})}
          />
        </span>
        <span className={classes.pair}>
          <span className={classes.label}>{text.search.limit}</span>
          <Select
            size="xs"
            w={84}
            aria-label={text.search.limit}
            allowDeselect={false}
            data={limitChoices(url.limit).map((limit) => ({value: String(limit), label: format.count(limit)}))}
            value={String(url.limit ?? defaultLimit)}
            onChange={(limit) => onChange({limit: Number(limit) === defaultLimit ? undefined : Number(limit)})}
          />
        </span>
        {conditions.length > 0 && (
          <Button
            size="compact-xs"
            variant="subtle"
            c="var(--accent)"
            fw={400}
            onClick={() =>
              onChange({
                service: undefined,
                operation: undefined,
                kind: undefined,
                status: undefined,
                attribute: undefined,
                min: undefined,
                max: undefined,
              })
            }
          >
            {text.search.clearAll}
          </Button>
        )}
      </div>
    </search>
  );
}

const step = (by: 1 | -1) => (): void => void stepTraces(by);

/** Escape leaves a field for the keys of the page, and so does ↓ where it means nothing to the field. */
function leaveField(event: KeyboardEvent): void {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || event.defaultPrevented || event.nativeEvent.isComposing) return;
  if (event.key === 'Escape' && field.ariaExpanded !== 'true') field.blur();
  else if (event.key === 'ArrowDown' && field.type === 'text' && !isList(field) && stepTraces(1))
    event.preventDefault();
}
const isList = (field: HTMLElement): boolean => field.role === 'combobox' || field.ariaHasPopup !== null;

/** The usual limits, and the one in the address if it is another. */
function limitChoices(limit: number | undefined): number[] {
  return [...new Set([...limits, limit ?? defaultLimit])].sort((a, b) => a - b);
}

function ServiceSelect({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (service: string | undefined) => void;
}) {
  const text = useText(searchText).search;
  const {data} = useQuery(queries.services());
  const names = withChosen(data?.services.map((service) => service.name) ?? [], value);
  return (
    <Select
      size="xs"
      w={170}
      aria-label={text.service}
      placeholder={text.anyService}
      data={names}
      value={value ?? null}
      searchable
      selectFirstOptionOnChange
      clearable
      onChange={(service) => onChange(service ?? undefined)}
      renderOption={({option}) => <ServiceName name={option.value} />}
    />
  );
}

function OperationSelect({
  service,
  value,
  onChange,
}: {
  service: string | undefined;
  value: string | undefined;
  onChange: (operation: string | undefined) => void;
}) {
  const text = useText(searchText).search;
  const {data} = useQuery({...queries.operations(service ?? ''), enabled: service !== undefined});
  const names = withChosen([...new Set(data?.operations.map((operation) => operation.name))], value);
  return (
    <Select
      size="xs"
      w={200}
      aria-label={text.operation}
      placeholder={service === undefined && value === undefined ? text.chooseServiceFirst : text.anyOperation}
      disabled={service === undefined && value === undefined}
      data={names}
      value={value ?? null}
      searchable
      selectFirstOptionOnChange
      clearable
      limit={200}
      comboboxProps={{width: 340, position: 'bottom-start'}}
      onChange={(operation) => onChange(operation ?? undefined)}
    />
  );
}

/** The chosen value stays choosable, even before the list has come or when it is not on it. */
function withChosen(names: readonly string[], chosen: string | undefined): string[] {
  return chosen === undefined || names.includes(chosen) ? [...names] : [chosen, ...names];
}
