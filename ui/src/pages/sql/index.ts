export {SqlPage} from './sql-page.tsx';
