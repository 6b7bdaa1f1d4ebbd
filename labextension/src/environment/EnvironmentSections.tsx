/** The sections of an environment's form, for a new one and for one that changes. */
import type { ReactNode } from 'react';
import { MountPicker } from '../catalogue/MountPicker';
import { Block } from '../components/Block';
import { SelectField, TextField } from '../components/Field';
import { useTrans } from '../components/context';
import { ProjectField } from './ProjectField';
import { SpecificationTable } from './SpecificationTable';
import type { IEnvironmentDraft } from './draft';
import type { IOffers } from './offers';

export interface IEnvironmentSectionsProps {
  draft: IEnvironmentDraft;
  offers: IOffers;
  error: (field: string) => string | null;
  change: (part: Partial<IEnvironmentDraft>) => void;
  onLeave: (field: string) => void;
  /** An environment that is there already: it keeps its project. */
  made?: boolean;
  /** What stands above the parts that cannot be changed now; without it all can. */
  locked?: ReactNode;
}

export function EnvironmentSections(props: IEnvironmentSectionsProps): React.JSX.Element {
  const trans = useTrans();
  const { draft, offers, error, change, onLeave } = props;
  const locked = props.locked !== undefined;
  return (
    <>
      {props.locked}
      <Block title={trans.__('Basic information')}>
        <TextField
          name="name"
          label={trans.__('Name')}
          required
          value={draft.name}
          maxLength={64}
          error={error('name')}
          onChange={name => change({ name })}
          onBlur={() => onLeave('name')}
        />
        <ProjectField
          fixed={props.made}
          projects={offers.projects}
          value={draft.projectId}
          error={error('projectId')}
          onChange={projectId => change({ projectId })}
          onMade={offers.reloadProjects}
        />
        <fieldset className="gm-lock" disabled={locked}>
          <SelectField
            name="image"
            label={trans.__('Image')}
            required
            value={draft.image}
            error={error('image')}
            options={offers.images.map(one => ({ value: one.id, label: one.name }))}
            hint={offers.images.find(one => one.id === draft.image)?.description}
            onChange={image => change({ image })}
          />
        </fieldset>
      </Block>
      <ResourcesOf {...props} />
      <DataOf {...props} />
    </>
  );
}

function ResourcesOf(props: IEnvironmentSectionsProps): React.JSX.Element {
  const trans = useTrans();
  const { draft, offers, error, change } = props;
  const locked = props.locked !== undefined;
  const chosen = offers.specifications.find(one => one.id === draft.specificationId);
  return (
    <Block title={trans.__('Resources')}>
      <fieldset className="gm-lock" disabled={locked}>
        <SpecificationTable
          specifications={offers.specifications}
          zones={offers.zones}
          value={draft.specificationId}
          error={error('specificationId')}
          onChange={specificationId => change({ specificationId })}
        />
      </fieldset>
      {chosen?.gpuCount === 0 && (
        <p className="gm-field-hint">
          {trans.__(
            'No GPU: right for writing code, preparing data and small models, at the lowest price. It can be changed later.'
          )}
        </p>
      )}
    </Block>
  );
}

function DataOf(props: IEnvironmentSectionsProps): React.JSX.Element {
  const trans = useTrans();
  const { draft, error, change } = props;
  const locked = props.locked !== undefined;
  return (
    <Block title={trans.__('Data')}>
      <fieldset className="gm-lock" disabled={locked}>
        <MountPicker
          kind="dataset"
          picks={draft.datasets}
          error={error('datasets')}
          onChange={datasets => change({ datasets })}
        />
        <MountPicker
          kind="model"
          picks={draft.models}
          error={error('models')}
          onChange={models => change({ models })}
        />
      </fieldset>
      <p className="gm-field-hint">
        {trans.__(
          'Datasets and models are read-only inside, so nobody changes them by mistake. Write results to /gemini/output.'
        )}
      </p>
      <TextField
        name="tags"
        label={trans.__('Tags')}
        value={draft.tags}
        hint={trans.__('Separated by spaces or commas.')}
        onChange={tags => change({ tags })}
      />
    </Block>
  );
}
