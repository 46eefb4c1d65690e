import {Link} from '@tanstack/react-router';
import {useText} from '../i18n/index.ts';
import classes from './pipeline-tabs.module.css';

/** The two views behind the door "Pipeline": what flows, and what services are told to send. */
export function PipelineTabs() {
  const text = useText().nav;
  const tabs = [
    ['/pipeline', text.flow],
    ['/sampling', text.sampling],
  ] as const;
  return (
    <nav className={classes.tabs} aria-label={text.pipeline}>
      {tabs.map(([to, name]) => (
        <Link key={to} to={to} className={classes.tab} activeOptions={{includeSearch: false}}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
