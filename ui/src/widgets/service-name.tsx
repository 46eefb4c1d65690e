import {useVisible} from '../i18n/index.ts';
import {useServiceSwatch} from '../theme/index.ts';
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
  const swatch = useServiceSwatch();
  const shown = useVisible()(name);
  return (
    <span className={classes.service} title={titled ? shown : undefined}>
      <span className={classes.swatch} style={{background: swatch(name)}} aria-hidden="true" />
      <bdi className={strong ? classes.strong : classes.name}>{shown}</bdi>
    </span>
  );
}
