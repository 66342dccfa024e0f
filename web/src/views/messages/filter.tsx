import { useEffect, useState } from 'preact/hooks';
import { messageStates } from '../../../../src/message/message.ts';
import { place, refine } from '../../app/router.ts';

/** How long somebody pauses who has finished typing. */
const pauseMs = 250;

/** Search and filters; what they say stands in the address. */
export function Filter() {
  return (
    <form class="filter" role="search" onSubmit={(event) => event.preventDefault()}>
      <Field name="text" label="Search" placeholder="Words in subject or body" isWide />
      <Field name="inbox" label="Inbox" placeholder="any" />
      <Field name="from" label="From" placeholder="any" />
      <label>
        <span>State</span>
        <select
          value={place.value.query['state'] ?? ''}
          onChange={(event) => refine({ state: event.currentTarget.value })}
        >
          <option value="">any</option>
          {messageStates.map((state) => (
            <option key={state}>{state}</option>
          ))}
        </select>
      </label>
    </form>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly placeholder: string;
  readonly isWide?: boolean;
}

function Field({ name, label, placeholder, isWide }: FieldProps) {
  const given = place.value.query[name] ?? '';
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  useEffect(() => {
    if (text === given) return undefined;
    const timer = setTimeout(() => refine({ [name]: text }), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class={isWide === true ? 'is-wide' : ''}>
      <span>{label}</span>
      <input
        type="search"
        value={text}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}
