import {Link} from '@tanstack/react-router';
import {useText} from '../i18n/index.ts';
import classes from './pipeline-tabs.module.css';

/** The two views behind the door "Services": the list, and the map of who calls whom. */
export function ServicesTabs() {
  const text = useText().nav;
  const tabs = [
    ['/services', text.list],
    ['/map', text.map],
  ] as const;
  return (
    <nav className={classes.tabs} aria-label={text.services}>
      {tabs.map(([to, name]) => (
        <Link key={to} to={to} className={classes.tab} activeOptions={{includeSearch: false}}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
