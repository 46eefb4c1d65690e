import {Button} from '@mantine/core';
import {IconSearch} from '@tabler/icons-react';
import {type ReactNode, useEffect, useRef, useState} from 'react';
import {type EditorHandle, LazyEditor} from '../../../editor/index.ts';
import {useCommands} from '../../../frame/index.ts';
import {useText} from '../../../i18n/index.ts';
import {exploreCommands} from '../explore-commands.ts';
import {traceqlText} from './text/index.ts';
import classes from './traceql.module.css';
import {useTraceqlLanguage} from './use-language.ts';

/** Shown where nothing is written. */
const EXAMPLE = '{ span.http.route = "/orders" && duration > 1s } | rate()';

/** The query in its editor. It is asked by Enter or the button, not at each letter: half a query is another one. */
export function TraceqlBar({
  q,
  kinds,
  tools,
  onRun,
}: {
  readonly q: string;
  /** Stands before the tools: what is shown of the answer. */
  readonly kinds: ReactNode;
  readonly tools: (draft: string) => ReactNode;
  readonly onRun: (q: string) => void;
}) {
  const text = useText(traceqlText);
  const language = useTraceqlLanguage();
  const [draft, setDraft] = useState(q);
  // The way back in the browser's history brings the query back too.
  useEffect(() => setDraft(q), [q]);
  const editor = useRef<EditorHandle>(undefined);
  useCommands(exploreCommands, {query: () => editor.current?.focus()});
  const run = (query: string): void => {
    if (query.trim() !== '') onRun(query.trim());
  };
  return (
    <search className={classes.bar} aria-label={text.editor.label}>
      <div className={classes.line}>
        {tools(draft)}
        {kinds}
      </div>
      <div className={classes.query}>
        <LazyEditor
          label={text.editor.label}
          language={language}
          value={draft}
          placeholder={EXAMPLE}
          lines={1}
          enterRuns
          handle={editor}
          onChange={setDraft}
          onRun={run}
        />
        <Button
          size="xs"
          leftSection={<IconSearch size={14} />}
          title={text.editor.hint}
          disabled={draft.trim() === ''}
          onClick={() => run(draft)}
        >
          {text.editor.run}
        </Button>
      </div>
    </search>
  );
}
