/** The designed states of a view beside its content: loading, empty, failed. */
import type { ReactNode } from 'react';
import { UNREACHABLE, type ApiError } from '../api/errors';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';
import { useLater } from './clock';
import { useTrans } from './context';

/** Grey bars where content will be; they come after 200 ms, so that quick answers do not flicker. */
export function Skeleton(props: { rows?: number; look?: 'rows' | 'cards' }): React.JSX.Element {
  const trans = useTrans();
  const shown = useLater(true, 200);
  const look = props.look ?? 'rows';
  return (
    <div
      className={`gm-skeleton gm-skeleton-${look}`}
      aria-busy="true"
      role="status"
      data-shown={shown || undefined}
    >
      <span className="gm-hidden">{shown ? trans.__('Loading…') : ''}</span>
      {shown &&
        Array.from({ length: props.rows ?? 4 }, (_, index) => <span key={index} className="gm-bone" />)}
    </div>
  );
}

/** Nothing is here yet: why, and what to do first. */
export function Empty(props: { icon: IconName; title: string; children?: ReactNode }): React.JSX.Element {
  return (
    <div className="gm-empty">
      <Icon name={props.icon} />
      <p className="gm-empty-title">{props.title}</p>
      {props.children && <div className="gm-empty-more">{props.children}</div>}
    </div>
  );
}

/** What went wrong and what to do; the codes are under "Details", to copy. */
export function Problem(props: { error: ApiError; onRetry?: () => void }): React.JSX.Element {
  const trans = useTrans();
  const { error } = props;
  const lost = error.name === UNREACHABLE;
  const codes = [error.name, error.status > 0 ? `HTTP ${error.status}` : '', error.requestId ?? '']
    .filter(Boolean)
    .join(' · ');
  return (
    <div className="gm-problem" role="alert">
      <Icon name="warning" />
      <div className="gm-problem-body">
        <p className="gm-problem-what">{lost ? trans.__('The platform does not answer.') : error.message}</p>
        {lost && <p>{trans.__('Check the connection. What runs goes on meanwhile.')}</p>}
        {error.remedy && <p>{error.remedy}</p>}
        <details>
          <summary>{trans.__('Details')}</summary>
          <code>{codes}</code>
        </details>
      </div>
      {props.onRetry && <Button onClick={props.onRetry}>{trans.__('Try again')}</Button>}
    </div>
  );
}

/** A bar with an end. */
export function Progress(props: { label: string; value: number; max: number }): React.JSX.Element {
  const part = props.max > 0 ? Math.min(1, props.value / props.max) : 0;
  return (
    <span
      className="gm-progress"
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={Math.round(part * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span style={{ inlineSize: `${part * 100}%` }} />
    </span>
  );
}
