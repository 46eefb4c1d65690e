export {SamplingPage} from './sampling-page.tsx';
