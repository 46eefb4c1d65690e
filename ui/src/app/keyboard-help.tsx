import {Modal} from '@mantine/core';
import {type CommandSet, scopes, useCommandRegistry} from '../frame/index.ts';
import {shellText, useText} from '../i18n/index.ts';
import {Keycap, keyNames} from '../widgets/index.ts';
import {commandSets} from './command-sets.ts';
import classes from './keyboard-help.module.css';

/** Every key of the page: those in force where the reader is first, then those of other pages. Written nowhere but in the commands. */
export function KeyboardHelp({onClose}: {readonly onClose: () => void}) {
  const text = useText();
  const active = useCommandRegistry().list();
  const here = [...new Set(active.map((command) => command.set))].sort(
    (a, b) => scopes.indexOf(b.scope) - scopes.indexOf(a.scope) || commandSets.indexOf(a) - commandSets.indexOf(b),
  );
  const elsewhere = commandSets.filter((set) => !here.includes(set));
  const usable = new Set(active.map((command) => command.id));
  return (
    <Modal
      opened
      onClose={onClose}
      title={text.keys.title}
      size={860}
      yOffset="8vh"
      closeButtonProps={{'aria-label': text.common.close}}
    >
      <div className={classes.columns}>
        {here.map((set) => (
          <Keys key={set.id} set={set} usable={usable} />
        ))}
      </div>
      {elsewhere.length > 0 && (
        <details className={classes.elsewhere}>
          <summary>{text.keys.elsewhere}</summary>
          <div className={classes.columns}>
            {elsewhere.map((set) => (
              <Keys key={set.id} set={set} />
            ))}
          </div>
        </details>
      )}
    </Modal>
  );
}

/** `usable`: only these; all of them otherwise. */
function Keys({set, usable}: {readonly set: CommandSet<never>; readonly usable?: ReadonlySet<string>}) {
  const texts = useText(set.texts ?? shellText) as never;
  const rows = Object.entries(set.commands).filter(
    ([name, {keys}]) => keys !== undefined && (usable?.has(`${set.id}.${name}`) ?? true),
  );
  if (rows.length === 0) return undefined;
  return (
    <section className={classes.group}>
      <h3>{set.title(texts)}</h3>
      <dl>
        {rows.map(([name, {keys = [], text}]) => (
          <div key={name}>
            <dt>
              {keyNames(keys[0]!).map((key) => (
                <Keycap key={key}>{key}</Keycap>
              ))}
            </dt>
            <dd>{text(texts)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
