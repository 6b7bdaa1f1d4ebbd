/** Labelled controls: the label above, the mistake and the hint below, both tied to the control. */
import { useId, type ChangeEvent, type ReactNode } from 'react';
import { DropDown } from './DropDown';
import { Icon } from './Icon';
import { useTrans } from './context';

export interface IFieldProps {
  label: string;
  error?: string | null;
  hint?: ReactNode;
  required?: boolean;
  /** The wire name of the field: by it the form finds the control to focus. */
  name: string;
}

interface IFrame {
  id: string;
  name: string;
  'aria-invalid': boolean | undefined;
  'aria-describedby': string | undefined;
  'aria-required': boolean | undefined;
}

/** The frame of any control; `children` receives what the control must carry. */
export function Field(props: IFieldProps & { children: (frame: IFrame) => ReactNode }): React.JSX.Element {
  const id = useId();
  const trans = useTrans();
  const below = [props.error ? `${id}-error` : '', props.hint ? `${id}-hint` : ''].filter(Boolean).join(' ');
  return (
    <div className={props.error ? 'gm-field gm-field-wrong' : 'gm-field'}>
      <label className="gm-field-label" htmlFor={id}>
        {props.label}
      </label>
      {!props.required && <span className="gm-field-optional">{trans.__('optional')}</span>}
      {props.children({
        id,
        name: props.name,
        'aria-invalid': props.error ? true : undefined,
        'aria-describedby': below || undefined,
        'aria-required': props.required
      })}
      <FieldError id={`${id}-error`} message={props.error} />
      {props.hint && (
        <div className="gm-field-hint" id={`${id}-hint`}>
          {props.hint}
        </div>
      )}
    </div>
  );
}

/** A mistake under its control. */
export function FieldError(props: { id?: string; message?: string | null }): React.JSX.Element | null {
  return props.message ? (
    <p className="gm-field-error" id={props.id}>
      <Icon name="warning" />
      {props.message}
    </p>
  ) : null;
}

export interface ITextFieldProps extends IFieldProps {
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  placeholder?: string;
  lines?: number;
  code?: boolean;
  /** It narrows what is shown beside it: Enter in it sends no form. */
  search?: boolean;
  maxLength?: number;
}

/** One line of text, or several. */
export function TextField(props: ITextFieldProps): React.JSX.Element {
  const className = props.code ? 'gm-input gm-input-code' : 'gm-input';
  const onChange = (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>): void =>
    props.onChange(event.target.value);
  return (
    <Field {...props}>
      {frame => {
        const shared = {
          ...frame,
          className,
          value: props.value,
          placeholder: props.placeholder,
          maxLength: props.maxLength,
          onChange,
          onBlur: props.onBlur,
          spellCheck: props.code ? false : undefined
        };
        return props.lines ? (
          <textarea {...shared} rows={props.lines} />
        ) : (
          <input {...shared} type={props.search ? 'search' : 'text'} autoComplete="off" />
        );
      }}
    </Field>
  );
}

export interface IOption {
  value: string;
  label: string;
  disabled?: boolean;
}

export interface ISelectFieldProps extends IFieldProps {
  value: string;
  options: readonly IOption[];
  /** The words of the empty choice; without them the choice cannot be cleared. */
  empty?: string;
  disabled?: boolean;
  onChange: (value: string) => void;
  onBlur?: () => void;
}

/** One of several, as the system's own drop-down. */
export function SelectField(props: ISelectFieldProps): React.JSX.Element {
  return (
    <Field {...props}>
      {frame => (
        <DropDown
          {...frame}
          value={props.value}
          disabled={props.disabled}
          onChange={event => props.onChange(event.target.value)}
          onBlur={props.onBlur}
        >
          {props.empty !== undefined && <option value="">{props.empty}</option>}
          {props.options.map(option => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </DropDown>
      )}
    </Field>
  );
}

export interface INumberFieldProps extends IFieldProps {
  value: number;
  min: number;
  max?: number;
  step?: number;
  unit?: string;
  onChange: (value: number) => void;
  onBlur?: () => void;
}

/** A number with its unit. */
export function NumberField(props: INumberFieldProps): React.JSX.Element {
  return (
    <Field {...props}>
      {frame => (
        <span className="gm-number">
          <input
            {...frame}
            className="gm-input"
            type="number"
            inputMode="numeric"
            value={Number.isNaN(props.value) ? '' : props.value}
            min={props.min}
            max={props.max}
            step={props.step ?? 1}
            onChange={event => props.onChange(event.target.valueAsNumber)}
            onBlur={props.onBlur}
          />
          {props.unit && <span className="gm-number-unit">{props.unit}</span>}
        </span>
      )}
    </Field>
  );
}
