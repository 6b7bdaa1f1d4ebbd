/** One API, one stream of events, one answer to "who am I", shared by all views in this Lab. */
import type { ServerConnection } from '@jupyterlab/services';
import { EventStream } from '../api/events';
import type { IApi } from '../api/request';
import type { IMe } from '../api/types';
import type { IPlatform } from '../tokens';
import { hubPages, makeLabApi } from './api';

export class Platform implements IPlatform {
  readonly api: IApi;
  readonly events: EventStream;
  readonly home = hubPages();

  constructor(
    settings: ServerConnection.ISettings,
    readonly language: string
  ) {
    this.api = makeLabApi(settings, () => language);
    this.events = new EventStream(this.api);
  }

  me(): Promise<IMe> {
    this._me ??= this.api.get<IMe>('/me').catch((problem: unknown) => {
      this._me = undefined;
      throw problem;
    });
    return this._me;
  }

  private _me: Promise<IMe> | undefined;
}
