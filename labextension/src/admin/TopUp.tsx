/** Puts money into a workspace: amount and note, then once more in full with the new balance, then it is posted. */
import { useRef, useState } from 'react';
import type { IPosting } from '../api/operating';
import { asApiError, type ApiError } from '../api/errors';
import { newKey } from '../api/request';
import { Button } from '../components/Button';
import { Dialog } from '../components/Dialog';
import { TextField } from '../components/Field';
import { Pairs } from '../components/Pieces';
import { Problem } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { cost } from '../components/quantities';
import { workspacePath } from './workspaces';
import { plus, points, readAmount } from './points';

export interface ITopUpProps {
  workspace: { id: string; name: string; balance: string };
  onClose: () => void;
  onDone: (posting: IPosting) => void;
}

export function TopUp(props: ITopUpProps): React.JSX.Element {
  const { api, trans } = useGemini();
  const { workspace } = props;
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const [asked, setAsked] = useState(false);
  const [wrong, setWrong] = useState(false);
  const [refused, setRefused] = useState<ApiError | null>(null);
  // One key for one wish: pressed twice, or sent again after a lost answer, it is posted once.
  const key = useRef(newKey());
  const amount = readAmount(text);
  const send = async (): Promise<void> => {
    try {
      const body = { amount, kind: 'credit', note: note.trim() };
      const address = workspacePath(workspace.id, 'postings');
      props.onDone(await api.post<IPosting>(address, body, { idempotencyKey: key.current }));
    } catch (problem) {
      setRefused(asApiError(problem));
    }
  };
  const change = (set: (value: string) => void) => (value: string) => {
    key.current = newKey();
    setWrong(false);
    setRefused(null);
    set(value);
  };
  const review = (): void => (amount === null ? setWrong(true) : setAsked(true));
  return (
    <Dialog
      title={trans.__('Top up %1', workspace.name)}
      onClose={props.onClose}
      buttons={
        asked && amount !== null ? (
          <>
            <Button onClick={() => setAsked(false)}>{trans.__('Back')}</Button>
            <Button kind="primary" onClick={send}>
              {trans.__('Put in %1', points(amount, trans))}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={props.onClose}>{trans.__('Cancel')}</Button>
            <Button kind="primary" submit onClick={review}>
              {trans.__('Continue')}
            </Button>
          </>
        )
      }
    >
      {asked && amount !== null ? (
        <Review workspace={workspace} amount={amount} note={note.trim()} />
      ) : (
        <div className="gm-topup">
          <TextField
            name="amount"
            label={trans.__('Amount in points')}
            value={text}
            required
            error={wrong ? trans.__('Enter an amount above 0 with at most six decimals, like 100.5.') : null}
            onChange={change(setText)}
          />
          <TextField
            name="note"
            label={trans.__('Note')}
            value={note}
            maxLength={255}
            hint={trans.__('For example the number of a transfer; the workspace’s members read it.')}
            onChange={change(setNote)}
          />
        </div>
      )}
      {refused && <Problem error={refused} />}
    </Dialog>
  );
}

/** What is about to happen, in full: it cannot be taken back, only posted against. */
function Review(props: {
  workspace: ITopUpProps['workspace'];
  amount: string;
  note: string;
}): React.JSX.Element {
  const trans = useTrans();
  const { workspace, amount, note } = props;
  return (
    <>
      <Pairs
        pairs={[
          [trans.__('Workspace'), workspace.name],
          [trans.__('Amount'), <strong key="amount">{points(amount, trans)}</strong>],
          [trans.__('Balance now'), cost(workspace.balance, trans)],
          [
            trans.__('Balance after'),
            <strong key="after">{cost(plus(workspace.balance, amount), trans)}</strong>
          ],
          note ? [trans.__('Note'), note] : null
        ]}
      />
      <p>{trans.__('A posting stays in the ledger for good.')}</p>
    </>
  );
}
