import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {failureOf, queries} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {receivers} from '../../urls/index.ts';
import {CopyAction, FailurePanel, Segmented} from '../../widgets/index.ts';
import {demoCommand, snippets} from './snippets.ts';
import {exploreText} from './text/index.ts';
import classes from './welcome.module.css';

/** Nothing has ever arrived: where to send it, and commands that do. */
export function Welcome() {
  const text = useText(exploreText);
  const {data, error, refetch} = useQuery(queries.status());
  const [chosen, setChosen] = useState('node');
  if (data === undefined) {
    return error === null ? undefined : <FailurePanel failure={failureOf(error)} onRetry={() => void refetch()} />;
  }
  const host = location.hostname;
  const all = snippets(data.endpoints, host);
  const snippet = all.find((one) => one.id === chosen)!;
  const {data: addresses, sampling} = receivers(data.endpoints, host);
  const name = (id: string): string => text.endpointNames[id] ?? id;
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
            {addresses.map((one) => (
              <li key={one.name}>
                <span>{name(one.name)}</span>
                <code>{one.url}</code>
                <CopyAction label={text.welcome.copyAddress(name(one.name))} value={one.url} />
              </li>
            ))}
          </ul>
          {sampling.length > 0 && (
            <p className={classes.aside}>
              {text.welcome.more}{' '}
              {sampling.map((one, index) => (
                <span key={one.name}>
                  {index > 0 && ' · '}
                  <code>{one.url}</code>
                </span>
              ))}
            </p>
          )}
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
          <Command label={text.welcome.copySnippet(snippet.name)} code={snippet.code} />
        </section>
        <section>
          <h2>{text.welcome.demo}</h2>
          <p className={classes.aside}>{text.welcome.demoText}</p>
          <Command
            label={text.welcome.copySnippet(text.welcome.demo)}
            code={demoCommand(data.endpoints, host, location.origin)}
          />
        </section>
      </div>
    </div>
  );
}

function Command({label, code}: {readonly label: string; readonly code: string}) {
  return (
    <div className={classes.snippet}>
      <pre>{code}</pre>
      <CopyAction label={label} value={code} />
    </div>
  );
}
