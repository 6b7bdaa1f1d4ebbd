/** A part of the panel that folds. */
import { useState, type ReactElement, type ReactNode } from 'react';
import { Icon } from '../../components/Icon';

export function Section(props: { title: string; children: ReactNode }): ReactElement {
  const [open, setOpen] = useState(true);
  return (
    <section className="gm-section">
      <h2 className="gm-section-head">
        <button type="button" className="gm-section-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'down' : 'forward'} />
          <span>{props.title}</span>
        </button>
      </h2>
      {open && <div className="gm-section-body">{props.children}</div>}
    </section>
  );
}
