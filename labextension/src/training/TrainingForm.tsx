/** Submit training: the form on the left, what it comes to on the right (TRAIN-1 to TRAIN-5). */
import { useRef, useState } from 'react';
import type { ApiError } from '../api/errors';
import { path } from '../api/request';
import type { IEnvironment, IMe, ITask, ITaskCreated, IZone } from '../api/types';
import { Button } from '../components/Button';
import { FormFrame } from '../components/FormFrame';
import { Problem, Skeleton } from '../components/Views';
import { useGemini, type ITrainingPreset } from '../components/context';
import { useSending, type ISending } from '../components/sending';
import { useAnswer, useList } from '../stores/hooks';
import { BasicsSection } from './BasicsSection';
import { ResourcesSection } from './ResourcesSection';
import { Summary } from './Summary';
import {
  bodyOf,
  draftFrom,
  draftOf,
  fieldOf,
  firstOf,
  isRoleField,
  kept,
  mistakes,
  NO_DRAFT,
  ORDER,
  resolve
} from './draft';
import type { IDraft, IResolved } from './draft';
import { useOffered } from './offers';

export interface ITrainingFormProps {
  preset?: ITrainingPreset;
  /** After the task was created; without it the list is shown. */
  onCreated?: (taskId: string) => void;
  onCancel: () => void;
}

/** The form; a clone waits for the task it takes everything from. */
export function TrainingForm(props: ITrainingFormProps): React.JSX.Element {
  const source = props.preset?.cloneOf;
  const clone = useAnswer<ITask>(source ? path('training-tasks', source) : null);
  const me = useAnswer<IMe>('/me');
  const zones = useAnswer<IZone[]>('/availability-zones');
  if (me.data && zones.data && (!source || clone.data)) {
    const start = clone.data ? draftOf(clone.data) : props.preset ? draftFrom(props.preset) : NO_DRAFT;
    return <LiveForm key={source} {...props} start={start} me={me.data} zones={zones.data} />;
  }
  const failed = clone.error ?? me.error ?? zones.error;
  const retry = (): void => [clone, me, zones].forEach(answer => answer.reload());
  return failed ? <Problem error={failed} onRetry={retry} /> : <Skeleton rows={8} />;
}

interface ILiveFormProps extends ITrainingFormProps {
  start: IDraft;
  me: IMe;
  zones: readonly IZone[];
}

/** Offers what runs of the person's own; another's environment takes no task of theirs. */
function LiveForm(props: ILiveFormProps): React.JSX.Element {
  const { workspaceId } = useGemini();
  const owner = props.me.name;
  const running = useList<IEnvironment>({
    path: '/dev-environments',
    kind: 'dev-environment',
    query: { status: 'running', workspaceId, owner },
    limit: 200,
    belongs: one =>
      one.state === 'running' &&
      one.owner === owner &&
      (workspaceId === null || one.workspaceId === workspaceId)
  });
  // Once open it stays: whoever looks at another workspace, or loses the connection, loses nothing of the form.
  const [open, setOpen] = useState<readonly IEnvironment[] | null>(null);
  if (running.state === 'ready' && open !== running.rows) {
    setOpen(running.rows);
  }
  if (open) {
    return <OpenForm {...props} running={open} />;
  }
  return running.error ? <Problem error={running.error} onRetry={running.reload} /> : <Skeleton rows={8} />;
}

interface IOpenFormProps extends ILiveFormProps {
  running: readonly IEnvironment[];
}

function OpenForm(props: IOpenFormProps): React.JSX.Element {
  const { trans, ownEnvironmentId } = useGemini();
  const [draft, setDraft] = useState(props.start);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const form = useRef<HTMLFormElement>(null);
  const offered = useOffered(props.me, draft);
  const resolved = resolve(draft, props.running, ownEnvironmentId, offered);
  if (draft.environmentId === null && resolved.environmentId !== '') {
    setDraft(kept(draft, resolved));
  }
  const sending = useSubmitting(resolved, props, form);
  const wrong = mistakes(resolved, trans);
  const error = (field: string): string | null => {
    const shown = left.has(field) || sending.first === field;
    return (
      (shown ? wrong[field] : null) ??
      (sending.refused && fieldOf(sending.refused.field) === field ? sending.refused.message : null)
    );
  };
  const change = (part: Partial<IDraft>): void => {
    sending.forget();
    setDraft(before => ({ ...kept(before, resolved), ...part }));
  };
  const section = {
    draft: resolved,
    offered,
    change,
    error,
    onLeave: (field: string) => setLeft(before => new Set(before).add(field))
  };
  const unplaced = sending.refused && !isPlaced(sending.refused) ? sending.refused : null;
  return (
    <FormFrame
      form={form}
      label={trans.__('Submit training')}
      sending={sending}
      summary={<Summary draft={resolved} zones={props.zones} />}
      summaryLabel={trans.__('Configuration summary')}
      unplaced={unplaced}
      buttons={
        <Button kind="primary" submit busy={sending.busy}>
          {trans.__('Create and start training')}
        </Button>
      }
      onCancel={props.onCancel}
    >
      <BasicsSection {...section} />
      <ResourcesSection {...section} running={props.running} zones={props.zones} />
    </FormFrame>
  );
}

/** Fields of the form that can say a refusal of the server under themselves. */
const PLACED = new Set([
  ...ORDER,
  'modelId',
  'description',
  'command',
  'projectId',
  'gpuType',
  'gpuCount',
  'cpuCores',
  'memory',
  'image',
  'priority',
  'retries',
  'maxDuration'
] as string[]);

function isPlaced(error: ApiError): boolean {
  const field = fieldOf(error.field);
  return field !== null && (PLACED.has(field) || isRoleField(field));
}

/** Sends the task, tells the result and goes on. */
function useSubmitting(
  draft: IResolved,
  props: IOpenFormProps,
  form: React.RefObject<HTMLFormElement>
): ISending {
  const { api, trans, notify, go } = useGemini();
  return useSending({
    form,
    fieldOf,
    firstMistake: () => firstOf(mistakes(draft, trans)),
    send: async idempotencyKey => {
      const created = await api.post<ITaskCreated>('/training-tasks', bodyOf(draft), { idempotencyKey });
      const zone = props.zones.find(one => one.id === draft.zone)?.name ?? draft.zone;
      notify({
        title: trans.__('Training task created'),
        detail: draft.environment
          ? trans.__('In environment: %1', draft.environment.name)
          : trans.__('Resources created dynamically in %1', zone)
      });
      if (props.onCreated) {
        props.onCreated(created.taskId);
      } else {
        go({ to: 'training-jobs' });
      }
    }
  });
}
