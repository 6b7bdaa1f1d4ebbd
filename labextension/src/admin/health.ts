/** The platform's health as the server tells it while one looks; where the line is lost, why. */
import { useEffect, useState } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import type { IPlatform } from '../api/operating';
import { useGemini } from '../components/context';

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 10_000;

export interface IHealth {
  report: IPlatform | null;
  /** Why nothing comes now; null while reports come. */
  error: ApiError | null;
}

/** Reports as they come. The stream is opened again when it is lost, and the API asked what keeps it away. */
export function useHealth(): IHealth {
  const { api, language } = useGemini();
  const [health, setHealth] = useState<IHealth>({ report: null, error: null });
  useEffect(() => {
    let over = false;
    let socket: WebSocket | undefined;
    let retry: number | undefined;
    let wait = FIRST_WAIT;
    const lost = (problem: unknown): void =>
      setHealth(before => (over ? before : { ...before, error: asApiError(problem) }));
    const open = (): void => {
      socket = api.stream('/platform/stream');
      socket.onmessage = message => {
        wait = FIRST_WAIT;
        setHealth({ report: JSON.parse(String(message.data)) as IPlatform, error: null });
      };
      socket.onclose = () => {
        if (!over) {
          // A refused WebSocket says nothing to a page; the same question by HTTP does.
          api.get<IPlatform>('/platform').then(report => !over && setHealth({ report, error: null }), lost);
          retry = window.setTimeout(open, wait);
          wait = Math.min(2 * wait, LONGEST_WAIT);
        }
      };
    };
    open();
    return () => {
      over = true;
      window.clearTimeout(retry);
      socket?.close();
    };
    // What the server says is in the language of its answer: another language is another stream.
  }, [api, language]);
  return health;
}
