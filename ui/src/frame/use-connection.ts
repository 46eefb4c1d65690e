import {useSyncExternalStore} from 'react';
import {type ConnectionState, connection} from '../api/index.ts';

/** Whether Weft answers, and since when it does not. */
export const useConnection = (): ConnectionState => useSyncExternalStore(connection.subscribe, connection.state);
