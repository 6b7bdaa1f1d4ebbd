/** One stream of events for a browser tab: it resumes from its cursor, backs off, and stands by while hidden. */
import type { IApi } from './request';

export interface IEvent<T = unknown> {
  cursor?: number;
  kind: string;
  id?: string;
  change?: 'created' | 'updated' | 'deleted';
  data?: T;
}

export type EventHandler = (event: IEvent) => unknown;

/** Kinds that the stream itself says to all who listen to any kind. */
export const RESET = 'reset';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** A tab that is hidden for less than this keeps its stream: switching tabs is not leaving. */
const STANDBY_AFTER = 60_000;

export class EventStream {
  constructor(private readonly _api: Pick<IApi, 'stream'>) {
    document.addEventListener('visibilitychange', this._onVisibility);
  }

  /** Calls `handler` with each event of `kind` (`*`: all), and with `reset` when lists must be fetched again. */
  subscribe(kind: string, handler: EventHandler): () => void {
    const handlers = this._handlers.get(kind) ?? new Set();
    this._handlers.set(kind, handlers.add(handler));
    if (!this._socket && !this._retry) {
      this._open();
    }
    return () => {
      handlers.delete(handler);
    };
  }

  /** Whether changes arrive now. */
  get live(): boolean {
    return this._live;
  }

  /** Calls `listener` when `live` changes. */
  onLive(listener: () => void): () => void {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  /** Begins anew, as after a change of language: everything is fetched again. */
  restart(): void {
    this._close();
    if (this._handlers.size > 0) {
      this._open();
    }
    this._everyone({ kind: RESET });
  }

  dispose(): void {
    document.removeEventListener('visibilitychange', this._onVisibility);
    this._disposed = true;
    this._close();
  }

  private _open(): void {
    this._retry = undefined;
    if (this._disposed) {
      return;
    }
    const socket = this._api.stream('/events', { cursor: this._cursor });
    this._socket = socket;
    socket.onmessage = message => this._onMessage(JSON.parse(String(message.data)) as IEvent);
    socket.onclose = () => {
      if (this._socket === socket) {
        this._socket = undefined;
        this._setLive(false);
        this._later();
      }
    };
  }

  private _later(): void {
    if (this._disposed || document.hidden) {
      return;
    }
    const jitter = 0.5 + Math.random() / 2;
    this._retry = window.setTimeout(() => this._open(), this._wait * jitter);
    this._wait = Math.min(this._wait * 2, LONGEST_WAIT);
  }

  private _close(): void {
    window.clearTimeout(this._retry);
    this._retry = undefined;
    const socket = this._socket;
    this._socket = undefined;
    socket?.close();
    this._setLive(false);
  }

  private _onMessage(event: IEvent): void {
    if (event.cursor !== undefined) {
      this._cursor = event.cursor;
    }
    if (event.kind === 'hello') {
      this._onHello();
    } else if (event.kind === RESET) {
      this._cursor = undefined;
      this._everyone({ kind: RESET });
    } else {
      this._tell(event.kind, event);
      this._tell('*', event);
    }
  }

  private _onHello(): void {
    this._wait = FIRST_WAIT;
    this._setLive(true);
    if (!this._greeted) {
      // What was fetched before the first cursor was known may have missed a change.
      this._greeted = true;
      this._everyone({ kind: RESET });
    }
  }

  private _everyone(event: IEvent): void {
    for (const kind of this._handlers.keys()) {
      this._tell(kind, event);
    }
  }

  private _tell(kind: string, event: IEvent): void {
    for (const handler of [...(this._handlers.get(kind) ?? [])]) {
      handler(event);
    }
  }

  private _setLive(live: boolean): void {
    if (this._live !== live) {
      this._live = live;
      this._listeners.forEach(listener => listener());
    }
  }

  private readonly _onVisibility = (): void => {
    window.clearTimeout(this._standby);
    if (document.hidden) {
      this._standby = window.setTimeout(() => this._close(), STANDBY_AFTER);
    } else if (!this._socket && !this._disposed && this._handlers.size > 0) {
      window.clearTimeout(this._retry);
      this._wait = FIRST_WAIT;
      this._open();
    }
  };

  private readonly _handlers = new Map<string, Set<EventHandler>>();
  private readonly _listeners = new Set<() => void>();
  private _socket: WebSocket | undefined;
  private _cursor: number | undefined;
  private _retry: number | undefined;
  private _standby: number | undefined;
  private _wait = FIRST_WAIT;
  private _live = false;
  private _greeted = false;
  private _disposed = false;
}
