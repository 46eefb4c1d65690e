import {useVisible} from '../i18n/index.ts';
import {useServiceColour} from '../theme/index.ts';
import classes from './service-name.module.css';

/** A service with its colour; the colour never speaks alone. `titled`: the whole name stands in a tooltip too. */
export function ServiceName({
  name,
  strong = false,
  titled = true,
}: {
  readonly name: string;
  readonly strong?: boolean;
  readonly titled?: boolean;
}) {
  const colour = useServiceColour();
  const shown = useVisible()(name);
  return (
    <span className={classes.service} title={titled ? shown : undefined}>
      <span className={classes.swatch} style={{background: colour(name)}} aria-hidden="true" />
      <bdi className={strong ? classes.strong : classes.name}>{shown}</bdi>
    </span>
  );
}
