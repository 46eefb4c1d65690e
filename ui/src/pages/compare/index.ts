export {ComparePage} from './compare-page.tsx';
export {MendPage} from './mend-page.tsx';
