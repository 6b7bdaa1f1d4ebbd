/** The frame of a large form: its fields on the left, on the right what they come to and the buttons. */
import type { KeyboardEvent, ReactNode, RefObject } from 'react';
import type { ApiError } from '../api/errors';
import { Button } from './Button';
import { Problem } from './Views';
import { useTrans } from './context';
import type { ISending } from './sending';

export interface IFormFrameProps {
  form: RefObject<HTMLFormElement>;
  label: string;
  sending: ISending;
  summary: ReactNode;
  summaryLabel: string;
  /** A refusal that no field says under itself. */
  unplaced: ApiError | null;
  /** What sends it; the way out stands behind them. */
  buttons: ReactNode;
  onCancel: () => void;
  children: ReactNode;
}

export function FormFrame({ form, ...props }: IFormFrameProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="gm-frame-box">
      <form
        className="gm-frame"
        ref={form}
        noValidate
        onSubmit={props.sending.submit}
        onKeyDown={keepSearches}
        aria-label={props.label}
      >
        <div className="gm-frame-main">{props.children}</div>
        <aside className="gm-frame-side" aria-label={props.summaryLabel}>
          {props.summary}
          {props.unplaced && <Problem error={props.unplaced} />}
          <div className="gm-frame-buttons">
            {props.buttons}
            <Button onClick={props.onCancel}>{trans.__('Cancel')}</Button>
          </div>
        </aside>
      </form>
    </div>
  );
}

/** Enter in a search narrows what is shown, it does not send the form. */
function keepSearches(event: KeyboardEvent): void {
  const { target } = event;
  if (event.key === 'Enter' && target instanceof HTMLInputElement && target.type === 'search') {
    event.preventDefault();
  }
}
