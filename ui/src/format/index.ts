export {formatDuration, parseDuration, writeDuration} from './duration.ts';
export {durationDecades} from './duration-decades.ts';
export {createFormat, type Format} from './format.ts';
export {parseShare, writeShare} from './share.ts';
export {isoNanos, msToNanos, nanosToMs} from './time.ts';
export {visibleBody, visibleText} from './visible-text.ts';
