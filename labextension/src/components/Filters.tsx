/** The line above a list: what narrows it, and how many there are. */
import type { ReactNode } from 'react';
import type { AnyState } from '../api/types';
import { DropDown } from './DropDown';
import { stateWord } from './StateBadge';
import { useTrans } from './context';

/** `count` is said in words; null while it is not known. */
export function FilterLine(props: { count?: string | null; children: ReactNode }): React.JSX.Element {
  return (
    <div className="gm-filterline" role="search">
      {props.children}
      {props.count && <span className="gm-quiet gm-number-text">{props.count}</span>}
    </div>
  );
}

interface IFilterProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

export function Search(props: IFilterProps): React.JSX.Element {
  return (
    <input
      className="gm-input"
      type="search"
      value={props.value}
      placeholder={props.label}
      aria-label={props.label}
      onChange={event => props.onChange(event.target.value)}
    />
  );
}

interface ISelectProps extends IFilterProps {
  /** What taking all is called. */
  all: string;
  options: readonly { value: string; label: string }[];
}

export function Select(props: ISelectProps): React.JSX.Element {
  return (
    <DropDown
      aria-label={props.label}
      value={props.value}
      onChange={event => props.onChange(event.target.value)}
    >
      <option value="">{props.all}</option>
      {props.options.map(option => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </DropDown>
  );
}

export interface IStateSelectProps {
  states: readonly AnyState[];
  value: string;
  onChange: (state: string) => void;
}

export function StateSelect({ states, ...props }: IStateSelectProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <Select
      label={trans.__('State')}
      all={trans.__('All states')}
      options={states.map(state => ({ value: state, label: stateWord(state, trans) }))}
      {...props}
    />
  );
}
