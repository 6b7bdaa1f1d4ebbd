/** One of a few, each with something to say: radio buttons in the form of cards. */
import { useId, type ReactNode } from 'react';

export interface IChoice {
  value: string;
  title: ReactNode;
  badge?: ReactNode;
  detail?: ReactNode;
  disabled?: boolean;
  /** Why it cannot be chosen. */
  reason?: string;
}

export interface IChoiceGroupProps {
  label: string;
  hideLabel?: boolean;
  name: string;
  value: string;
  choices: readonly IChoice[];
  /** `cards`: large, side by side; `rows`: one below the other; `chips`: small. */
  look: 'cards' | 'rows' | 'chips';
  error?: string | null;
  required?: boolean;
  onChange: (value: string) => void;
  children?: ReactNode;
}

export function ChoiceGroup(props: IChoiceGroupProps): React.JSX.Element {
  const id = useId();
  return (
    <fieldset
      className="gm-choices"
      aria-describedby={props.error ? `${id}-error` : undefined}
      aria-invalid={props.error ? true : undefined}
    >
      <legend className={props.hideLabel ? 'gm-hidden' : 'gm-field-label'}>{props.label}</legend>
      <div className={`gm-choices-${props.look}`}>
        {props.choices.map(choice => (
          <ChoiceCard key={choice.value} choice={choice} group={props} id={`${id}-${choice.value}`} />
        ))}
      </div>
      {props.error && (
        <p className="gm-field-error" id={`${id}-error`}>
          {props.error}
        </p>
      )}
      {props.children}
    </fieldset>
  );
}

function ChoiceCard(props: { choice: IChoice; group: IChoiceGroupProps; id: string }): React.JSX.Element {
  const { choice, group, id } = props;
  const checked = group.value === choice.value;
  const below = [choice.detail ? `${id}-detail` : '', choice.reason ? `${id}-reason` : ''].filter(Boolean);
  return (
    <label
      className="gm-choice"
      data-checked={checked || undefined}
      data-disabled={choice.disabled || undefined}
    >
      <input
        type="radio"
        name={group.name}
        value={choice.value}
        checked={checked}
        disabled={choice.disabled}
        aria-labelledby={`${id}-title`}
        aria-describedby={below.join(' ') || undefined}
        onChange={() => group.onChange(choice.value)}
      />
      <span className="gm-choice-body">
        <span className="gm-choice-head">
          <span className="gm-choice-title" id={`${id}-title`}>
            {choice.title}
          </span>
          {choice.badge}
        </span>
        {choice.detail && (
          <span className="gm-choice-detail" id={`${id}-detail`}>
            {choice.detail}
          </span>
        )}
        {choice.reason && (
          <span className={group.look === 'chips' ? 'gm-hidden' : 'gm-choice-reason'} id={`${id}-reason`}>
            {choice.reason}
          </span>
        )}
      </span>
    </label>
  );
}
