import { useEffect, useRef, useState } from 'preact/hooks';
import { type Priority, priorities } from '../../../../src/message/message.ts';
import { go } from '../../app/router.ts';
import { call, parseJson, Refusal, sentenceOf } from '../../live/api.ts';
import { Trouble } from '../../ui/empty.tsx';
import type { Draft } from './draft.ts';

/** Writes a message, or a dead letter anew. */
export function Composer({ draft, close }: { draft: Draft; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [written, setWritten] = useState(draft);
  const [removesDead, setRemovesDead] = useState(true);
  const [trouble, setTrouble] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  const change = (part: Partial<Draft>) => setWritten({ ...written, ...part });
  const send = async () => {
    setBusy(true);
    try {
      const { id } = await call('message.send', inputOf(written));
      if (written.mends !== undefined && removesDead) await call('dead.purge', { ids: [written.mends] });
      close();
      go('messages', id);
    } catch (error) {
      setTrouble(error);
      setBusy(false);
    }
  };
  const wrong = trouble instanceof Refusal ? trouble.field : undefined;
  return (
    <dialog ref={dialog} class="composer" aria-labelledby="composer-title" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2 id="composer-title">{titleOf(draft)}</h2>
        <div class="fields">
          <label>
            <span>To</span>
            <input
              required
              autofocus={draft.to === ''}
              value={written.to}
              placeholder="reviewer, role:captain, skill:sql or all"
              spellcheck={false}
              aria-invalid={wrong === 'to'}
              onInput={({ currentTarget }) => change({ to: currentTarget.value })}
            />
          </label>
          <label>
            <span>Priority</span>
            <select
              value={written.priority ?? 'normal'}
              onChange={({ currentTarget }) => change({ priority: currentTarget.value as Priority })}
            >
              {priorities.map((priority) => (
                <option key={priority}>{priority}</option>
              ))}
            </select>
          </label>
        </div>
        <label>
          <span>Subject</span>
          <input
            value={written.subject}
            aria-invalid={wrong === 'subject'}
            onInput={({ currentTarget }) => change({ subject: currentTarget.value })}
          />
        </label>
        <label>
          <span>Body{written.isJson === true ? ' (JSON)' : ''}</span>
          <textarea
            required
            rows={9}
            autofocus={draft.to !== ''}
            value={written.body}
            aria-invalid={wrong === 'body'}
            onInput={({ currentTarget }) => change({ body: currentTarget.value })}
          />
        </label>
        {draft.mends === undefined ? null : (
          <label class="check">
            <input
              type="checkbox"
              checked={removesDead}
              onChange={({ currentTarget }) => setRemovesDead(currentTarget.checked)}
            />
            <span>Delete the dead letter once this one is accepted</span>
          </label>
        )}
        <Trouble text={trouble === undefined ? undefined : sentenceOfDraft(trouble)} />
        <div class="actions is-end">
          <button type="button" onClick={() => dialog.current?.close()}>
            {draft.mends === undefined ? 'Cancel' : 'Keep as it is'}
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            {isBusy ? 'Sending…' : 'Send'}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function titleOf({ mends, replyTo }: Draft): string {
  if (mends !== undefined) return 'Edit and send again';
  return replyTo === undefined ? 'Send a message' : 'Reply';
}

function inputOf({ to, subject, body, isJson, kind, priority, threadId, replyTo }: Draft) {
  return {
    to: to.trim(),
    body: isJson === true ? parseJson(body) : body,
    ...(subject === '' ? {} : { subject }),
    ...(kind === undefined || kind === 'text' ? {} : { kind }),
    ...(priority === undefined || priority === 'normal' ? {} : { priority }),
    ...(threadId === undefined ? {} : { threadId }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

function sentenceOfDraft(error: unknown): string {
  return error instanceof SyntaxError ? `The body is no valid JSON: ${error.message}` : sentenceOf(error);
}
