/** The system's own drop-down in this product's frame. */
import type { ComponentProps } from 'react';
import { Icon } from './Icon';

export function DropDown(props: ComponentProps<'select'>): React.JSX.Element {
  return (
    <span className="gm-select">
      <select className="gm-input" {...props} />
      <Icon name="down" />
    </span>
  );
}
