/** `node --import @weft/instrument/register app.js`: starts with what the environment says. */
import {startPreloaded} from './start.ts';

startPreloaded();
