/** A widget that loads its code when it is first seen, so that what nobody opens costs nothing. */
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { useEffect, useState, type ReactElement } from 'react';
import type { ITrans } from '../i18n/trans';

/** Brings the code of a view, then the view. */
export type Loader = () => Promise<ReactElement>;

const PATIENCE = 200;

export class LazyWidget extends ReactWidget {
  constructor(
    private readonly _load: Loader,
    private readonly _trans: ITrans
  ) {
    super();
    this.addClass('gm-lazy');
  }

  protected override render(): ReactElement {
    return <Lazy load={this._load} trans={this._trans} />;
  }

  protected override onUpdateRequest(message: Message): void {
    this._seen ||= this.isVisible;
    if (this._seen) {
      super.onUpdateRequest(message);
    }
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    if (!this._seen) {
      this.update();
    }
  }

  private _seen = false;
}

function Lazy(props: { load: Loader; trans: ITrans }): ReactElement | null {
  const { load, trans } = props;
  const [attempt, setAttempt] = useState(0);
  const [view, setView] = useState<ReactElement | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let wanted = true;
    load().then(
      found => wanted && setView(found),
      (problem: unknown) => {
        console.error('A part of Gemini could not be loaded', problem);
        setFailed(wanted);
      }
    );
    return () => {
      wanted = false;
    };
  }, [load, attempt]);
  const retry = (): void => {
    setFailed(false);
    setAttempt(attempt + 1);
  };
  return view ?? (failed ? <Failed retry={retry} trans={trans} /> : <Waiting trans={trans} />);
}

function Waiting({ trans }: { trans: ITrans }): ReactElement | null {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), PATIENCE);
    return () => window.clearTimeout(timer);
  }, []);
  return late ? (
    <p role="status" style={{ padding: 16 }}>
      {trans.__('Loading…')}
    </p>
  ) : null;
}

function Failed(props: { retry: () => void; trans: ITrans }): ReactElement {
  return (
    <div role="alert" style={{ padding: 16 }}>
      <p>{props.trans.__('This part could not be loaded. The server may have been stopped or updated.')}</p>
      <button type="button" className="jp-mod-styled jp-mod-minimal" onClick={props.retry}>
        {props.trans.__('Try again')}
      </button>
    </div>
  );
}
