/** A button that opens a menu: arrows move, Escape closes and gives the focus back. */
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

export interface IMenuItem {
  /** What tells items apart where labels may be alike. */
  id?: string;
  label: string;
  icon?: IconName;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}

export interface IMenuProps {
  /** What the button says to those who see only its icon. */
  label: string;
  icon?: IconName;
  content?: ReactNode;
  items: readonly IMenuItem[];
  head?: ReactNode;
}

export function Menu(props: IMenuProps): React.JSX.Element {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) {
      return;
    }
    const onPointer = (event: PointerEvent): void => {
      if (!root.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', onPointer);
    items(root.current)[0]?.focus();
    return () => document.removeEventListener('pointerdown', onPointer);
  }, [open]);

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (open && onMenuKey(event, items(root.current), close)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <div className="gm-menu" ref={root} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className={`gm-button gm-button-quiet${props.content ? '' : ' gm-button-square'}`}
        aria-label={props.label}
        title={props.label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {props.icon && <Icon name={props.icon} />}
        {props.content && <span>{props.content}</span>}
      </button>
      {open && (
        <div className="gm-menu-list">
          {props.head && <div className="gm-menu-head">{props.head}</div>}
          <div id={id} role="menu" aria-label={props.label}>
            {props.items.map(item => (
              <button
                key={item.id ?? item.label}
                type="button"
                role="menuitem"
                tabIndex={-1}
                className={item.danger ? 'gm-menu-item gm-menu-danger' : 'gm-menu-item'}
                disabled={item.disabled}
                onClick={() => {
                  close();
                  item.onSelect();
                }}
              >
                {item.icon && <Icon name={item.icon} />}
                <span>{item.label}</span>
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function items(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[role="menuitem"]:not(:disabled)') ?? [])];
}

function onMenuKey(event: KeyboardEvent, found: HTMLElement[], close: () => void): boolean {
  const at = found.indexOf(document.activeElement as HTMLElement);
  const target: Record<string, number> = {
    ArrowDown: (at + 1) % found.length,
    ArrowUp: (at - 1 + found.length) % found.length,
    Home: 0,
    End: found.length - 1
  };
  if (event.key === 'Escape' || event.key === 'Tab') {
    close();
    return event.key === 'Escape';
  }
  const next = target[event.key];
  if (next === undefined) {
    return false;
  }
  found[next]?.focus();
  return true;
}
