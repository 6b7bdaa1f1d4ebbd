/** Beside an environment's form: what it comes to. */
import type { IEnvironment, IEnvironmentPreview } from '../api/types';
import { Icon } from '../components/Icon';
import { Pairs, ZoneName } from '../components/Pieces';
import { useTrans } from '../components/context';
import { cards, cores, gigabytes, pricePerHour } from '../components/quantities';
import { wouldQueue } from '../components/queues';
import { usePreview } from '../stores/hooks';
import { environmentBody, type IEnvironmentDraft } from './draft';
import type { IOffers } from './offers';

/** What will run, where, from when, for how much. */
export function EnvironmentSummary({
  draft,
  offers,
  made
}: {
  draft: IEnvironmentDraft;
  offers: IOffers;
  /** The environment that is there already. */
  made?: IEnvironment;
}): React.JSX.Element {
  const trans = useTrans();
  const preview = usePreview<IEnvironmentPreview>('/dev-environments/preview', environmentBody(draft));
  const chosen = offers.specifications.find(one => one.id === draft.specificationId);
  const resources = chosen ?? (draft.specificationId === '' ? made : undefined);
  const price = preview?.pricePerHour ?? resources?.pricePerHour;
  const zone = offers.zones.find(one => one.id === chosen?.zone);
  const beyond = preview?.errors.filter(error => error.name.startsWith('beyond-')) ?? [];
  return (
    <div className="gm-summary">
      <h2 className="gm-block-title">{trans.__('Summary')}</h2>
      <Pairs
        pairs={[
          [trans.__('Name'), draft.name.trim() || '–'],
          [trans.__('Project'), offers.projects.find(one => one.id === draft.projectId)?.name ?? '–'],
          [trans.__('Zone'), chosen ? <ZoneName id={chosen.zone} name={zone?.name} /> : '–'],
          [trans.__('GPU'), resources ? cards(resources.gpuType, resources.gpuCount, trans) : '–'],
          [trans.__('CPU'), resources ? cores(resources.cpuCores, trans) : '–'],
          [trans.__('Memory'), resources ? gigabytes(resources.memory) : '–'],
          [trans.__('Price per hour'), price ? pricePerHour(price, trans) : '–']
        ]}
      />
      {preview?.expectedStart && beyond.length === 0 && (
        <p className="gm-summary-start">
          <Icon name="running" />
          {preview.expectedStart}
        </p>
      )}
      {preview?.queue && (
        <p className="gm-summary-start" role="status">
          <Icon name="queued" />
          {wouldQueue(preview.queue, trans)}
        </p>
      )}
      {beyond.length > 0 && (
        <ul className="gm-remarks" role="status">
          {beyond.map(error => (
            <li key={error.name}>
              <Icon name="warning" />
              {error.message}
            </li>
          ))}
        </ul>
      )}
      <p className="gm-quiet">{trans.__('Charged by the minute from allocation until it has stopped.')}</p>
    </div>
  );
}
