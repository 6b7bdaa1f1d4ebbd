/** One thing of the API that stays true by events. */
import { asApiError, type ApiError } from '../api/errors';
import { RESET, type EventStream, type IEvent } from '../api/events';
import type { IApi } from '../api/request';
import { hear } from '../components/clock';

export interface IItemSnapshot<T> {
  item: T | null;
  error: ApiError | null;
  gone: boolean;
}

export class ItemStore<T extends object> {
  constructor(
    private readonly _api: IApi,
    private readonly _events: EventStream,
    private readonly _where: { path: string; kind: string; id: string }
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    if (this._listeners.size === 1) {
      this._stop = this._events.subscribe(this._where.kind, event => this._onEvent(event));
      void this.reload();
    }
    return () => {
      this._listeners.delete(listener);
      if (this._listeners.size === 0) {
        this._stop?.();
      }
    };
  };

  readonly snapshot = (): IItemSnapshot<T> => this._snapshot;

  async reload(): Promise<void> {
    const turn = ++this._turn;
    try {
      const item = await this._api.get<T>(this._where.path);
      if (turn === this._turn) {
        this._set({ item: hear(item), error: null, gone: false });
      }
    } catch (problem) {
      if (turn === this._turn) {
        this._set({ ...this._snapshot, error: asApiError(problem) });
      }
    }
  }

  /** Takes what an answer already brought. */
  put(item: T): void {
    this._turn += 1;
    this._set({ item: hear(item), error: null, gone: false });
  }

  private _onEvent(event: IEvent): void {
    if (event.kind === RESET) {
      void this.reload();
    } else if (event.id === this._where.id) {
      if (event.change === 'deleted') {
        this._set({ ...this._snapshot, gone: true });
      } else {
        this.put(event.data as T);
      }
    }
  }

  private _set(snapshot: IItemSnapshot<T>): void {
    this._snapshot = snapshot;
    this._listeners.forEach(listener => listener());
  }

  private readonly _listeners = new Set<() => void>();
  private _snapshot: IItemSnapshot<T> = { item: null, error: null, gone: false };
  private _stop: (() => void) | undefined;
  private _turn = 0;
}
