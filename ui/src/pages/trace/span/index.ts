export {SpanPane} from './span-pane.tsx';
