export {usePageContext} from './use-page-context.ts';
