import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {failureOf, queries} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {CopyAction, FailurePanel, Segmented} from '../../widgets/index.ts';
import {reachable, snippets} from './snippets.ts';
import {searchText} from './text/index.ts';
import classes from './welcome.module.css';

/** Nothing has ever arrived: where to send it, and commands that do. */
export function Welcome() {
  const text = useText(searchText);
  const {data, error, refetch} = useQuery(queries.status());
  const [chosen, setChosen] = useState('node');
  if (data === undefined) {
    return error === null ? undefined : <FailurePanel failure={failureOf(error)} onRetry={() => void refetch()} />;
  }
  const host = location.hostname;
  const all = snippets(data.endpoints, host);
  const snippet = all.find((one) => one.id === chosen)!;
  return (
    <div className={classes.scroller}>
      <div className={classes.welcome}>
        <header>
          <h1 className={classes.title}>
            <span className={classes.pulse} aria-hidden="true" />
            {text.welcome.title}
          </h1>
          <p>{text.welcome.text}</p>
        </header>
        <section>
          <h2>{text.welcome.endpoints}</h2>
          <ul className={classes.endpoints}>
            {Object.entries(data.endpoints)
              .filter(([name]) => name !== 'http')
              .map(([name, address]) => (
                <li key={name}>
                  <span>{text.endpointNames[name] ?? name}</span>
                  <code>{reachable(address, host)}</code>
                  <CopyAction label={text.common.copy} value={reachable(address, host)} />
                </li>
              ))}
          </ul>
        </section>
        <section>
          <div className={classes.snippetHead}>
            <h2>{text.welcome.snippets}</h2>
            <Segmented
              label={text.welcome.snippets}
              value={chosen}
              choices={all.map((one) => ({value: one.id, label: one.name}))}
              onChange={setChosen}
            />
          </div>
          <div className={classes.snippet}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls sideways must be reachable by keyboard */}
            <pre tabIndex={0}>{snippet.code}</pre>
            <CopyAction label={text.common.copy} value={snippet.code} />
          </div>
        </section>
      </div>
    </div>
  );
}
