/** The API as our own pages reach it: same origin, the hub's cookie, and the XSRF token sent back. */
import { errorFrom } from './errors';
import { decoded } from './percent';
import { Api, type ITransport } from './request';

/** A cookie's value, or the empty string, also where what somebody else has set cannot be read. */
export function cookie(name: string): string {
  const found = document.cookie.split('; ').find(part => part.startsWith(`${name}=`));
  return decoded(found?.slice(name.length + 1) ?? '') ?? '';
}

/** How the platform closes a stream of somebody who is signed in no more. */
const SIGNED_OUT = 4401;

export class PageTransport implements ITransport {
  constructor(
    readonly base: string,
    readonly language: () => string
  ) {}

  async send(url: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), 'X-XSRFToken': cookie('_xsrf') };
    const response = await fetch(url, { ...init, headers, credentials: 'same-origin' });
    if (response.status === 401) {
      // Not by its address: one with a fragment would lead to where we are.
      window.location.reload();
    }
    return response;
  }

  socket(url: string): WebSocket {
    const socket = new WebSocket(url);
    socket.addEventListener('close', event => {
      if (event.code === SIGNED_OUT) {
        window.location.reload();
      }
    });
    return socket;
  }
}

export interface IUpload {
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

/** The pages' API: beside the calls it sends files with progress, which `fetch` cannot tell. */
export class PageApi extends Api {
  constructor(private readonly _page: PageTransport) {
    super(_page);
  }

  /** Sends `file` as the raw body of a PUT. Rejects with an ApiError, or an AbortError when it was cancelled. */
  upload(path: string, file: Blob, watch: IUpload): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('PUT', this.url(path));
      request.setRequestHeader('X-XSRFToken', cookie('_xsrf'));
      request.setRequestHeader('Accept-Language', this._page.language());
      request.setRequestHeader('Content-Type', 'application/octet-stream');
      request.upload.onprogress = event => watch.onProgress(event.loaded);
      request.onload = () =>
        request.status < 300
          ? resolve()
          : reject(errorFrom(request.status, parsed(request.responseText), null));
      request.onerror = () => reject(new TypeError('network'));
      request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
      watch.signal.addEventListener('abort', () => request.abort());
      request.send(file);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
