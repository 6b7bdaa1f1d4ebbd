/** How a form is sent: its first mistake stops it, and it goes once, with the same key while nothing changed. */
import { useRef, useState, type FormEvent, type RefObject } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import { newKey } from '../api/request';
import { focusField } from './focus';

export interface ISending {
  busy: boolean;
  /** The field whose mistake stopped the last try. */
  first: string | null;
  refused: ApiError | null;
  submit: (event: FormEvent) => void;
  /** Something changed: the next try is another request. */
  forget: () => void;
}

export interface ISendingOptions {
  form: RefObject<HTMLFormElement>;
  firstMistake: () => string | null;
  /** Sends with this idempotency key and goes on; what it throws is the refusal. */
  send: (idempotencyKey: string) => Promise<void>;
  /** What the form calls a field that the server names. */
  fieldOf: (field: string | null) => string | null;
}

export function useSending({ form, firstMistake, send, fieldOf }: ISendingOptions): ISending {
  const [busy, setBusy] = useState(false);
  const [first, setFirst] = useState<string | null>(null);
  const [refused, setRefused] = useState<ApiError | null>(null);
  const key = useRef(newKey());
  const trySending = async (): Promise<void> => {
    setBusy(true);
    setRefused(null);
    try {
      await send(key.current);
    } catch (problem) {
      const error = asApiError(problem);
      setRefused(error);
      focusField(form.current, fieldOf(error.field));
    } finally {
      setBusy(false);
    }
  };
  return {
    busy,
    first,
    refused,
    submit: event => {
      event.preventDefault();
      const field = firstMistake();
      setFirst(field);
      if (field) {
        focusField(form.current, field);
      } else if (!busy) {
        void trySending();
      }
    },
    forget: () => {
      key.current = newKey();
      setRefused(null);
    }
  };
}
