/** A new environment: the form on the left, on the right what will run, where, from when, for how much. */
import { useRef, useState } from 'react';
import type {
  IEnvironment,
  IEnvironmentPreview,
  IImage,
  IProject,
  ISpecification,
  IZone
} from '../api/types';
import { MountPicker } from '../catalogue/MountPicker';
import { Button } from '../components/Button';
import { SelectField, TextField } from '../components/Field';
import { Icon } from '../components/Icon';
import { Pairs, ZoneName } from '../components/Pieces';
import { Problem, Skeleton } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { cards, cores, gigabytes, pricePerHour } from '../components/quantities';
import { useSending, type ISending } from '../components/sending';
import { useAnswer, usePreview } from '../stores/hooks';
import { ProjectField } from './ProjectField';
import { SpecificationTable } from './SpecificationTable';
import { ENVIRONMENT_ORDER, environmentBody, environmentMistakes, filledIn, NO_ENVIRONMENT } from './draft';
import type { IEnvironmentDraft } from './draft';

export interface INewEnvironmentProps {
  onCreated: (environment: IEnvironment) => void;
  onCancel: () => void;
}

interface IOffers {
  projects: readonly IProject[];
  images: readonly IImage[];
  specifications: readonly ISpecification[];
  zones: readonly IZone[];
  reloadProjects: () => void;
}

export function NewEnvironment(props: INewEnvironmentProps): React.JSX.Element {
  const projects = useAnswer<IProject[]>('/projects', { limit: 200 });
  const images = useAnswer<IImage[]>('/images');
  const specifications = useAnswer<ISpecification[]>('/specifications');
  const zones = useAnswer<IZone[]>('/availability-zones');
  const [known, setKnown] = useState<readonly IProject[]>([]);
  if (projects.data && projects.data !== known) {
    setKnown(projects.data);
  }
  const answers = [projects, images, specifications, zones];
  const failed = answers.find(answer => answer.error);
  if (failed?.error) {
    return <Problem error={failed.error} onRetry={() => answers.forEach(answer => answer.reload())} />;
  }
  if (!images.data || !specifications.data || !zones.data || (!projects.data && known.length === 0)) {
    return <Skeleton rows={8} />;
  }
  const offers: IOffers = {
    projects: known,
    images: images.data,
    specifications: specifications.data,
    zones: zones.data,
    reloadProjects: projects.reload
  };
  return <OpenForm {...props} offers={offers} />;
}

function OpenForm(props: INewEnvironmentProps & { offers: IOffers }): React.JSX.Element {
  const { trans } = useGemini();
  const { offers } = props;
  const [draft, setDraft] = useState(NO_ENVIRONMENT);
  const [tried, setTried] = useState<ReadonlySet<string>>(new Set());
  const form = useRef<HTMLFormElement>(null);
  const full = filledIn(draft, offers.projects, offers.images, offers.specifications);
  const sending = useCreating(full, props, form);
  const wrong = environmentMistakes(full, trans);
  const refused = sending.refused;
  const placed = ENVIRONMENT_ORDER.some(field => field === refused?.field);
  const error = (field: string): string | null =>
    (tried.has(field) || sending.first === field ? wrong[field] : null) ??
    (refused?.field === field ? refused.message : null);
  const change = (part: Partial<IEnvironmentDraft>): void => {
    sending.forget();
    setDraft(before => ({ ...before, ...part }));
  };
  return (
    <div className="gm-frame-box">
      <form
        className="gm-frame"
        ref={form}
        noValidate
        onSubmit={sending.submit}
        aria-label={trans.__('New environment')}
      >
        <div className="gm-frame-main">
          <Sections
            draft={full}
            offers={offers}
            error={error}
            change={change}
            onLeave={field => setTried(before => new Set(before).add(field))}
          />
        </div>
        <aside className="gm-frame-side" aria-label={trans.__('Summary')}>
          <EnvironmentSummary draft={full} offers={offers} />
          {refused && !placed && <Problem error={refused} />}
          <div className="gm-frame-buttons">
            <Button kind="primary" submit busy={sending.busy}>
              {trans.__('Create and start')}
            </Button>
            <Button onClick={props.onCancel}>{trans.__('Cancel')}</Button>
          </div>
        </aside>
      </form>
    </div>
  );
}

