import { useEffect } from 'preact/hooks';
import { connection, follow } from '../live/events.ts';
import { session, signOut } from '../live/session.ts';
import { Icon } from '../ui/icon.tsx';
import { addressOf, place } from './router.ts';
import { SignIn } from './sign-in.tsx';
import { nextTheme, theme } from './theme.ts';
import { views } from './views.ts';

const connectionWords = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Connection lost, trying again',
} as const;

export function Shell() {
  const { state } = session.value;
  useEffect(() => {
    if (state === 'in') void follow();
  }, [state]);
  if (session.value.state === 'asking') return <p class="waiting">Signing in…</p>;
  if (session.value.state === 'out') return <SignIn why={session.value.why} />;
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Navigation />
      <CurrentView />
    </div>
  );
}

/** A link would change the address, which says the view. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main')?.focus();
}

function Navigation() {
  return (
    <header class="side">
      <div class="brand">
        <img src="/icon.svg" alt="" width="26" height="26" />
        <span>Waggle</span>
      </div>
      <nav aria-label="Views">
        {views.map(({ name, title, icon, Page }) =>
          Page === undefined ? null : (
            <a key={name} href={addressOf(name)} aria-current={currentView().name === name ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{title}</span>
            </a>
          ),
        )}
      </nav>
      <div class="side-foot">
        <p class="connection" data-state={connection.value} role="status">
          <span class="dot" aria-hidden="true" />
          <span>{connectionWords[connection.value]}</span>
        </p>
        <div class="side-tools">
          <button type="button" class="quiet" onClick={nextTheme} title={`Theme: ${theme.value}`}>
            <Icon name={{ auto: 'auto', light: 'sun', dark: 'moon' }[theme.value] as 'auto' | 'sun' | 'moon'} />
            <span class="unseen">Theme: {theme.value}</span>
          </button>
          <button type="button" class="quiet" onClick={() => void signOut()} title="Sign out">
            <Icon name="out" />
            <span class="unseen">Sign out</span>
          </button>
        </div>
      </div>
    </header>
  );
}

function CurrentView() {
  const { title, Page } = currentView();
  useEffect(() => {
    document.title = `${title} · Waggle`;
  }, [title]);
  return (
    <main id="main" tabIndex={-1}>
      {Page === undefined ? null : <Page />}
    </main>
  );
}

function currentView() {
  const [first] = views;
  const wanted = views.find(({ name, Page }) => name === place.value.view && Page !== undefined);
  if (wanted !== undefined) return wanted;
  if (first === undefined) throw new Error('the page has views');
  return first;
}
