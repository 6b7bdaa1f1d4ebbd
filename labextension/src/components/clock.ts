/** One clock for all that shows time passing; it stands still while nobody sees it. */
import { useEffect, useState, useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: number | undefined;
let now = Date.now();

function tick(): void {
  if (!document.hidden) {
    now = Date.now();
    listeners.forEach(listener => listener());
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Milliseconds now, cut to `step` seconds: a component renders again only when that changes. */
export function useNow(step = 1): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / (step * 1000)) * step * 1000);
}

/** Whether `active` has held for `delay` milliseconds: nothing flickers that is soon over. */
export function useLater(active: boolean, delay: number): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    if (!active) {
      return;
    }
    const waiting = window.setTimeout(() => setPassed(true), delay);
    return () => {
      window.clearTimeout(waiting);
      setPassed(false);
    };
  }, [active, delay]);
  return active && passed;
}

/** `value`, once it has not changed for `delay` milliseconds. */
export function useSettled<T>(value: T, delay: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const waiting = window.setTimeout(() => setSettled(value), delay);
    return () => window.clearTimeout(waiting);
  }, [value, delay]);
  return settled;
}
