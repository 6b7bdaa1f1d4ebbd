/** Files on their way to the platform: a few at a time, however often more are added, and all given up at once. */
import { asApiError, type ApiError } from '../api/errors';
import type { IUpload } from '../api/page';

const TOGETHER = 3;

export interface ISent {
  key: number;
  name: string;
  size: number;
  sent: number;
  error: ApiError | null;
}

export type Sender = (file: File, watch: IUpload) => Promise<void>;

export class UploadQueue {
  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    return () => {
      this._listeners.delete(listener);
    };
  };

  /** What is on its way or waits for that, and what could not be sent. */
  readonly snapshot = (): readonly ISent[] => this._items;

  /** How many are on their way or wait for that. */
  get open(): number {
    return this._items.filter(item => !item.error).length;
  }

  /** Sends `files` behind what is on its way; resolves when each has come or failed. */
  async add(files: readonly File[], send: Sender): Promise<void> {
    const { signal } = this._control;
    const items = files.map(file => this._itemOf(file));
    const names = new Set(items.map(item => item.name));
    const kept = this.open > 0 ? this._items.filter(item => !(item.error && names.has(item.name))) : [];
    this._set([...kept, ...items]);
    await Promise.all(
      items.map(({ key }, index) => this._sendOne(key, files[index] as File, { send, signal }))
    );
  }

  /** Gives up all that is on its way, and forgets what failed. */
  cancel(): void {
    this._control.abort();
    this._control = new AbortController();
    this._set([]);
  }

  private async _sendOne(key: number, file: File, way: { send: Sender; signal: AbortSignal }): Promise<void> {
    const { send, signal } = way;
    await this._turn();
    try {
      if (!signal.aborted) {
        await send(file, { signal, onProgress: sent => this._mark(key, { sent }) });
        this._set(this._items.filter(item => item.key !== key));
      }
    } catch (problem) {
      // What was given up is on no list any more.
      this._mark(key, { error: asApiError(problem) });
    } finally {
      this._free += 1;
      this._waiting.shift()?.();
    }
  }

  /** Resolves when one more may be sent. */
  private async _turn(): Promise<void> {
    if (this._free === 0) {
      await new Promise<void>(resolve => this._waiting.push(resolve));
    }
    this._free -= 1;
  }

  private _itemOf(file: File): ISent {
    this._last += 1;
    return { key: this._last, name: nameOf(file), size: file.size, sent: 0, error: null };
  }

  private _mark(key: number, part: Partial<ISent>): void {
    this._set(this._items.map(item => (item.key === key ? { ...item, ...part } : item)));
  }

  private _set(items: readonly ISent[]): void {
    this._items = items;
    this._listeners.forEach(listener => listener());
  }

  private readonly _listeners = new Set<() => void>();
  private _items: readonly ISent[] = [];
  private _control = new AbortController();
  private _free = TOGETHER;
  private readonly _waiting: (() => void)[] = [];
  private _last = 0;
}

/** A file's path in the draft. */
export function nameOf(file: File): string {
  return file.webkitRelativePath || file.name;
}
