import { place, refine } from '../../app/router.ts';
import { Icon } from '../../ui/icon.tsx';
import { Composer } from './composer.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { draft } from './draft.ts';
import { Filter } from './filter.tsx';
import { FoundMessages } from './found-messages.tsx';
import { ListedMessages } from './listed-messages.tsx';
import { MessagePanel } from './message-panel.tsx';

export function Messages() {
  const [chosen] = place.value.rest;
  const { list, text = '' } = place.value.query;
  return (
    <div class="view" data-open={chosen !== undefined}>
      <header class="view-head">
        <h1>Messages</h1>
        <nav class="tabs" aria-label="Which messages">
          <Tab list="" title="All" />
          <Tab list="dead" title="Dead letters" />
        </nav>
        <button type="button" class="primary" onClick={() => (draft.value = { to: '', subject: '', body: '' })}>
          <Icon name="send" /> Send a message
        </button>
      </header>
      {list === 'dead' ? null : <Filter />}
      <div class="split">
        {list === 'dead' ? <DeadLetters /> : text === '' ? <ListedMessages /> : <FoundMessages text={text} />}
        {chosen === undefined ? null : <MessagePanel id={chosen} />}
      </div>
      {draft.value === undefined ? null : <Composer draft={draft.value} close={() => (draft.value = undefined)} />}
    </div>
  );
}

function Tab({ list, title }: { list: string; title: string }) {
  return (
    <button
      type="button"
      class="tab"
      aria-pressed={(place.value.query['list'] ?? '') === list}
      onClick={() => refine({ list })}
    >
      {title}
    </button>
  );
}
