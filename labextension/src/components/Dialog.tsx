/** A question that must be answered first. The browser's own dialog keeps the focus inside and gives it back. */
import { useId, useLayoutEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { asApiError, type ApiError } from '../api/errors';
import { Button } from './Button';
import { Problem } from './Views';
import { useGemini, useTrans } from './context';

export interface IDialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Enter in a field presses the one that is marked `submit`. */
  buttons?: ReactNode;
}

/** Outside of all forms of the page: what is typed and entered in it is its own. */
export function Dialog(props: IDialogProps): React.JSX.Element {
  const { language } = useGemini();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed while it is still in the document: only then the browser gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return createPortal(
    <div className="gm-root" lang={language}>
      <dialog
        ref={dialog}
        className="gm-dialog"
        aria-labelledby={id}
        onCancel={event => {
          event.preventDefault();
          props.onClose();
        }}
        onKeyDown={event => event.stopPropagation()}
      >
        <form noValidate onSubmit={keep}>
          <h2 className="gm-dialog-title" id={id}>
            {props.title}
          </h2>
          <div className="gm-dialog-body">{props.children}</div>
          {props.buttons && <div className="gm-dialog-buttons">{props.buttons}</div>}
        </form>
      </dialog>
    </div>,
    document.body
  );
}

/** The button that was pressed does the work; React would tell the form around the dialog as well. */
function keep(event: FormEvent): void {
  event.preventDefault();
  event.stopPropagation();
}

export interface IConfirmProps {
  title: string;
  /** What will be lost or stopped, by name. */
  children: ReactNode;
  verb: string;
  danger?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before what cannot be undone; a refusal is said in the dialog, which then stays. */
export function Confirm(props: IConfirmProps): React.JSX.Element {
  const trans = useTrans();
  const [error, setError] = useState<ApiError | null>(null);
  const confirm = async (): Promise<void> => {
    try {
      await props.onConfirm();
      props.onClose();
    } catch (problem) {
      setError(asApiError(problem));
    }
  };
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      buttons={
        <>
          <Button onClick={props.onClose}>{trans.__('Cancel')}</Button>
          <Button kind={props.danger ? 'danger' : 'primary'} onClick={confirm}>
            {props.verb}
          </Button>
        </>
      }
    >
      {props.children}
      {error && <Problem error={error} />}
    </Dialog>
  );
}
