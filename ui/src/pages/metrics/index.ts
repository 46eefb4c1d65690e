export {MetricsPage} from './metrics-page.tsx';
