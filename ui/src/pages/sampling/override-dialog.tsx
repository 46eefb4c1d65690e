import {Autocomplete, Button, Modal, TextInput} from '@mantine/core';
import {type FormEvent, useId, useState} from 'react';
import {failureOf, type Override, type OverrideChange} from '../../api/index.ts';
import {parseDuration, parseShare, writeDuration, writeShare} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {recall, remember} from '../../theme/index.ts';
import {Segmented, useFailureText} from '../../widgets/index.ts';
import {everyService, overrideOf} from './changes.ts';
import classes from './override-dialog.module.css';
import {samplingText} from './text/index.ts';
import type {Changes} from './use-changes.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error'];
const shares = [1, 0.5, 0.1, 0.01, 0];
const times = ['15m', '1h', '4h', '24h'] as const;
const longest = 30 * 24 * 3600e9;

/** Sets a sampling probability, a log level or both for a service, or for all, for a time. */
export function OverrideDialog({
  service,
  overrides,
  changes,
  onClose,
}: {
  readonly service: string;
  readonly overrides: readonly Override[];
  readonly changes: Changes;
  readonly onClose: () => void;
}) {
  const words = useText(samplingText);
  const text = words.sampling;
  const format = useFormat();
  const hint = useId();
  const [share, setShare] = useState(() => {
    const set = overrideOf(overrides, service, 'sampling');
    return set === undefined ? '' : writeShare(Number(set.value));
  });
  const [level, setLevel] = useState(() => String(overrideOf(overrides, service, 'logLevel')?.value ?? ''));
  const [time, setTime] = useState<(typeof times)[number] | 'other'>('1h');
  const [other, setOther] = useState('2h');
  const [note, setNote] = useState('');
  const [who, setWho] = useState(() => recall('who') ?? '');
  const [failure, setFailure] = useState(false);

  const name = service === everyService ? text.allServices : service;
  const probability = share.trim() === '' ? undefined : parseShare(share);
  const badShare = share.trim() !== '' && probability === undefined;
  const lasting = time === 'other' ? parseDuration(other) : parseDuration(time);
  const badTime = lasting === undefined || lasting < 1e9 || lasting > longest;
  const logLevel = level.trim() === '' ? undefined : level.trim();
  const nothing = probability === undefined && logLevel === undefined;
  const parts = [
    ...(probability === undefined ? [] : [`${text.what.sampling} ${text.keeps(format.percent(probability))}`]),
    ...(logLevel === undefined ? [] : [`${text.what.logLevel} ${logLevel}`]),
  ];

  const apply = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (nothing || badShare || badTime) return;
    remember('who', who.trim());
    const change: OverrideChange = {
      ...(probability === undefined ? {} : {probability}),
      ...(logLevel === undefined ? {} : {logLevel}),
      for: time === 'other' ? writeDuration(lasting) : time,
      setBy: who.trim(),
      note: note.trim(),
    };
    const said = text.said.set(name, parts.join(', '), format.duration(lasting));
    const made = await changes.make({kind: 'set', service, change}, said);
    setFailure(!made);
    if (made) onClose();
  };
  const failed = useFailureText(failure && changes.error !== undefined ? failureOf(changes.error) : undefined);

  return (
    <Modal
      opened
      onClose={onClose}
      title={text.setFor(name)}
      size={520}
      yOffset="10vh"
      closeButtonProps={{'aria-label': words.common.close}}
    >
      <form className={classes.form} onSubmit={(event) => void apply(event)}>
        <div className={classes.field}>
          <TextInput
            data-autofocus
            label={text.probability}
            description={text.probabilityHint}
            placeholder={text.leaveAsIs}
            value={share}
            error={badShare ? text.badShare : undefined}
            rightSection="%"
            autoComplete="off"
            onChange={(event) => setShare(event.currentTarget.value)}
          />
          <div className={classes.presets}>
            {shares.map((one) => (
              <button
                key={one}
                type="button"
                className={classes.preset}
                aria-pressed={probability === one}
                onClick={() => setShare(writeShare(one))}
              >
                {writeShare(one)} %
              </button>
            ))}
            <button type="button" className={classes.preset} aria-pressed={share === ''} onClick={() => setShare('')}>
              {text.leaveAsIs}
            </button>
          </div>
        </div>
        <Autocomplete
          label={text.logLevel}
          description={text.logLevelHint}
          placeholder={text.leaveAsIs}
          data={levels}
          value={level}
          maxLength={32}
          onChange={setLevel}
        />
        <div className={classes.field}>
          <span className={classes.label}>{text.forTime}</span>
          <div className={classes.time}>
            <Segmented
              label={text.forTime}
              value={time}
              choices={[...times, 'other' as const].map((one) => ({value: one, label: text.time[one]}))}
              onChange={setTime}
            />
            {time === 'other' && (
              <TextInput
                size="xs"
                w={96}
                aria-label={text.time.other}
                value={other}
                error={badTime}
                onChange={(event) => setOther(event.currentTarget.value)}
              />
            )}
          </div>
          {badTime && (
            <p role="alert" className={classes.wrong}>
              {text.badTime}
            </p>
          )}
        </div>
        <div className={classes.pair}>
          <TextInput
            label={text.who}
            value={who}
            maxLength={100}
            autoComplete="name"
            onChange={(event) => setWho(event.currentTarget.value)}
          />
          <TextInput
            label={text.note}
            value={note}
            maxLength={300}
            autoComplete="off"
            onChange={(event) => setNote(event.currentTarget.value)}
          />
        </div>
        {failed !== undefined && (
          <p role="alert" className={classes.wrong}>
            {[failed, ...(failed.others ?? [])]
              .map(({detail, hint}) => `${detail ?? failed.title} ${hint ?? ''}`)
              .join(' ')}
          </p>
        )}
        <div className={classes.foot}>
          <p id={hint} className={classes.summary}>
            {nothing ? text.chooseOne : badShare || badTime ? '' : `${name}: ${parts.join(', ')}`}
          </p>
          <Button size="xs" variant="default" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button
            size="xs"
            type="submit"
            disabled={nothing || badShare || badTime}
            loading={changes.busy}
            aria-describedby={hint}
          >
            {text.apply}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
