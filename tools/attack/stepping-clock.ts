/** Loaded into Weft by `clock-step`: each SIGUSR2 sets the wall clock, as the program reads it, an hour back. */
const now = Date.now;
let offset = 0;
Date.now = () => now() + offset;
process.on('SIGUSR2', () => {
  offset -= 3_600_000;
});
