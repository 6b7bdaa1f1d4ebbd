/** Submit training: the form on the left, what it comes to on the right (TRAIN-1 to TRAIN-5). */
import { useMemo, useRef, useState } from 'react';
import type { ApiError } from '../api/errors';
import { path } from '../api/request';
import type { IEnvironment, ITask, ITaskCreated, IZone } from '../api/types';
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
  mistakes,
  NO_DRAFT,
  ORDER,
  resolve
} from './draft';
import type { IDraft, IResolved } from './draft';

export interface ITrainingFormProps {
  preset?: ITrainingPreset;
  /** After the task was created; without it the list is shown. */
  onCreated?: (taskId: string) => void;
  onCancel: () => void;
}

/** The form; a clone waits for the task it takes everything from. */
export function TrainingForm(props: ITrainingFormProps): React.JSX.Element {
  const source = props.preset?.cloneOf;
  const { workspaceId } = useGemini();
  const clone = useAnswer<ITask>(source ? path('training-tasks', source) : null);
  const running = useList<IEnvironment>({
    path: '/dev-environments',
    kind: 'dev-environment',
    query: { status: 'running', workspaceId },
    limit: 200,
    belongs: environment =>
      environment.state === 'running' && (workspaceId === null || environment.workspaceId === workspaceId)
  });
  const zones = useAnswer<IZone[]>('/availability-zones');
  const known = running.state === 'ready' && zones.data !== null && (!source || clone.data !== null);
  // Once open it stays: whoever looks at another workspace, or loses the connection, loses nothing of the form.
  const [open, setOpen] = useState<{ source?: string; running: readonly IEnvironment[] } | null>(null);
  if (known && (open?.source !== source || open?.running !== running.rows)) {
    setOpen({ source, running: running.rows });
  }
  if (!open || open.source !== source) {
    const failed = clone.error ?? running.error ?? zones.error;
    const retry = (): void => [clone, running, zones].forEach(answer => answer.reload());
    return failed ? <Problem error={failed} onRetry={retry} /> : <Skeleton rows={8} />;
  }
  const start = clone.data ? draftOf(clone.data) : props.preset ? draftFrom(props.preset) : NO_DRAFT;
  return <OpenForm key={source} {...props} start={start} running={open.running} zones={zones.data ?? []} />;
}

interface IOpenFormProps extends ITrainingFormProps {
  start: IDraft;
  running: readonly IEnvironment[];
  zones: readonly IZone[];
}

function OpenForm(props: IOpenFormProps): React.JSX.Element {
  const { trans, ownEnvironmentId } = useGemini();
  const [draft, setDraft] = useState(props.start);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const form = useRef<HTMLFormElement>(null);
  const resolved = useMemo(
    () => resolve(draft, props.running, ownEnvironmentId),
    [draft, props.running, ownEnvironmentId]
  );
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
    setDraft(before => ({ ...before, ...part }));
  };
  const section = {
    draft: resolved,
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
  'retries'
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
