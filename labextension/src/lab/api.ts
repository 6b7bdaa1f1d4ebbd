/** The API as this Lab reaches it: the person's own server relays it, with a token that the browser never sees. */
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { Api, type ITransport } from '../api/request';

const ROOT = 'gemini/api/v1';

class LabTransport implements ITransport {
  readonly base: string;

  constructor(
    private readonly _settings: ServerConnection.ISettings,
    readonly language: () => string
  ) {
    this.base = new URL(URLExt.join(_settings.baseUrl, ROOT), window.location.origin).pathname;
  }

  send(url: string, init: RequestInit): Promise<Response> {
    // Lab's own default adds a number to every address, which the API would take for a parameter.
    return ServerConnection.makeRequest(url, { ...init, cache: 'no-cache' }, this._settings);
  }

  socket(url: string): WebSocket {
    return new this._settings.WebSocket(
      this._settings.appendToken ? withToken(url, this._settings.token) : url
    );
  }
}

/** The API below the person's server. `language` is asked at each call. */
export function makeLabApi(settings: ServerConnection.ISettings, language: () => string): Api {
  return new Api(new LabTransport(settings, language));
}

/** Our pages at the hub that this server belongs to, or null where there is none. */
export function hubPages(): string | null {
  const hub = PageConfig.getOption('hubPrefix');
  if (!hub) {
    return null;
  }
  return PageConfig.getOption('hubHost') + URLExt.join(hub.replace(/hub\/?$/, ''), 'services/gemini/');
}

function withToken(url: string, token: string): string {
  const address = new URL(url);
  if (token) {
    address.searchParams.set('token', token);
  }
  return address.href;
}
