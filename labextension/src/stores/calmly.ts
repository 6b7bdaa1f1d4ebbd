/** What is made of many things is asked again a moment after one of them changed, once for many changes. */
import { useEffect, useRef } from 'react';
import { useGemini } from '../components/context';

/** Calls `handler` once `calm` milliseconds after events of these kinds, however many come. */
export function useCalmly(kinds: readonly string[], handler: () => void, calm: number): void {
  const { events } = useGemini();
  const waiting = useRef<number | undefined>(undefined);
  const key = kinds.join(' ');
  useEffect(() => {
    const onEvent = (): void => {
      waiting.current ??= window.setTimeout(() => {
        waiting.current = undefined;
        handler();
      }, calm);
    };
    const ends = key.split(' ').map(kind => events.subscribe(kind, onEvent));
    return () => ends.forEach(end => end());
  }, [events, key, handler, calm]);
  useEffect(() => () => window.clearTimeout(waiting.current), []);
}
