/** `node --import @weft/instrument/register app.js`: starts with what the environment says. */
import {start} from './start.ts';

start();
