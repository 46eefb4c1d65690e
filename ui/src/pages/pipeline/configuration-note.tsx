import {IconAlertTriangle, IconFileCode} from '@tabler/icons-react';
import type {PipelineConfiguration} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import classes from './configuration-note.module.css';
import {pipelineText} from './text/index.ts';

/** Which configuration runs, and why one that was written since does not. */
export function ConfigurationNote({configuration}: {readonly configuration: PipelineConfiguration}) {
  const text = useText(pipelineText).pipeline.config;
  const format = useFormat();
  const {sources, loadedUnixNano, refused, warnings, atNextStart} = configuration;
  return (
    <div className={classes.notes}>
      <div className={classes.source}>
        <IconFileCode size={15} aria-hidden="true" />
        <span>{sources.length === 0 ? text.builtIn : text.from(sources.join(', '))}</span>
        <span className={classes.quiet}>{text.loaded(format.time(nanosToMs(loadedUnixNano)))}</span>
        {warnings.length > 0 && (
          <details className={classes.warnings}>
            <summary>{text.warnings(warnings.length, format.count(warnings.length))}</summary>
            <Lines lines={warnings} />
          </details>
        )}
      </div>
      {refused !== undefined && (
        <section className={classes.refused} role="alert">
          <h2>
            <IconAlertTriangle size={16} aria-hidden="true" />
            {text.refused}
          </h2>
          <p>{text.refusedHint(format.time(nanosToMs(refused.atUnixNano)))}</p>
          <Lines lines={refused.faults} />
        </section>
      )}
      {atNextStart.length > 0 && (
        <p className={classes.later} role="status">
          {text.atNextStart} <code>{atNextStart.join(', ')}</code>
        </p>
      )}
    </div>
  );
}

function Lines({lines}: {readonly lines: readonly string[]}) {
  return (
    <ul className={classes.lines}>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
