import {IconChevronRight} from '@tabler/icons-react';
import type {SamplingResponse} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {CopyAction} from '../../widgets/index.ts';
import classes from './how-services-follow.module.css';
import {samplingText} from './text/index.ts';

/** Tells how a service comes to follow these settings; open by itself while none does. */
export function HowServicesFollow({sampling}: {readonly sampling: SamplingResponse}) {
  const text = useText(samplingText);
  const none = sampling.services.every(
    (service) => service.askedUnixNano === undefined && service.settingsAskedUnixNano === undefined,
  );
  const {http} = sampling.endpoints;
  const lines = [
    ...(http === undefined
      ? []
      : [
          'OTEL_TRACES_SAMPLER=parentbased_jaeger_remote',
          `OTEL_TRACES_SAMPLER_ARG=endpoint=http://${http}/sampling,pollingIntervalMs=5000,initialSamplingRate=1`,
        ]),
    `WEFT_SETTINGS_ENDPOINT=${location.origin}`,
  ].join('\n');
  return (
    <details className={classes.how} open={none}>
      <summary>
        <IconChevronRight size={14} aria-hidden="true" />
        {text.sampling.how}
      </summary>
      <p>{text.sampling.howText}</p>
      <div className={classes.code}>
        <pre>{lines}</pre>
        <CopyAction label={text.common.copy} value={lines} />
      </div>
      {http === undefined && <p>{text.sampling.noEndpoint}</p>}
    </details>
  );
}
