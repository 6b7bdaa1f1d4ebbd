/** A new environment: the form on the left, on the right what will run, where, from when, for how much. */
import { useRef, useState } from 'react';
import type { IEnvironment } from '../api/types';
import { Button } from '../components/Button';
import { FormFrame } from '../components/FormFrame';
import { Problem, Skeleton } from '../components/Views';
import { useGemini } from '../components/context';
import { useSending, type ISending } from '../components/sending';
import { useAnswer } from '../stores/hooks';
import { EnvironmentSections } from './EnvironmentSections';
import { EnvironmentSummary } from './EnvironmentSummary';
import {
  ENVIRONMENT_ORDER,
  environmentBody,
  environmentMistakes,
  filledIn,
  freeName,
  NO_ENVIRONMENT
} from './draft';
import type { IEnvironmentDraft } from './draft';
import { useOffers, type IOffers } from './offers';

export interface INewEnvironmentProps {
  onCreated: (environment: IEnvironment) => void;
  onCancel: () => void;
}

export function NewEnvironment(props: INewEnvironmentProps): React.JSX.Element {
  const { offers, error, reload } = useOffers();
  const others = useAnswer<IEnvironment[]>('/dev-environments', { limit: 200 });
  if (!offers || !(others.data || others.error)) {
    return error ? <Problem error={error} onRetry={reload} /> : <Skeleton rows={8} />;
  }
  // Its project's name will do until somebody thinks of a better one.
  const taken = (others.data ?? []).map(one => one.name);
  return <OpenForm {...props} offers={offers} name={freeName(offers.projects[0]?.name ?? '', taken)} />;
}

function OpenForm(props: INewEnvironmentProps & { offers: IOffers; name: string }): React.JSX.Element {
  const { trans } = useGemini();
  const { offers } = props;
  const [draft, setDraft] = useState({ ...NO_ENVIRONMENT, name: props.name });
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
    <FormFrame
      form={form}
      label={trans.__('New environment')}
      sending={sending}
      summary={<EnvironmentSummary draft={full} offers={offers} />}
      summaryLabel={trans.__('Summary')}
      unplaced={placed ? null : refused}
      buttons={
        <Button kind="primary" submit busy={sending.busy}>
          {trans.__('Create and start')}
        </Button>
      }
      onCancel={props.onCancel}
    >
      <EnvironmentSections
        draft={full}
        offers={offers}
        error={error}
        change={change}
        onLeave={field => setTried(before => new Set(before).add(field))}
      />
    </FormFrame>
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
