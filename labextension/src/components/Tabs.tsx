/** Tabs whose choice belongs to the caller, so that the address can carry it. */
import { useId, type KeyboardEvent, type ReactNode } from 'react';

export interface ITab {
  name: string;
  label: ReactNode;
}

export interface ITabsProps {
  label: string;
  tabs: readonly ITab[];
  chosen: string;
  onChoose: (name: string) => void;
  children: ReactNode;
}

export function Tabs(props: ITabsProps): React.JSX.Element {
  const id = useId();
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const at = props.tabs.findIndex(tab => tab.name === props.chosen);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step && props.tabs[(at + step + props.tabs.length) % props.tabs.length];
    if (next) {
      event.preventDefault();
      props.onChoose(next.name);
      event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.name}"]`)?.focus();
    }
  };
  return (
    <div className="gm-tabs">
      <div className="gm-tablist" role="tablist" aria-label={props.label} onKeyDown={onKeyDown}>
        {props.tabs.map(tab => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}-${tab.name}`}
            data-tab={tab.name}
            className="gm-tabs-tab"
            aria-selected={tab.name === props.chosen}
            aria-controls={`${id}-panel`}
            tabIndex={tab.name === props.chosen ? 0 : -1}
            onClick={() => props.onChoose(tab.name)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div
        className="gm-tabpanel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${props.chosen}`}
      >
        {props.children}
      </div>
    </div>
  );
}
