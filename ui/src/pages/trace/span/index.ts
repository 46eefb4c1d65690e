export {valueText as attributeValueText} from './attribute-text.ts';
export {DetailsPane} from './details-pane.tsx';
export {bodyOf, LogLines} from './log-lines.tsx';
