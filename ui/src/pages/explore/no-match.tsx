import {Button} from '@mantine/core';
import {IconFilterOff} from '@tabler/icons-react';
import {useQueries} from '@tanstack/react-query';
import {api} from '../../api/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import {
  defaultLast,
  isAbsolute,
  type Last,
  lastToMs,
  type PageContext,
  type RangeUrl,
  type ResultKindId,
  removeTerm,
  searchParameters,
} from '../../urls/index.ts';
import {QuietPanel, useLastText} from '../../widgets/index.ts';
import {conditionText} from './condition-text.ts';
import classes from './no-match.module.css';
import {exploreText} from './text/index.ts';
import {type Asked, asksFor, type ChangeAsked} from './use-explore-url.ts';

/** Nothing fits: finds out, by asking, what is in the way, and offers each change that finds something. */
export function NoMatch({
  of,
  asked,
  onChange,
}: {
  readonly of: ResultKindId;
  readonly asked: Asked;
  readonly onChange: ChangeAsked;
}) {
  const text = useText(exploreText);
  const visible = useVisible();
  const sayLast = useLastText();
  const {context, question} = asked;
  const withoutScope = (['service', 'environment'] as const).flatMap((key) =>
    context[key] === undefined
      ? []
      : [way(text.relax.remove(`${key} = ${visible(context[key])}`), {[key]: undefined}, asked)],
  );
  const withoutTerm = question.map((term) => {
    const rest = removeTerm(question, term);
    return way(text.relax.remove(conditionText(term, visible)), asksFor(rest), {...asked, question: rest});
  });
  const wider = widerRanges(context).map((range) =>
    way(text.relax.inRange(lowerFirst(sayLast(range.last ?? defaultLast))), range, asked),
  );
  const conditions = withoutScope.length + withoutTerm.length;
  const free: PageContext = {...context, service: undefined, environment: undefined};
  const withoutAll =
    conditions < 2
      ? []
      : [
          {
            name: text.relax.removeAll,
            change: asksFor([], {service: undefined, environment: undefined}),
            asked: {...asked, context: free, question: []},
          },
        ];
  const ways = [...withoutScope, ...withoutTerm, ...wider, ...withoutAll];
  const tries = useQueries({
    queries: ways.map(({asked: {context, question}}) => ({
      queryKey: ['relax', context, question],
      queryFn: ({signal}: {signal: AbortSignal}) =>
        api.traces(searchParameters(context, question, {limit: 1}, Date.now()), signal),
      staleTime: 10_000,
    })),
  });
  const asking = tries.some((one) => one.isPending);
  const found = ways.filter((_, index) => (tries[index]?.data?.traces.length ?? 0) > 0);
  const single = found.filter((one) => !withoutAll.some((all) => all === one));
  const helping = asking || single.length > 0 ? single : found;
  return (
    <QuietPanel
      icon={<IconFilterOff size={26} />}
      title={conditions > 0 ? text.relax.title[of] : text.relax.nothing[of]}
      hint={
        asking
          ? conditions > 0
            ? text.relax.asking
            : text.relax.askingTime
          : conditions === 0
            ? found.length > 0
              ? text.relax.elsewhere
              : text.relax.nowhere
            : single.length > 0
              ? text.relax.ways(single.length)
              : found.length > 0
                ? text.relax.together
                : text.relax.none
      }
    >
      <div className={classes.ways}>
        {helping.map((one) => (
          <Button key={one.name} size="xs" variant="default" fw={400} onClick={() => onChange(one.change)}>
            {one.name}
          </Button>
        ))}
      </div>
    </QuietPanel>
  );
}

/** A search that differs in one thing: its name, the change of the address, and what it then asks. */
function way(name: string, change: Partial<PageContext> & {where?: readonly string[] | undefined}, asked: Asked) {
  return {name, change, asked: {...asked, context: {...asked.context, ...change} as PageContext}};
}

/** A day and a week, where the range is shorter than that. */
function widerRanges(range: RangeUrl): RangeUrl[] {
  const wider = (['1d', '7d'] as const).filter(
    (last) => isAbsolute(range) || lastToMs(range.last ?? defaultLast) < lastToMs(last),
  );
  return wider.map((last: Last) => ({last, start: undefined, end: undefined}));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
