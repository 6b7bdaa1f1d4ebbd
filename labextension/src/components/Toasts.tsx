/** Results, told in passing. They go by themselves, wait while one reads, and are never the only place of an error. */
import { useCallback, useEffect, useState } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';
import { useTrans, type INotice } from './context';

interface IToast extends INotice {
  key: number;
}

/** The toasts of a page, and how to add one. */
export function useToasts(): {
  toasts: readonly IToast[];
  notify: (notice: INotice) => void;
  drop: (key: number) => void;
} {
  const [toasts, setToasts] = useState<readonly IToast[]>([]);
  const notify = useCallback(
    (notice: INotice) => setToasts(before => [...before.slice(-2), { ...notice, key: performance.now() }]),
    []
  );
  const drop = useCallback(
    (key: number) => setToasts(before => before.filter(toast => toast.key !== key)),
    []
  );
  return { toasts, notify, drop };
}

export function Toasts(props: {
  toasts: readonly IToast[];
  onDrop: (key: number) => void;
}): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="gm-toasts" role="status" aria-label={trans.__('Notices')}>
      {props.toasts.map(toast => (
        <Toast key={toast.key} toast={toast} onDrop={props.onDrop} />
      ))}
    </div>
  );
}

function Toast(props: { toast: IToast; onDrop: (key: number) => void }): React.JSX.Element {
  const trans = useTrans();
  const [read, setRead] = useState(false);
  const { toast, onDrop } = props;
  useEffect(() => {
    if (read) {
      return;
    }
    const timer = window.setTimeout(() => onDrop(toast.key), 8000);
    return () => window.clearTimeout(timer);
  }, [read, toast.key, onDrop]);
  return (
    <div className="gm-toast" onPointerEnter={() => setRead(true)} onPointerLeave={() => setRead(false)}>
      <Icon name={toast.kind === 'warning' ? 'warning' : 'succeeded'} />
      <div>
        <p className="gm-toast-title">{toast.title}</p>
        {toast.detail && <p>{toast.detail}</p>}
      </div>
      <Button kind="quiet" icon="close" label={trans.__('Close')} onClick={() => onDrop(toast.key)} />
    </div>
  );
}
