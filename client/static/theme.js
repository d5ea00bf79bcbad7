// Sets day or night before the first paint. Kept outside the bundle and outside the page, so that no inline script is needed.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => {
    try {
      return localStorage.getItem('theme');
    } catch {
      return null;
    }
  };
  const apply = () => {
    const choice = chosen();
    const night = choice === 'night' || (choice !== 'day' && dark.matches);
    document.documentElement.dataset.theme = night ? 'night' : 'day';
  };
  apply();
  dark.addEventListener('change', apply);
  addEventListener('theme-chosen', apply);
})();
