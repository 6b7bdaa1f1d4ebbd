/** Buttons and links in one form. Only the primary action of a view carries the accent. */
import { useState, type MouseEvent, type ReactNode } from 'react';
import { Icon, type IconName } from './Icon';
import { useGemini, type Place } from './context';

export type ButtonKind = 'primary' | 'tinted' | 'plain' | 'quiet' | 'danger';

export interface IButtonProps {
  kind?: ButtonKind;
  icon?: IconName;
  /** What it does, where the button shows an icon alone. */
  label?: string;
  title?: string;
  disabled?: boolean;
  busy?: boolean;
  submit?: boolean;
  pressed?: boolean;
  children?: ReactNode;
  onClick?: (event: MouseEvent<HTMLButtonElement>) => unknown;
}

/** A button; while a promise that `onClick` answers is open it is busy and cannot be pressed again. */
export function Button(props: IButtonProps): React.JSX.Element {
  const [working, setWorking] = useState(false);
  const busy = props.busy === true || working;
  const onClick = (event: MouseEvent<HTMLButtonElement>): void => {
    const result = busy ? undefined : props.onClick?.(event);
    if (result instanceof Promise) {
      setWorking(true);
      void result.finally(() => setWorking(false));
    }
  };
  const square = props.children === undefined;
  return (
    <button
      type={props.submit ? 'submit' : 'button'}
      className={`gm-button gm-button-${props.kind ?? 'plain'}${square ? ' gm-button-square' : ''}`}
      aria-label={props.label}
      aria-pressed={props.pressed}
      aria-busy={busy || undefined}
      title={props.title ?? (square ? props.label : undefined)}
      disabled={props.disabled}
      onClick={onClick}
    >
      {busy ? <Icon name="starting" spin /> : props.icon && <Icon name={props.icon} />}
      {props.children !== undefined && <span>{props.children}</span>}
    </button>
  );
}

export interface IPlaceLinkProps {
  place: Place;
  /** Looks like a button of this kind; else like a link in a sentence. */
  kind?: ButtonKind;
  icon?: IconName;
  className?: string;
  title?: string;
  /** Whether one is there now. */
  current?: boolean;
  children: ReactNode;
}

/** Leads to a place of ours: an address on a page, a command in Lab. */
export function PlaceLink(props: IPlaceLinkProps): React.JSX.Element {
  const { go, href } = useGemini();
  const look = props.kind ? `gm-button gm-button-${props.kind}` : 'gm-link';
  const onClick = (event: MouseEvent): void => {
    if (!event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(props.place);
    }
  };
  const content = (
    <>
      {props.icon && <Icon name={props.icon} />}
      {props.kind ? <span>{props.children}</span> : props.children}
    </>
  );
  const address = href(props.place);
  const common = {
    className: `${look} ${props.className ?? ''}`.trim(),
    title: props.title,
    onClick,
    'aria-current': props.current ? ('page' as const) : undefined
  };
  return address ? (
    <a {...common} href={address}>
      {content}
    </a>
  ) : (
    <button {...common} type="button">
      {content}
    </button>
  );
}

/** Leads out of our pages: JupyterLab, TensorBoard, a download. */
export function OutLink(props: {
  href: string;
  kind?: ButtonKind;
  icon?: IconName;
  download?: boolean;
  newTab?: boolean;
  children: ReactNode;
}): React.JSX.Element {
  return (
    <a
      className={props.kind ? `gm-button gm-button-${props.kind}` : 'gm-link'}
      href={props.href}
      download={props.download ? '' : undefined}
      target={props.newTab ? '_blank' : undefined}
      rel={props.newTab ? 'noreferrer' : undefined}
    >
      {props.icon && <Icon name={props.icon} />}
      <span>{props.children}</span>
    </a>
  );
}
