import {Button} from '@mantine/core';
import {IconAlertTriangle, IconArrowBackUp} from '@tabler/icons-react';
import type {ReactNode} from 'react';
import type {SamplingResponse} from '../../api/index.ts';
import {parseShare, writeShare} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {DraftField, Segmented} from '../../widgets/index.ts';
import classes from './policy.module.css';
import {QUIET} from './quiet.ts';
import {samplingText} from './text/index.ts';
import type {Changes} from './use-changes.ts';

/** How probabilities are found, for all services: the mode and its number; beside it what comes of it. */
export function Policy({sampling, changes}: {readonly sampling: SamplingResponse; readonly changes: Changes}) {
  const text = useText(samplingText).sampling;
  const format = useFormat();
  const {budget, probability, observing, seenRate, keptRate} = sampling;
  // A switch moves with the hand, not with the answer.
  const mode =
    changes.pending.flatMap((one) => (one.kind === 'policy' ? (one.change.mode ?? []) : []))[0] ?? sampling.mode;
  const takeBudget = (words: string): void => {
    const wanted = readRate(words)!;
    void changes.make({kind: 'policy', change: {budget: wanted}}, text.said.budget(format.rate(wanted)));
  };
  const takeProbability = (words: string): void => {
    const wanted = parseShare(words)!;
    void changes.make({kind: 'policy', change: {probability: wanted}}, text.said.probability(format.percent(wanted)));
  };
  return (
    <section aria-label={text.policy}>
      <div className={classes.policy}>
        <Part name={text.mode} note={text.modeHint[mode]}>
          <Segmented
            label={text.mode}
            value={mode}
            choices={sampling.modes.map((one) => ({value: one, label: text.modeName[one]}))}
            onChange={(one) =>
              void changes.make({kind: 'policy', change: {mode: one}}, text.said.mode(text.modeName[one]))
            }
          />
        </Part>
        {mode === 'adaptive' && (
          <Part name={text.budget} note={text.lowerBound(format.rate(sampling.lowerBound))}>
            <DraftField
              label={text.budget}
              width={130}
              value={String(budget)}
              unit={<Unit>{text.perSecond}</Unit>}
              wrong={text.badBudget}
              fits={(words) => readRate(words) !== undefined}
              onTake={takeBudget}
            />
          </Part>
        )}
        {mode === 'fixed' && (
          <Part
            name={text.probability}
            note={probability === 1 ? text.everyTrace : text.oneIn(oneIn(probability, format.count))}
          >
            <DraftField
              label={text.probability}
              width={110}
              value={writeShare(probability)}
              unit={<Unit>%</Unit>}
              wrong={text.badShare}
              fits={(words) => parseShare(words) !== undefined}
              onTake={takeProbability}
            />
          </Part>
        )}
        {mode === 'file' && sampling.file !== undefined && (
          <Part name={text.file} note={sampling.file.problem === undefined ? text.fileFine : text.fileKept}>
            <code className={classes.path} title={sampling.file.path}>
              {sampling.file.path}
            </code>
          </Part>
        )}
        <Part name={text.seen} note={text.seenHint}>
          <output className={classes.rate}>
            {observing ? (seenRate < QUIET ? text.none : format.rate(seenRate)) : '–'}
          </output>
        </Part>
        <Part
          name={text.kept}
          note={observing && seenRate >= QUIET ? text.ofSeen(format.percent(Math.min(1, keptRate / seenRate))) : ''}
        >
          <output className={classes.rate}>
            {observing ? (keptRate < QUIET ? text.none : format.rate(keptRate)) : '–'}
          </output>
        </Part>
        <Part name={text.setBy} note={text.setByHint[sampling.setBy]}>
          {sampling.setBy === 'configuration' ? (
            <span className={classes.plain}>{text.setByName.configuration}</span>
          ) : (
            <Button
              size="compact-sm"
              variant="default"
              fw={400}
              leftSection={<IconArrowBackUp size={14} />}
              onClick={() => void changes.make({kind: 'reset'}, text.said.reset)}
            >
              {text.toConfiguration}
            </Button>
          )}
        </Part>
      </div>
      {sampling.file?.problem !== undefined && <Warning title={text.fileProblem}>{sampling.file.problem}</Warning>}
      {!observing && <Warning title={text.notObserving}>{text.notObservingHint}</Warning>}
    </section>
  );
}

function Part({name, note, children}: {readonly name: string; readonly note: string; readonly children: ReactNode}) {
  return (
    <div className={classes.part}>
      <span className={classes.name}>{name}</span>
      {children}
      <span className={classes.note}>{note}</span>
    </div>
  );
}

function Unit({children}: {readonly children: string}) {
  return <span className={classes.unit}>{children}</span>;
}

function Warning({title, children}: {readonly title: string; readonly children: string}) {
  return (
    <p className={classes.warning} role="alert">
      <IconAlertTriangle size={15} aria-hidden="true" />
      <span>
        <strong>{title}</strong> {children}
      </span>
    </p>
  );
}

/** Traces a second, above none. */
function readRate(words: string): number | undefined {
  const rate = /^\d+([.,]\d+)?$/.test(words.trim()) ? Number(words.trim().replace(',', '.')) : Number.NaN;
  return rate > 0 ? rate : undefined;
}

const oneIn = (probability: number, count: (value: number) => string): string =>
  probability === 0 ? '∞' : count(Math.round(1 / probability));
