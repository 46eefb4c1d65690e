import {Button, NativeSelect} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {queries} from '../../api/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {
  defaultLimit,
  faultIn,
  limits,
  type Operator,
  outcomes,
  type Question,
  setField,
  type Term,
} from '../../urls/index.ts';
import {ChoicePicker, Segmented} from '../../widgets/index.ts';
import {DurationField} from './duration-field.tsx';
import {faultText} from './fault-text.ts';
import classes from './filter-bar.module.css';
import {exploreText} from './text/index.ts';
import {type Asked, asksFor, type ChangeAsked} from './use-explore-url.ts';

/** Stands for an operation without a name, which no list can hold as ''. */
const NAMELESS = '\u0000';

/** The conditions that most searches have, as fields: they read and write the same question as the query field. */
export function QuickFields({asked, onChange}: {readonly asked: Asked; readonly onChange: ChangeAsked}) {
  const text = useText(exploreText).explore;
  const {question} = asked;
  const change = (next: Question): void => onChange(asksFor(next));
  const outcome = question.find((one) => one.field === 'outcome');
  return (
    <>
      <OperationSelect
        service={asked.context.service}
        value={question.find((one) => one.field === 'operation' && one.op === '=')?.value}
        onChange={(value) => change(setField(question, 'operation', term('operation', '=', value)))}
      />
      <Segmented
        label={text.outcome}
        value={outcome === undefined ? 'any' : outcome.op === '=' ? outcome.value : ''}
        choices={[
          {value: 'any', label: text.any},
          ...outcomes.map((one) => ({
            value: one as string,
            label: <span title={text.outcomeHints[one]}>{text.outcomes[one]}</span>,
          })),
        ]}
        onChange={(value) =>
          change(setField(question, 'outcome', term('outcome', '=', value === 'any' ? undefined : value)))
        }
      />
      <Durations question={question} onChange={change} />
      <LimitSelect limit={asked.url.limit} onChange={(limit) => onChange({limit})} />
      {(question.length > 0 || asked.context.service !== undefined || asked.context.environment !== undefined) && (
        <Button
          size="compact-xs"
          variant="subtle"
          className={classes.clear ?? ''}
          c="var(--accent)"
          fw={400}
          onClick={() => onChange(asksFor([], {service: undefined, environment: undefined}))}
        >
          {text.clearAll}
        </Button>
      )}
    </>
  );
}

const term = (field: string, op: Operator, value: string | undefined): Term | undefined =>
  value === undefined ? undefined : {field, op, value};

/** At least and at most, of the trace as its row says it, or of a single span in it. */
function Durations({question, onChange}: {readonly question: Question; readonly onChange: (q: Question) => void}) {
  const explore = useText(exploreText);
  const text = explore.explore;
  const bound = (field: string, side: string): Term | undefined =>
    question.find((one) => one.field === field && one.op.startsWith(side));
  const onlySpan =
    question.some((one) => one.field === 'span.duration') && !question.some((one) => one.field === 'duration');
  const [chosen, setChosen] = useState<'duration' | 'span.duration'>('duration');
  const of = onlySpan ? 'span.duration' : chosen;
  const set = (side: '>' | '<', value: string | undefined): void => {
    const rest = question.filter((one) => one.field !== of || !one.op.startsWith(side));
    onChange(value === undefined ? rest : [...rest, {field: of, op: `${side}=`, value}]);
  };
  return (
    <span className={classes.pair}>
      <span className={classes.label}>{text.duration}</span>
      <NativeSelect
        size="xs"
        w={96}
        aria-label={text.durationOf}
        data={(['duration', 'span.duration'] as const).map((value) => ({value, label: text.durationsOf[value]}))}
        value={of}
        onChange={({currentTarget: {value}}) => {
          const next = value as 'duration' | 'span.duration';
          setChosen(next);
          onChange(question.map((one) => (one.field === of ? {...one, field: next} : one)));
        }}
      />
      {(['>', '<'] as const).map((side) => {
        const now = bound(of, side);
        const fault = now === undefined ? undefined : faultIn(question, now);
        const name = side === '>' ? text.min : text.max;
        return (
          <DurationField
            key={side}
            label={`${text.duration}: ${name}`}
            placeholder={name}
            value={now?.value}
            refused={fault === undefined ? undefined : faultText(fault, explore)}
            onChange={(value) => set(side, value)}
          />
        );
      })}
    </span>
  );
}

function LimitSelect({
  limit,
  onChange,
}: {
  readonly limit: number | undefined;
  readonly onChange: (limit: number | undefined) => void;
}) {
  const text = useText(exploreText).explore;
  const format = useFormat();
  const choices = [...new Set([...limits, limit ?? defaultLimit])].sort((a, b) => a - b);
  return (
    <span className={classes.pair}>
      <span className={classes.label}>{text.limit}</span>
      <NativeSelect
        size="xs"
        w={84}
        aria-label={text.limit}
        data={choices.map((one) => ({value: String(one), label: format.count(one)}))}
        value={String(limit ?? defaultLimit)}
        onChange={({currentTarget: {value: one}}) => onChange(Number(one) === defaultLimit ? undefined : Number(one))}
      />
    </span>
  );
}

function OperationSelect({
  service,
  value,
  onChange,
}: {
  readonly service: string | undefined;
  readonly value: string | undefined;
  readonly onChange: (operation: string | undefined) => void;
}) {
  const text = useText(exploreText).explore;
  const visible = useVisible();
  const {data} = useQuery({...queries.operations(service ?? ''), enabled: service !== undefined});
  const names = withChosen([...new Set(data?.operations.map((operation) => operation.name))], value);
  const [opened, setOpened] = useState(false);
  const unused = service === undefined && value === undefined ? text.chooseServiceFirst : undefined;
  return (
    <ChoicePicker
      label={text.operation}
      value={value === '' ? NAMELESS : value}
      choices={[
        {value: undefined, name: unused ?? text.anyOperation},
        ...names.map((name) => ({value: name === '' ? NAMELESS : name, name: visible(name)})),
      ]}
      opened={opened}
      unused={unused}
      onOpened={setOpened}
      onChoose={(name) => onChange(name === NAMELESS ? '' : name)}
    />
  );
}

/** The chosen value stays choosable, even before the list has come or when it is not on it. */
export function withChosen(names: readonly string[], chosen: string | undefined): string[] {
  return chosen === undefined || names.includes(chosen) ? [...names] : [chosen, ...names];
}
