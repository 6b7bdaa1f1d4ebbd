/** One API, one stream of events, one answer to "who am I", shared by all views in this Lab. */
import type { ServerConnection } from '@jupyterlab/services';
import type { ITranslator } from '@jupyterlab/translation';
import { EventStream } from '../api/events';
import type { IApi } from '../api/request';
import type { IMe } from '../api/types';
import { languageOf, type ITrans, type Language } from '../i18n/trans';
import type { IPlatform } from '../tokens';
import { hubPages, makeLabApi } from './api';

/** The domain of our texts in Lab's translation service. */
const DOMAIN = 'gemini';

export class Platform implements IPlatform {
  readonly trans: ITrans;
  readonly language: Language;
  readonly api: IApi;
  readonly events: EventStream;
  readonly home = hubPages();

  constructor(settings: ServerConnection.ISettings, translator: ITranslator) {
    this.trans = translator.load(DOMAIN);
    this.language = languageOf(translator.languageCode);
    this.api = makeLabApi(settings, () => this.language);
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
