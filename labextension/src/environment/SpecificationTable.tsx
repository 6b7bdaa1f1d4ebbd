/** Specifications as rows to choose from: what one gets, whether it is free now, what it costs. */
import { useId } from 'react';
import type { ISpecification, IZone } from '../api/types';
import { FieldError } from '../components/Field';
import { ZoneName } from '../components/Pieces';
import { useTrans } from '../components/context';
import { cards, cores, gigabytes, pricePerHour } from '../components/quantities';

export interface ISpecificationTableProps {
  specifications: readonly ISpecification[];
  zones: readonly IZone[];
  value: string;
  error?: string | null;
  onChange: (id: string) => void;
}

export function SpecificationTable(props: ISpecificationTableProps): React.JSX.Element {
  const trans = useTrans();
  const id = useId();
  return (
    <fieldset className="gm-choices" role="radiogroup" aria-required="true" aria-describedby={`${id}-error`}>
      <legend className="gm-field-label">{trans.__('Specification')}</legend>
      <div className="gm-specifications">
        <div className="gm-specification gm-specification-head" aria-hidden="true">
          <span />
          <span>{trans.__('Name')}</span>
          <span>{trans.__('CPU')}</span>
          <span>{trans.__('Memory')}</span>
          <span>{trans.__('GPU')}</span>
          <span>{trans.__('Now')}</span>
          <span className="gm-end">{trans.__('Price')}</span>
        </div>
        {props.specifications.map(one => (
          <Row key={one.id} one={one} {...props} />
        ))}
      </div>
      <FieldError id={`${id}-error`} message={props.error} />
    </fieldset>
  );
}

function Row(props: ISpecificationTableProps & { one: ISpecification }): React.JSX.Element {
  const trans = useTrans();
  const { one } = props;
  const zone = props.zones.find(known => known.id === one.zone);
  const checked = props.value === one.id;
  return (
    <label className="gm-specification" data-checked={checked || undefined}>
      <input
        type="radio"
        name="specificationId"
        value={one.id}
        checked={checked}
        onChange={() => props.onChange(one.id)}
      />
      <span className="gm-specification-name">
        <strong>{one.name}</strong>
        {props.zones.length > 1 && <ZoneName id={one.zone} name={zone?.name} />}
      </span>
      <span className="gm-number-text">{cores(one.cpuCores, trans)}</span>
      <span className="gm-number-text">{gigabytes(one.memory)}</span>
      <span>{cards(one.gpuType, one.gpuCount, trans)}</span>
      <span className={one.free ? 'gm-free' : 'gm-busy'}>
        {one.free ? trans.__('Free') : trans.__('Queues')}
      </span>
      <span className="gm-end gm-number-text">
        {one.pricePerHour === null ? '–' : pricePerHour(one.pricePerHour, trans)}
      </span>
    </label>
  );
}
