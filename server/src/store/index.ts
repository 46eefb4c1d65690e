export {storeFigures} from './figures.ts';
export {migrate} from './migrations.ts';
export {createReader, createReaders} from './reader.ts';
export {createStoreSink} from './sink.ts';
export {createStore} from './store.ts';
