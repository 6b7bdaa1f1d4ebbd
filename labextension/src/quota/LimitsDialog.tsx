/** Sets the limits of a workspace or of one person in it; a field left empty is no limit. */
import { useState } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import type { IQuotaLimits, IQuotaUse } from '../api/types';
import { Button } from '../components/Button';
import { Dialog } from '../components/Dialog';
import { TextField } from '../components/Field';
import { Problem } from '../components/Views';
import { useGemini } from '../components/context';
import type { ITrans } from '../i18n/trans';
import {
  amount,
  holderPath,
  QUANTITIES,
  readLimit,
  textsOf,
  type IHolder,
  type LimitTexts,
  type Quantity
} from './quota';

export interface ILimitsDialogProps {
  holder: IHolder;
  /** The workspace's name, or the person's. */
  name: string;
  use: IQuotaUse;
  onClose: () => void;
  onDone: (limits: IQuotaLimits) => void;
}

export function LimitsDialog(props: ILimitsDialogProps): React.JSX.Element {
  const { api, trans } = useGemini();
  const [texts, setTexts] = useState<LimitTexts>(() => textsOf(props.use.limits));
  const [sent, setSent] = useState(false);
  const [refused, setRefused] = useState<ApiError | null>(null);
  const limits = QUANTITIES.map(quantity => readLimit(quantity, texts[quantity]));
  const save = async (): Promise<void> => {
    setSent(true);
    if (limits.includes(undefined)) {
      return;
    }
    const body = Object.fromEntries(QUANTITIES.map((quantity, at) => [quantity, limits[at]]));
    try {
      props.onDone(await api.put<IQuotaLimits>(holderPath(props.holder, 'limits'), body));
    } catch (problem) {
      setRefused(asApiError(problem));
    }
  };
  return (
    <Dialog
      title={trans.__('Limits of %1', props.name)}
      onClose={props.onClose}
      buttons={
        <>
          <Button onClick={props.onClose}>{trans.__('Cancel')}</Button>
          <Button kind="primary" submit onClick={save}>
            {trans.__('Save')}
          </Button>
        </>
      }
    >
      <div className="gm-limits">
        {QUANTITIES.map((quantity, at) => (
          <TextField
            key={quantity}
            name={quantity}
            label={fieldWord(quantity, trans)}
            value={texts[quantity]}
            placeholder={trans.__('no limit')}
            hint={trans.__('In use now: %1', amount(quantity, props.use.held[quantity], trans))}
            error={sent && limits[at] === undefined ? mistake(quantity, trans) : null}
            onChange={text => setTexts({ ...texts, [quantity]: text })}
          />
        ))}
      </div>
      <p className="gm-quiet">
        {trans.__('Work beyond what is left waits for quota. A lower limit stops nothing that runs.')}
      </p>
      {refused && <Problem error={refused} />}
    </Dialog>
  );
}

function fieldWord(quantity: Quantity, trans: ITrans): string {
  const words: Record<Quantity, string> = {
    cpuCores: trans.__('CPU cores'),
    memory: trans.__('Memory in GB'),
    gpuCount: trans.__('GPUs of all kinds')
  };
  return words[quantity];
}

function mistake(quantity: Quantity, trans: ITrans): string {
  return quantity === 'gpuCount'
    ? trans.__('Enter a whole number, or nothing for no limit.')
    : trans.__('Enter a number with at most three decimals, or nothing for no limit.');
}
