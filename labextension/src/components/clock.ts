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

/** Calls `listener` each second, and when the page is seen again. */
export function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    // It may have stood still for long.
    now = Date.now();
    timer = window.setInterval(tick, 1000);
    document.addEventListener('visibilitychange', tick);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    }
  };
}

/** Milliseconds at the last tick, cut to `step` seconds. */
export function nowBy(step: number): number {
  return Math.floor(now / (step * 1000)) * step * 1000;
}

/** Milliseconds now, cut to `step` seconds: a component renders again only when that changes. */
export function useNow(step = 1): number {
  return useSyncExternalStore(subscribe, () => nowBy(step));
}

const heard = new WeakMap<object, number>();

/** Remembers that `thing` was so at this moment. */
export function hear<T extends object>(thing: T): T {
  if (!heard.has(thing)) {
    heard.set(thing, Date.now());
  }
  return thing;
}

/** When `thing` was heard of; of what nobody has remembered, the moment of the first question. */
export function heardAt(thing: object): number {
  return heard.get(hear(thing)) ?? 0;
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
