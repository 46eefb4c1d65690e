import {Modal} from '@mantine/core';
import {useText} from '../i18n/index.ts';
import {commandKey, Keycap} from '../widgets/index.ts';
import {doors} from './doors.ts';
import {helpText} from './help-text/index.ts';
import classes from './keyboard-help.module.css';

/** Every key of the page, in one dialog. */
export function KeyboardHelp({onClose}: {readonly onClose: () => void}) {
  const {help: text, common} = useText(helpText);
  const groups: readonly (readonly [string, readonly (readonly [readonly string[], string])[]])[] = [
    [
      text.everywhere,
      [
        [[commandKey, 'K'], text.palette],
        [['?'], text.help],
        [doors.map((_, index) => String(index + 1)), text.numbers],
      ],
    ],
    [
      text.search,
      [
        [[commandKey, 'V'], text.pasteId],
        [['/'], text.focusSearch],
        [['s'], text.focusService],
        [['d'], text.focusDuration],
        [['e'], text.toggleErrors],
        [['↑', '↓'], text.upDownTraces],
      ],
    ],
    [
      text.trace,
      [
        [['↑', '↓'], text.upDown],
        [['←', '→'], text.leftRight],
        [['↵'], text.enter],
        [['Esc'], text.escape],
        [['/'], text.find],
        [['v'], text.nextView],
        [['n', 'N'], text.nextMatch],
        [['e', 'E'], text.nextError],
        [['b', 'B'], text.errorOrigin],
        [['w', 'W'], text.longestWork],
        [['+', '−', '0'], text.zoom],
        [['a', 'd'], text.pan],
        [['[', ']'], text.foldAll],
        [[commandKey, '⇳'], text.wheel],
      ],
    ],
    [
      text.sampling,
      [
        [['↑', '↓'], text.nextService],
        [['←', '→'], text.operations],
        [['o'], text.setForTime],
        [['a'], text.setForAll],
        [['z'], text.undo],
      ],
    ],
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      title={text.title}
      size={520}
      yOffset="10vh"
      closeButtonProps={{'aria-label': common.close}}
    >
      {groups.map(([title, rows]) => (
        <section key={title} className={classes.group}>
          <h3>{title}</h3>
          <dl>
            {rows.map(([keys, what]) => (
              <div key={what}>
                <dt>
                  {keys.map((key) => (
                    <Keycap key={key}>{key}</Keycap>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p className={classes.note}>{text.drag}</p>
    </Modal>
  );
}
