/** Which lines of a log hold a text, and the one that is looked at. */
import { useMemo, useState } from 'react';
import { useSettled } from '../components/clock';
import type { LogModel } from './model';

export interface ISearch {
  text: string;
  /** Indices of the lines that hold it. */
  found: readonly number[];
  /** Which of `found` is looked at. */
  at: number;
  set: (text: string) => void;
  /** To the next (1) or the one before (-1). */
  step: (by: 1 | -1) => void;
}

export function useSearch(model: LogModel, show: (line: number) => void): ISearch {
  const [text, setText] = useState('');
  // Counted from the log's first line, for those no longer kept go while one looks; null: nothing was shown yet.
  const [shown, setShown] = useState<number | null>(null);
  const settled = useSettled(text, 120);
  const { version } = model;
  const found = useMemo(
    () => (settled ? linesWith(model, settled) : []),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the model's lines change with its version
    [model, settled, version]
  );
  const at = shown === null ? null : placeOf(shown - model.dropped, found);
  return {
    text,
    found,
    at: at ?? 0,
    set: wanted => {
      setText(wanted);
      setShown(null);
    },
    step: by => {
      const line = found[stepped(at, by, found.length)];
      if (line !== undefined) {
        setShown(line + model.dropped);
        show(line);
      }
    }
  };
}

/** The place of `line` in `found`, or of what follows it where it is there no more. */
function placeOf(line: number, found: readonly number[]): number {
  return Math.max(
    0,
    found.findIndex(other => other >= line)
  );
}

/** The next of `count` matches, round and round; `at` null: none was shown yet, so the first comes first. */
export function stepped(at: number | null, by: 1 | -1, count: number): number {
  return at === null ? (by === 1 ? 0 : count - 1) : (at + by + count) % count;
}

function linesWith(model: LogModel, text: string): number[] {
  const wanted = text.toLowerCase();
  const found: number[] = [];
  model.terminal.lines.forEach((line, index) => {
    if (line.text.toLowerCase().includes(wanted)) {
      found.push(index);
    }
  });
  return found;
}
