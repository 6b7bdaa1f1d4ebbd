/** An environment's form: its name and tags at any time; image, resources and data while it is stopped. */
import { useRef, useState } from 'react';
import type { IEnvironment, IProject } from '../api/types';
import { Button } from '../components/Button';
import { FormFrame } from '../components/FormFrame';
import { Icon } from '../components/Icon';
import { Problem, Skeleton } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { useSending } from '../components/sending';
import { useItem } from '../stores/hooks';
import { EnvironmentQuestion } from './EnvironmentQuestion';
import { EnvironmentSections } from './EnvironmentSections';
import { EnvironmentSummary } from './EnvironmentSummary';
import {
  draftOf,
  ENVIRONMENT_ORDER,
  environmentChange,
  environmentMistakes,
  type IEnvironmentDraft
} from './draft';
import { environmentPath, isIdle } from './environments';
import { useOffers, type IOffers } from './offers';

export interface IEditEnvironmentProps {
  id: string;
  onChanged: (environment: IEnvironment) => void;
  onCancel: () => void;
}

export function EditEnvironment(props: IEditEnvironmentProps): React.JSX.Element {
  const { item, error, reload } = useItem<IEnvironment>(
    environmentPath(props.id),
    'dev-environment',
    props.id
  );
  const answer = useOffers();
  const failed = (item ? null : error) ?? answer.error;
  if (failed) {
    const again = (): void => {
      reload();
      answer.reload();
    };
    return <Problem error={failed} onRetry={again} />;
  }
  return item && answer.offers ? (
    <OpenForm {...props} environment={item} offers={answer.offers} />
  ) : (
    <Skeleton rows={8} />
  );
}

function OpenForm(
  props: IEditEnvironmentProps & { environment: IEnvironment; offers: IOffers }
): React.JSX.Element {
  const { api, trans } = useGemini();
  const { environment } = props;
  const offers = { ...props.offers, projects: [projectOf(environment)] };
  const [before] = useState(() => draftOf(environment));
  const [draft, setDraft] = useState(before);
  const form = useRef<HTMLFormElement>(null);
  const starts = useRef(false);
  const wrong = mistakes(before, draft, environmentMistakes(draft, trans));
  const sending = useSending({
    form,
    fieldOf: field => field,
    firstMistake: () => ENVIRONMENT_ORDER.find(name => wrong[name]) ?? null,
    send: async () => {
      const address = environmentPath(environment.id);
      let changed = await api.patch<IEnvironment>(address, environmentChange(before, draft));
      if (starts.current) {
        changed = await api.post<IEnvironment>(`${address}/start`, {});
      }
      props.onChanged(changed);
    }
  });
  const { refused } = sending;
  const placed = ENVIRONMENT_ORDER.some(field => field === refused?.field);
  const idle = isIdle(environment);
  return (
    <FormFrame
      form={form}
      label={trans.__('Change environment')}
      sending={sending}
      summary={<EnvironmentSummary draft={draft} offers={offers} made={environment} />}
      summaryLabel={trans.__('Summary')}
      unplaced={placed ? null : refused}
      buttons={
        <>
          <Button kind="primary" submit busy={sending.busy} onClick={() => (starts.current = false)}>
            {trans.__('Save')}
          </Button>
          {idle && (
            <Button submit busy={sending.busy} onClick={() => (starts.current = true)}>
              {trans.__('Save and start')}
            </Button>
          )}
        </>
      }
      onCancel={props.onCancel}
    >
      <EnvironmentSections
        draft={draft}
        offers={offers}
        made
        locked={idle ? undefined : <Locked environment={environment} />}
        error={field => wrong[field] ?? (refused?.field === field ? refused.message : null)}
        change={part => {
          sending.forget();
          setDraft(held => ({ ...held, ...part }));
        }}
        onLeave={() => undefined}
      />
    </FormFrame>
  );
}

/** Its project, as far as the form has to know it: it cannot be changed. */
function projectOf(environment: IEnvironment): IProject {
  return {
    id: environment.projectId,
    name: environment.projectName,
    description: '',
    tags: [],
    defaultCommand: null,
    defaultSpecificationId: null,
    workspaceId: environment.workspaceId
  };
}

/** What is wrong with what was changed: resources that no specification names may stay so. */
function mistakes(
  before: IEnvironmentDraft,
  draft: IEnvironmentDraft,
  found: Partial<Record<string, string>>
): Partial<Record<string, string>> {
  return before.specificationId === '' && draft.specificationId === ''
    ? { ...found, specificationId: undefined }
    : found;
}

/** Why the rest cannot be changed now, and the way to change it. */
function Locked({ environment }: { environment: IEnvironment }): React.JSX.Element {
  const trans = useTrans();
  const [asking, setAsking] = useState(false);
  const stopping = environment.state === 'stopping' || environment.target !== 'running';
  return (
    <div className="gm-note" role="status">
      <Icon name={stopping ? 'stopping' : 'info'} spin={stopping} />
      <p>
        {stopping
          ? trans.__('It is stopping. Then everything can be changed.')
          : trans.__('While it runs only its name and tags can be changed; the rest once it is stopped.')}
      </p>
      {!stopping && <Button onClick={() => setAsking(true)}>{trans.__('Stop and change')}</Button>}
      {asking && (
        <EnvironmentQuestion question="stop" environment={environment} onClose={() => setAsking(false)} />
      )}
    </div>
  );
}
