export {valueText as attributeValueText} from './attribute-text.ts';
export {DetailsPane} from './details-pane.tsx';
