/** The part of this folder that runs in a browser too. The page's build takes it in place of `index.ts`. */
export {compareText} from './attribute-text.ts';
export {type SeverityName, severityName, severityNames} from './log-lines.ts';
export {kindNames, type SpanKindName, type StatusName, statusNames} from './names.ts';
