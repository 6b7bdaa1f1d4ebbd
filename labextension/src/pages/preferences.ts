/** What a person chose for all pages: language and theme. Without a choice the browser and the system decide. */
import { useCallback, useLayoutEffect, useState, useSyncExternalStore } from 'react';
import { cookie } from '../api/page';
import { languageOf, type Language } from '../i18n/trans';

const LANGUAGE = 'gemini-language';
const THEME = 'gemini-theme';
const CHECKLIST = 'gemini-first-steps';
const WORKSPACE = 'gemini-workspace';
const YEAR = 31_536_000;

export type Theme = 'light' | 'dark';

let spoken = languageOf(cookie(LANGUAGE) || navigator.language);

/** The language that answers are asked for in. */
export function spokenLanguage(): Language {
  return spoken;
}

/** The language, and how to change it; the cookie lets the pages of the hub (at `hub`) and the server's words follow. */
export function useLanguage(hub: string): [Language, (language: Language) => void] {
  const [language, setLanguage] = useState(spoken);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = useCallback(
    (chosen: Language) => {
      spoken = chosen;
      const root = new URL('..', new URL(hub, window.location.href)).pathname;
      document.cookie = `${LANGUAGE}=${chosen}; path=${root}; max-age=${YEAR}; samesite=lax`;
      setLanguage(chosen);
    },
    [hub]
  );
  return [language, choose];
}

const system = window.matchMedia('(prefers-color-scheme: dark)');

function onSystem(listener: () => void): () => void {
  system.addEventListener('change', listener);
  return () => system.removeEventListener('change', listener);
}

/** The theme, and how to change it. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const dark = useSyncExternalStore(onSystem, () => system.matches);
  const [chosen, setChosen] = useState(() => localStorage.getItem(THEME));
  const theme: Theme = chosen === 'light' || chosen === 'dark' ? chosen : dark ? 'dark' : 'light';
  useLayoutEffect(() => {
    document.documentElement.dataset.jpThemeLight = String(theme === 'light');
  }, [theme]);
  const choose = useCallback((wanted: Theme) => {
    localStorage.setItem(THEME, wanted);
    setChosen(wanted);
  }, []);
  return [theme, choose];
}

export type ChecklistWish = 'hidden' | 'shown' | null;

/** Whether a person wants to see the first steps; null leaves it to how far they have come. */
export function useChecklist(): [ChecklistWish, (wish: ChecklistWish) => void] {
  const [wish, setWish] = useState(() => localStorage.getItem(CHECKLIST) as ChecklistWish);
  const choose = useCallback((wanted: ChecklistWish) => {
    localStorage.setItem(CHECKLIST, wanted ?? '');
    setWish(wanted);
  }, []);
  return [wish || null, choose];
}

/** The workspace that the pages are narrowed to; null is all of them. */
export function useWorkspace(): [string | null, (id: string | null) => void] {
  const [id, setId] = useState(() => localStorage.getItem(WORKSPACE) || null);
  const choose = useCallback((wanted: string | null) => {
    localStorage.setItem(WORKSPACE, wanted ?? '');
    setId(wanted);
  }, []);
  return [id, choose];
}
