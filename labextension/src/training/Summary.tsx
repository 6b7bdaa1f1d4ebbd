/** What the form comes to, as the server sees it: where, with what, for how much, from when (TRAIN-4). */
import type { ITaskPreview, IZone } from '../api/types';
import { Icon } from '../components/Icon';
import { Pairs, ZoneName } from '../components/Pieces';
import { useGemini, useTrans } from '../components/context';
import { cards, cores, gigabytes, pricePerHour } from '../components/quantities';
import { wouldQueue } from '../components/queues';
import { duration } from '../components/times';
import { usePreview } from '../stores/hooks';
import type { ITrans } from '../i18n/trans';
import { bodyOf, fieldOf, ORDER, type IResolved } from './draft';
import { instancesOf, rolesText, times } from './roles';

export function Summary(props: { draft: IResolved; zones: readonly IZone[] }): React.JSX.Element {
  const { trans, language } = useGemini();
  const preview = usePreview<ITaskPreview>('/training-tasks/preview', bodyOf(props.draft));
  const { draft } = props;
  const existing = draft.launchMode === 'existing';
  const zone = props.zones.find(one => one.id === draft.zone);
  const from = draft.environment ?? (zone ? draft : null);
  const distributed = draft.mode === 'distributed';
  const instances = distributed ? instancesOf(draft.roles) : 1;
  const each = (text: string): string => times(instances, text);
  return (
    <div className="gm-summary">
      <h2 className="gm-block-title">{trans.__('Configuration summary')}</h2>
      <Pairs
        pairs={[
          existing
            ? [trans.__('Development environment'), draft.environment?.name ?? '–']
            : [trans.__('Zone'), zone ? <ZoneName id={zone.id} name={zone.name} /> : '–'],
          [trans.__('Project'), draft.environment?.projectName ?? draft.project?.name ?? '–'],
          distributed ? [trans.__('Roles'), rolesText(draft.roles)] : null,
          [trans.__('GPU'), from ? gpus(from, each, trans) : '–'],
          [trans.__('CPU'), from ? each(cores(from.cpuCores, trans)) : '–'],
          [trans.__('Memory'), from ? each(gigabytes(from.memory)) : '–'],
          [
            instances > 1 ? trans.__('Price per hour of all') : trans.__('Price per hour'),
            preview?.pricePerHour ? pricePerHour(preview.pricePerHour, trans) : '–'
          ],
          draft.maxDuration ? [trans.__('Time limit'), duration(draft.maxDuration, language)] : null,
          preview?.priceIsShare
            ? ['', trans.__('Already in the price of the environment: the task adds nothing.')]
            : null
        ]}
      />
      <p className="gm-summary-start">
        <Icon name="running" />
        {preview?.expectedStart ??
          (existing
            ? trans.__('Quick start: training is expected to begin within 10 seconds')
            : trans.__('Resources are expected to be allocated in 2-5 minutes'))}
      </p>
      <Remarks preview={preview} />
      <Tips />
    </div>
  );
}

function gpus(
  from: { gpuType: string | null; gpuCount: number },
  each: (text: string) => string,
  trans: ITrans
): string {
  const text = cards(from.gpuType || null, from.gpuCount, trans);
  return from.gpuType && from.gpuCount > 0 ? each(text) : text;
}

/** What would hold it up or refuse it; empty required fields are said under themselves, not here. */
function Remarks(props: { preview: ITaskPreview | null }): React.JSX.Element | null {
  const trans = useTrans();
  const { preview } = props;
  const required = ORDER as readonly string[];
  const errors =
    preview?.errors.filter(
      error => !required.includes(fieldOf(error.field) ?? '') || !/-required$/.test(error.name)
    ) ?? [];
  if (errors.length === 0 && !preview?.queue) {
    return null;
  }
  return (
    <ul className="gm-remarks" role="status">
      {preview?.queue && (
        <li>
          <Icon name="queued" />
          {wouldQueue(preview.queue, trans)}
        </li>
      )}
      {errors.map(error => (
        <li key={`${error.field} ${error.name}`}>
          <Icon name="warning" />
          {error.message}
        </li>
      ))}
    </ul>
  );
}

function Tips(): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="gm-tips">
      <h3>{trans.__('Good to know')}</h3>
      <ul>
        <li>{trans.__('A running environment starts at once')}</li>
        <li>{trans.__('Dynamic creation allocates the best resources')}</li>
        <li>{trans.__('Datasets and models are mounted by themselves')}</li>
      </ul>
    </div>
  );
}
