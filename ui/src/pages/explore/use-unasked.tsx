import {Button} from '@mantine/core';
import {IconFilterOff} from '@tabler/icons-react';
import type {ReactNode} from 'react';
import {useText, useVisible} from '../../i18n/index.ts';
import {type Question, questionFaults, removeTerm, writeTerm} from '../../urls/index.ts';
import {QuietPanel} from '../../widgets/index.ts';
import {conditionText} from './condition-text.ts';
import {faultText} from './fault-text.ts';
import classes from './no-match.module.css';
import {exploreText} from './text/index.ts';
import {asksFor, type ChangeAsked} from './use-explore-url.ts';

/** Stands in place of results where the question is one that Weft would refuse: why, and the conditions to take out. */
export function useUnasked(question: Question, onChange: ChangeAsked): ReactNode {
  const text = useText(exploreText);
  const visible = useVisible();
  const faults = questionFaults(question);
  if (faults.length === 0) return undefined;
  const reasons = [...new Set(faults.map(({fault}) => visible(faultText(fault, text))))];
  return (
    <QuietPanel icon={<IconFilterOff size={26} />} title={text.relax.cannotAsk} hint={reasons.join(' ')}>
      <div className={classes.ways}>
        {faults.map(({term}) => (
          <Button
            key={writeTerm(term)}
            size="xs"
            variant="default"
            fw={400}
            onClick={() => onChange(asksFor(removeTerm(question, term)))}
          >
            {text.relax.remove(conditionText(term, visible))}
          </Button>
        ))}
      </div>
    </QuietPanel>
  );
}
