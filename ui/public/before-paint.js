// Sets the colour scheme before the first paint, so that a dark page never flashes white.
(() => {
  let chosen;
  try {
    chosen = localStorage.getItem('weft.scheme');
  } catch {
    // Storage is forbidden here: follow the system.
  }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const scheme = chosen === 'dark' || chosen === 'light' ? chosen : dark ? 'dark' : 'light';
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
})();
