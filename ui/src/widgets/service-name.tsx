import {useServiceColour} from '../theme/index.ts';
import classes from './service-name.module.css';

/** A service with its colour; the colour never speaks alone. */
export function ServiceName({name, strong = false}: {readonly name: string; readonly strong?: boolean}) {
  const colour = useServiceColour();
  return (
    <span className={classes.service} title={name}>
      <span className={classes.swatch} style={{background: colour(name)}} aria-hidden="true" />
      <span className={strong ? classes.strong : classes.name}>{name}</span>
    </span>
  );
}
