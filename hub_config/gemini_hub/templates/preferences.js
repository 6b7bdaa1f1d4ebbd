/* Language and theme are the same here as on the pages of the control plane. */
(() => {
  const root = document.documentElement;
  root.lang = '{{ words.lang }}';
  const theme = localStorage.getItem('gemini-theme');
  if (theme === 'light' || theme === 'dark') {
    localStorage.setItem('jupyterhub-bs-theme', theme);
  } else {
    localStorage.removeItem('jupyterhub-bs-theme');
  }
  const follow = () => {
    root.dataset.jpThemeLight = String(root.dataset.bsTheme !== 'dark');
  };
  new MutationObserver(follow).observe(root, { attributeFilter: ['data-bs-theme'] });
  // Before the hub's own listener turns the theme.
  document.addEventListener(
    'click',
    event => {
      if (event.target.closest('#dark-theme-toggle')) {
        localStorage.setItem('gemini-theme', root.dataset.bsTheme === 'dark' ? 'light' : 'dark');
      }
    },
    true
  );
  document.addEventListener('DOMContentLoaded', () => {
    document.getElementById('gm-language')?.addEventListener('click', event => {
      const language = event.currentTarget.dataset.language;
      document.cookie = `gemini-language=${language}; path={{ prefix }}; max-age=31536000; samesite=lax`;
      // Not `reload`: what a form was answered with would be sent again.
      window.location.replace(window.location.href.split('#')[0]);
    });
  });
})();