interface ISectionsProps {
  draft: IEnvironmentDraft;
  offers: IOffers;
  error: (field: string) => string | null;
  change: (part: Partial<IEnvironmentDraft>) => void;
  onLeave: (field: string) => void;
}

function Sections({ draft, offers, error, change, onLeave }: ISectionsProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <>
      <section className="gm-block" aria-labelledby="gm-environment-basics">
        <h2 className="gm-block-title" id="gm-environment-basics">
          {trans.__('Basic information')}
        </h2>
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
          projects={offers.projects}
          value={draft.projectId}
          error={error('projectId')}
          onChange={projectId => change({ projectId })}
          onMade={offers.reloadProjects}
        />
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
      </section>
      <section className="gm-block" aria-labelledby="gm-environment-resources">
        <h2 className="gm-block-title" id="gm-environment-resources">
          {trans.__('Resources')}
        </h2>
        <SpecificationTable
          specifications={offers.specifications}
          zones={offers.zones}
          value={draft.specificationId}
          error={error('specificationId')}
          onChange={specificationId => change({ specificationId })}
        />
      </section>
      <section className="gm-block" aria-labelledby="gm-environment-data">
        <h2 className="gm-block-title" id="gm-environment-data">
          {trans.__('Data')}
        </h2>
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
        <TextField
          name="tags"
          label={trans.__('Tags')}
          value={draft.tags}
          hint={trans.__('Separated by spaces or commas.')}
          onChange={tags => change({ tags })}
        />
      </section>
    </>
  );
}

function EnvironmentSummary({
  draft,
  offers
}: {
  draft: IEnvironmentDraft;
  offers: IOffers;
}): React.JSX.Element {
  const trans = useTrans();
  const preview = usePreview<IEnvironmentPreview>('/dev-environments/preview', environmentBody(draft));
  const chosen = offers.specifications.find(one => one.id === draft.specificationId);
  const zone = offers.zones.find(one => one.id === chosen?.zone);
  const reason = preview?.queue?.reason;
  const waits = typeof reason === 'string' ? reason : reason?.message;
  return (
    <div className="gm-summary">
      <h2 className="gm-block-title">{trans.__('Summary')}</h2>
      <Pairs
        pairs={[
          [trans.__('Name'), draft.name.trim() || '–'],
          [trans.__('Project'), offers.projects.find(one => one.id === draft.projectId)?.name ?? '–'],
          [trans.__('Zone'), chosen ? <ZoneName id={chosen.zone} name={zone?.name} /> : '–'],
          [trans.__('GPU'), chosen ? cards(chosen.gpuType, chosen.gpuCount, trans) : '–'],
          [trans.__('CPU'), chosen ? cores(chosen.cpuCores, trans) : '–'],
          [trans.__('Memory'), chosen ? gigabytes(chosen.memory) : '–'],
          [
            trans.__('Price per hour'),
            (preview?.pricePerHour ?? chosen?.pricePerHour)
              ? pricePerHour(preview?.pricePerHour ?? chosen?.pricePerHour ?? '0', trans)
              : '–'
          ]
        ]}
      />
      {preview?.expectedStart && (
        <p className="gm-summary-start">
          <Icon name="running" />
          {preview.expectedStart}
        </p>
      )}
      {preview?.queue && (
        <p className="gm-summary-start" role="status">
          <Icon name="queued" />
          {[trans.__('It would queue'), waits].filter(Boolean).join(' · ')}
        </p>
      )}
      <p className="gm-quiet">{trans.__('Charged by the minute from allocation until it has stopped.')}</p>
    </div>
  );
}

function useCreating(
  draft: IEnvironmentDraft,
  props: INewEnvironmentProps,
  form: React.RefObject<HTMLFormElement>
): ISending {
  const { api, trans } = useGemini();
  return useSending({
    form,
    fieldOf: field => field,
    firstMistake: () => {
      const wrong = environmentMistakes(draft, trans);
      return ENVIRONMENT_ORDER.find(name => wrong[name]) ?? null;
    },
    send: async idempotencyKey => {
      const body = environmentBody(draft);
      props.onCreated(await api.post<IEnvironment>('/dev-environments', body, { idempotencyKey }));
    }
  });
}
