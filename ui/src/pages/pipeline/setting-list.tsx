import type {PipelineComponentResponse} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import classes from './component-pane.module.css';
import {InlineCode} from './inline-code.tsx';
import {pipelineText} from './text/index.ts';

/** The documentation of a component's settings; those that are set stand out. */
export function SettingList({settings}: {readonly settings: PipelineComponentResponse['settings']}) {
  const text = useText(pipelineText).pipeline;
  return (
    <section>
      <h3 className={classes.heading}>{text.documentation}</h3>
      <dl className={classes.settings}>
        {settings.map(({path, type, default: fallback, help, required, isSet}) => (
          <div key={path} data-set={isSet}>
            <dt>
              <code>{path}</code>
              {isSet && <span className={classes.set}>{text.isSet}</span>}
              <span className={classes.type}>
                {[type, required ? text.required : fallback === '' ? '' : text.byDefault(fallback)]
                  .filter((part) => part !== '')
                  .join(', ')}
              </span>
            </dt>
            <dd>
              <InlineCode>{help}</InlineCode>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
