/** The roles of a distributed task: names, instances and commands; what each instance gets is edited in the first. */
import { useId } from 'react';
import type { IRole } from '../api/types';
import { Button } from '../components/Button';
import { NumberField, TextField } from '../components/Field';
import { useTrans } from '../components/context';
import { cards, cores, gigabytes } from '../components/quantities';
import { Specification } from './DynamicResources';
import { INSTANCES_LIMIT, roleField, ROLES_LIMIT, withOneMore } from './roles';
import type { IResourcesSectionProps } from './section';

export function RolesSection(props: IResourcesSectionProps): React.JSX.Element {
  const trans = useTrans();
  const { roles } = props.draft;
  const change = (index: number, part: Partial<IRole>): void =>
    props.change({ roles: roles.map((role, at) => (at === index ? { ...role, ...part } : role)) });
  const remove = (index: number): void => props.change({ roles: roles.filter((_, at) => at !== index) });
  return (
    <div className="gm-roles">
      {roles.map((role, index) => (
        <RoleCard
          {...props}
          key={index}
          role={role}
          index={index}
          onRole={part => change(index, part)}
          onRemove={roles.length > 1 ? () => remove(index) : undefined}
        />
      ))}
      <div className="gm-buttons">
        <Button
          icon="plus"
          disabled={roles.length >= ROLES_LIMIT}
          onClick={() => props.change({ roles: withOneMore(roles) })}
        >
          {trans.__('Add a role')}
        </Button>
      </div>
      <p className="gm-field-hint">
        {trans.__(
          'All start together or none does. Each finds the others: torchrun, torch.distributed and TensorFlow by the variables that they read themselves.'
        )}
      </p>
    </div>
  );
}

function RoleCard(props: IRoleFieldsProps & { onRemove?: () => void }): React.JSX.Element {
  const trans = useTrans();
  const id = useId();
  const { index, onRemove } = props;
  return (
    <div className="gm-role" role="group" aria-labelledby={id}>
      <div className="gm-block-head">
        <h3 id={id}>{trans.__('Role %1', index + 1)}</h3>
        {onRemove && (
          <Button
            kind="quiet"
            icon="trash"
            label={trans.__('Remove role %1', index + 1)}
            onClick={onRemove}
          />
        )}
      </div>
      <RoleFields {...props} />
      {index === 0 ? <Specification {...props} /> : <SameSpecification {...props} />}
    </div>
  );
}

interface IRoleFieldsProps extends IResourcesSectionProps {
  role: IRole;
  index: number;
  onRole: (part: Partial<IRole>) => void;
}

function RoleFields({ draft, role, index, error, onLeave, onRole }: IRoleFieldsProps): React.JSX.Element {
  const trans = useTrans();
  const field = (part: keyof IRole): { name: string; error: string | null } => {
    const name = roleField(index, part);
    return { name, error: error(name) };
  };
  return (
    <>
      <div className="gm-columns">
        <TextField
          {...field('name')}
          label={trans.__('Role name')}
          required
          maxLength={20}
          value={role.name}
          onChange={name => onRole({ name })}
          onBlur={() => onLeave(roleField(index, 'name'))}
        />
        <NumberField
          {...field('instances')}
          label={trans.__('Instances')}
          required
          min={1}
          max={INSTANCES_LIMIT}
          value={role.instances}
          onChange={instances => onRole({ instances })}
        />
      </div>
      <TextField
        {...field('command')}
        label={trans.__('Start command')}
        code
        lines={2}
        value={role.command}
        placeholder={draft.command || undefined}
        hint={trans.__('Left empty, the start command of the task runs.')}
        onChange={command => onRole({ command })}
      />
    </>
  );
}

function SameSpecification({ draft }: IResourcesSectionProps): React.JSX.Element {
  const trans = useTrans();
  const each = [
    cores(draft.cpuCores, trans),
    gigabytes(draft.memory),
    ...(draft.gpuType && draft.gpuCount > 0 ? [cards(draft.gpuType, draft.gpuCount, trans)] : [])
  ];
  return (
    <p className="gm-field-hint gm-role-each">
      {trans.__('Each instance, as in role 1: %1', each.join(' · '))}
    </p>
  );
}
